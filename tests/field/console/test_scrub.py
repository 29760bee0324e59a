"""What people type: numbers of people are hashed however they are written, all else stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field.console.scrub import clean
from streams.privacy.hasher import Hasher

HASHER = Hasher(b"a key for tests only")


@pytest.mark.parametrize(
    "number",
    [
        *("460001234567890", "460 00 1234567890", "460-00-1234567890", "imsi460001234567890x"),
        *("490154203237518", "49-015420-323751-8", "35-209900-176148-1", "4901542032375181"),
        *("13812345678", "138 1234 5678", "138-1234-5678", "138.1234.5678", "+86 138 1234 5678"),
        *("+4915112345678", "008613812345678", "１３８１２３４５６７８", "١٣٨١٢٣٤٥٦٧٨"),
        *("138\u200b12345678", "1381234\x005678", "138\ud8001234 5678", "460-00-12345-67890"),
    ],
)
@pytest.mark.parametrize(
    "note", ["{}", "call {} now", "电话{}。", "5 {} 2 times", "{}/10086", "a,{};b"]
)
def test_numbers_of_people_are_hashed(number: str, note: str) -> None:
    cleaned = clean(note.format(number), HASHER)
    assert "h-" in cleaned
    without = "".join(
        part[24:] if place else part for place, part in enumerate(cleaned.split("h-"))
    )
    assert sum(sign.isdigit() for sign in without) <= 5


@pytest.mark.parametrize(
    "note",
    [
        *(
            "BCCH 512, RSSI -71",
            "call 10086 or 95588 or 110",
            "2026-11-25 13:14:00",
            "39.9042,116.4074",
        ),
        *(
            "39.90420 116.40740",
            "39.904200, 116.407400",
            "at lte-460-0-4100-12345678",
            "460-00-4100-12345",
        ),
        *(
            "levels -71 -72 -75 -80 -81 -85 -90",
            "71 72 75 80 81 85 90",
            "h-0123456789abcdef01234567",
        ),
        *("line\nline\tend", "没有找到", "", "TAC 4100 cell 100000001", "a-17/b-18"),
    ],
)
def test_all_else_stays(note: str) -> None:
    assert clean(note, HASHER) == note


def test_one_number_has_one_hash_however_it_is_written() -> None:
    ways = ("13812345678", "138 1234 5678", "138-1234-5678", "138.1234.5678")
    assert len({clean(way, HASHER) for way in ways}) == 1


@given(st.text())
def test_any_text_can_be_stored_and_is_clean_already(text: str) -> None:
    cleaned = clean(text, HASHER)
    assert "\0" not in cleaned
    cleaned.encode()
    assert clean(cleaned, HASHER) == cleaned


def test_a_note_without_end_is_cut() -> None:
    assert len(clean("x" * 10_000, HASHER)) == 4000
