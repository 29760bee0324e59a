"""The registrable domain of a link, by the list that ships with its package."""

import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.decode import domains
from streams.decode.domains import registrable


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("example.net", "example.net"),
        ("a.b.Example.NET.", "example.net"),
        ("shop.bank.com.cn", "bank.com.cn"),
        # Below a private suffix everybody has a name of their own.
        ("prize.vercel.app", "prize.vercel.app"),
        ("x.prize.vercel.app", "prize.vercel.app"),
        ("one.blogspot.com", "one.blogspot.com"),
        ("two.pages.dev", "two.pages.dev"),
        ("vercel.app", "vercel.app"),
        ("com.cn", "com.cn"),
        # A whole link, as a foreign producer may send it.
        ("https://user:word@a.example.net:8443/path?phone=1#x", "example.net"),
        ("a.example.net/path", "example.net"),
        # One domain, however it is written.
        ("www.\u4f8b\u5b50.\u4e2d\u56fd", "xn--fsqu00a.xn--fiqs8s"),
        ("www\u3002xn--fsqu00a\uff0exn--fiqs8s", "xn--fsqu00a.xn--fiqs8s"),
        ("a.b.no-such-suffix", "b.no-such-suffix"),
        # What is none stays.
        *((text, text) for text in ("192.0.2.7", "localhost", "", "no domain.at all", "[::1]")),
        *(
            (text, text)
            for text in ("a..b", "-", "x" * 300 + ".\u4e2d\u56fd", "http://", "\ud800.cn")
        ),
    ],
)
def test_what_is_kept_of_a_link(text: str, domain: str) -> None:
    assert registrable(text) == domain


@given(st.text(max_size=40) | st.from_regex(r"[a-z.\-/:@]{1,30}"))
def test_any_text_has_an_answer(text: str) -> None:
    found = registrable(text)
    assert registrable(found) == found


def test_the_list_is_not_asked_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    domains._suffixes.cache_clear()
    registrable.cache_clear()
    assert registrable("a.b.vercel.app") == "b.vercel.app"
