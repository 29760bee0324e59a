"""Logging in: as JSON and as a form, how often, and what a stranger learns from it."""

import asyncio
import re
import statistics
import time

import pytest
from argon2 import PasswordHasher

from field.console.access.accounts import Accounts
from field.console.access.credentials.logins import LoginLimit, Logins
from field.console.access.credentials.passwords import Passwords
from field.console.access.network.access_log import AccessLog
from tests.field.console.guarded_app import PASSWORD, Clock, Door

FORM = {"name": "fei", "password": PASSWORD, "next": "/?state=new"}


def test_the_form_works_without_scripts(door: Door) -> None:
    browser = door.browser()
    page = browser.get("/?state=new&q=<x>", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert "<script" not in page.text
    hidden = re.search(r'name="next" value="([^"]*)"', page.text)
    assert hidden is not None
    assert hidden[1] == "/?state=new&amp;q=%3Cx%3E"
    answer = browser.post("/api/login", data=FORM, headers={"Origin": "null"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?state=new")
    assert browser.get("/for/field").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/x\r\nSet-Cookie: a=b", "", "x"],
)
def test_the_form_leads_to_no_other_place(door: Door, path: str) -> None:
    answer = door.browser().post("/api/login", data=FORM | {"next": path})
    assert answer.headers["location"] == "/"
    assert answer.headers.get_list("set-cookie") == [answer.headers["set-cookie"]]


def test_a_wrong_form_is_answered_in_the_readers_language(door: Door) -> None:
    wrong = FORM | {"password": "not the password"}
    answer = door.browser().post("/api/login", data=wrong, headers={"Accept-Language": "zh-CN"})
    assert answer.status_code == 401
    assert "账号或密码不正确" in answer.text
    assert "not the password" not in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b'{"name": 1, "password": []}', b"\xff", b"{" * 10_000]
)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "x"])
def test_what_is_no_login_is_a_wrong_one(door: Door, body: bytes, kind: str) -> None:
    answer = door.browser().post("/api/login", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 401


def test_a_login_of_any_length_is_read_in_part_only(door: Door) -> None:
    answer = door.browser().post("/api/login", json={"name": "fei", "password": "x" * 1_000_000})
    assert answer.status_code == 401


def test_a_known_and_an_unknown_account_get_the_same_answer(door: Door) -> None:
    browser = door.browser()
    wrong, unknown = browser.log_in("fei", "wrong password"), browser.log_in("nobody", PASSWORD)
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)


@pytest.mark.slow
def test_a_known_and_an_unknown_account_take_as_long(door: Door) -> None:
    """Real parameters, so that the hash is what takes the time."""
    accounts = Accounts(door.access.engine, door.clock, Passwords(PasswordHasher()))
    accounts.put("slow", "viewer", PASSWORD)

    def took_s(name: str) -> float:
        begin = time.process_time()
        accounts.check(name, "wrong password")
        return time.process_time() - begin

    pairs = [(took_s("slow"), took_s("nobody")) for _ in range(5)]
    known, unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"known {known * 1000:.0f} ms, unknown {unknown * 1000:.0f} ms of processor time")
    assert 0.25 < unknown / known < 4.0


def test_an_address_has_so_many_attempts_a_minute(door: Door) -> None:
    here, there = door.browser(address="192.0.2.1"), door.browser(address="192.0.2.2")
    for number in range(10):
        assert here.log_in(f"name{number}", "wrong password").status_code == 401
    refused = here.log_in("fei")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert there.log_in("fei").status_code == 200
    door.clock.now += 61
    assert here.log_in("fei").status_code == 200


def test_an_account_has_so_many_attempts_a_minute_from_wherever(door: Door) -> None:
    for number in range(10):
        browser = door.browser(address=f"192.0.2.{number}")
        assert browser.log_in("fei", "wrong password").status_code == 401
    form = door.browser(address="192.0.2.99").post(
        "/api/login", data=FORM, headers={"Accept-Language": "en"}
    )
    assert form.status_code == 429
    assert "Too many attempts" in form.text
    assert door.browser(address="192.0.2.99").log_in("vera").status_code == 200


def test_right_logins_are_not_counted(door: Door) -> None:
    for _ in range(15):
        assert door.browser().log_in("fei").status_code == 200


def test_an_attackers_ipv6_network_is_one_address(door: Door) -> None:
    for number in range(10):
        door.browser(address=f"2001:db8::{number:x}").log_in(f"n{number}", "wrong password")
    assert door.browser(address="2001:db8::ffff").log_in("fei").status_code == 429


def test_what_is_remembered_of_attempts_is_bounded() -> None:
    limit = LoginLimit(2, Clock(), most_keys=5)
    for number in range(100):
        assert limit.wait_s(str(number)) == 0.0
    assert len(limit) == 5


def test_many_may_log_in_at_once(door: Door) -> None:
    log = AccessLog(door.access.engine, door.clock)
    access = door.access
    logins = Logins(access.accounts, access.factors, access.signer, log, 10, door.clock)

    async def all_at_once() -> list[str | None]:
        tries = [("fei", PASSWORD), ("vera", "wrong password"), ("di", PASSWORD)] * 3
        asked = (logins.attempt(name, word, f"10.0.0.{n}") for n, (name, word) in enumerate(tries))
        return [outcome.role for outcome in await asyncio.gather(*asked)]

    assert asyncio.run(all_at_once()) == ["field", None, "dispatcher"] * 3
    logins.close()


def test_a_name_is_guessed_at_so_often_an_hour(door: Door) -> None:
    for minute in range(5):
        for number in range(10):
            browser = door.browser(address=f"10.0.{minute}.{number}")
            assert browser.log_in("fei", "wrong password").status_code == 401
        door.clock.now += 61
    late = door.browser(address="10.9.9.9").log_in("fei")
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) > 600
    door.clock.now += 3600
    assert door.browser(address="10.9.9.9").log_in("fei").status_code == 200


def test_guessing_locks_nobody_out_where_they_usually_are(door: Door) -> None:
    home = door.browser(address="192.0.2.7")
    assert home.log_in("fei").status_code == 200
    for number in range(10):
        browser = door.browser(address=f"10.0.0.{number}")
        assert browser.log_in("fei", "wrong password").status_code == 401
    assert door.browser(address="10.0.0.99").log_in("fei").status_code == 429
    assert home.log_in("fei").status_code == 200
    # From there too guesses are limited, and other names are nobody's.
    for _ in range(9):
        home.log_in("fei", "wrong password")
    assert home.log_in("fei", "wrong password").status_code == 401
    assert home.log_in("fei").status_code == 429
