"""What is kept of a telephone number, that its forms are one, and that columns and texts agree."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.privacy.hasher import Hasher
from streams.privacy.numbering import SenderRules
from streams.privacy.telephones.columns import Numbers
from streams.privacy.telephones.number import MOST_DIGITS, Number

HASHER = Hasher(b"one key")
#: Without a home, and with a plan that only Python's expressions can say.
PLANS = {
    "China": HASHER,
    "nobody's": Hasher(b"k", SenderRules(country_codes=(), personal=(), service=(), dialled=())),
    "odd": Hasher(b"k", SenderRules(country_codes=("x7",), personal=(r"(?=15)1\d{9}",))),
    "Germany": Hasher(b"k", SenderRules(country_codes=("49",), personal=(r"1[567]\d{8,9}",))),
}
NATURES = (None, 1, 2, 3, 4, 9)
SUBSCRIBER, UNKNOWN, NATIONAL, INTERNATIONAL = 1, 2, 3, 4


@pytest.mark.parametrize(
    ("text", "nature", "digits"),
    [
        ("+8613812345678", 0, "8613812345678"),
        # The sign says more than the nature that goes with it.
        ("+8613812345678", NATIONAL, "8613812345678"),
        ("8613812345678", INTERNATIONAL, "8613812345678"),
        ("008613812345678", INTERNATIONAL, "8613812345678"),
        ("008613812345678", UNKNOWN, "8613812345678"),
        ("13812345678", NATIONAL, "8613812345678"),
        ("013812345678", NATIONAL, "8613812345678"),
        ("1012345678", NATIONAL, "861012345678"),
        ("01012345678", 0, "861012345678"),
        # The national plan knows these by themselves, but not a number of a town.
        ("13812345678", 0, "8613812345678"),
        ("95588", UNKNOWN, "8695588"),
        ("4001234567", 0, "864001234567"),
        ("110", UNKNOWN, "86110"),
        ("1012345678", UNKNOWN, "1012345678"),
        ("62345678", SUBSCRIBER, "62345678"),
        # A malformed one stays so: it is evidence.
        ("13812345678", INTERNATIONAL, "13812345678"),
        ("8613812345678", NATIONAL, "868613812345678"),
        ("+86013812345678", 0, "86013812345678"),
        ("0", 0, "0"),
        ("00", 0, "860"),
        # As a foreign producer may write it.
        ("tel:+86-138-1234-5678", 0, "8613812345678"),
        ("sip:+8613812345678@ims.example;user=phone", 0, "8613812345678"),
        ("\uff0b\uff18\uff16 138 1234 5678", 0, "8613812345678"),
        ("0086 (10) 8765-4321", 0, "861087654321"),
    ],
)
def test_forms_of_a_number(text: str, nature: int, digits: str) -> None:
    found = HASHER.number(text, nature)
    assert found is not None
    assert (found.prefix, found.length) == (digits[:7], len(digits))
    assert found == HASHER.number(f"+{digits}")
    assert found.name.startswith("h-")
    assert len(found.name) == 26


def test_a_person_has_one_hash_as_sender_and_as_caller() -> None:
    found = HASHER.number("013812345678")
    assert found is not None
    assert found.name == HASHER.sender("+8613812345678") == HASHER.sender("13812345678")
    assert found.name != (Hasher(b"another").number("013812345678") or found).name


@pytest.mark.parametrize(
    "text", ["anonymous", "unavailable", "sip:anonymous@anonymous.invalid", " "]
)
def test_without_a_digit_it_was_withheld(text: str) -> None:
    assert HASHER.number(text) is None


@pytest.mark.parametrize(
    "made",
    [
        "h-3b0f6a71c2d94e58a6b1f0d2",
        "0a1b" * 8,
        "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        "3fdba35f04dc8c462986c992bcf875546257113072a909c162f7e470e581e278",
        "c-17",
    ],
)
def test_a_hash_made_before_stays(made: str) -> None:
    assert HASHER.number(made) == Number(made)


@pytest.mark.parametrize(
    "text",
    [
        # A number of a town is nobody's own elsewhere; here it is somebody's.
        *("x861087654321", "861087654321 Li", "<861087654321>", "87654321#", "1#2"),
        *("1" * (MOST_DIGITS + 1), "imsi-460017301948265", "8765-4321/8", "9" * 3000),
    ],
)
def test_nothing_of_what_holds_a_number_is_shown(text: str) -> None:
    found = HASHER.number(text)
    assert found is not None
    assert found.name.startswith("h-")
    assert len(found.name) == 26
    assert found.length == 0 or found.prefix == "8610876"


TEXTS = st.one_of(
    st.none(),
    st.text("0123456789+", max_size=36),
    st.text("0123456789", min_size=5, max_size=14),
    st.sampled_from(["+86", "0086", "86", "0", "00", "", "tel:", "h-"]).flatmap(
        lambda begin: st.text("0123456789", max_size=13).map(lambda rest: begin + rest)
    ),
    st.sampled_from(["1381234", "95588", "10086", "13800138500", "1" * 32, "1" * 33, "0a1b" * 8]),
    st.text("0123456789abcdefx-: @+;\u0661\uff11\u4e00\u200b\ud800", max_size=40),
    st.sampled_from([f"h-{'0a1b' * 6}", f"h-{'1' * 24}", f"h-{'0a1g' * 6}", f"H-{'0a1b' * 6}"]),
    st.sampled_from([f"h_{'0a1b' * 6}", f"h-{'0A1b' * 6}", f"h{'0a1b' * 6}-", f"xh-{'0a' * 12}"]),
    st.text(max_size=12),
    st.just("x" * 300),
)


@settings(max_examples=120)
@given(st.sampled_from(sorted(PLANS)), st.booleans(), st.data())
def test_columns_and_texts_agree(plan: str, must: bool, data: st.DataObject) -> None:
    hasher = PLANS[plan]
    drawn = data.draw(st.lists(st.tuples(TEXTS, st.sampled_from(NATURES)), max_size=12))
    texts = np.array([text for text, _ in drawn], dtype=np.object_)
    natures = np.array([np.nan if kind is None else kind for _, kind in drawn], dtype=np.float64)
    found = hasher.numbers(texts, natures, must=must)
    for row, (text, kind) in enumerate(drawn):
        number = hasher.number(text, kind or 0) if text else None
        if number is None and must and text:
            number = Number(hasher.pseudonym(text))
        assert _row(found, row) == number, text
        if text and number is not None and len(number.name) < 20:
            assert number.name == text
    unaware = hasher.numbers(texts, None)
    assert [_row(unaware, row) for row in range(len(drawn))] == [
        hasher.number(text) if text else None for text in texts.tolist()
    ]


def test_what_is_remembered_changes_nothing() -> None:
    hasher = Hasher(b"k")
    texts: Any = np.array(["h-" + "0a" * 12, "x12345678", "c-9", "anonymous", "x1", None], object)
    first, again = hasher.numbers(texts, None), hasher.numbers(texts, None)
    assert first.name.tolist() == again.name.tolist()
    assert first.name[0] == texts[0]
    assert first.name[1].startswith("h-")
    assert first.name[3:].tolist() == [None, "x1", None]


def _row(found: Numbers, row: int) -> Number | None:
    if found.name[row] is None:
        assert np.isnan(found.length[row])
        assert found.digits[row] == found.prefix[row] == 0
        return None
    digits, length = int(found.digits[row]), found.length[row]
    prefix = str(int(found.prefix[row])).zfill(digits) if digits else ""
    return Number(found.name[row], prefix, 0 if np.isnan(length) else int(length))
