"""The form of a dead letter, and that it holds nobody's number."""

from base64 import b64decode
from hashlib import sha256

import msgspec

from streams.decode.dead_letters import REASONS, VALUE_BYTES, DeadItem, DeadLetter, dead_letter
from streams.decode.raw_rows import Fault
from streams.privacy.hasher import Hasher

HASHER = Hasher(b"test")


def letter(value: bytes | None, detail: str = "why", index: int = -1) -> DeadLetter:
    item = DeadItem(0, index, 5, Fault("not_json", detail))
    return dead_letter(item, ("cell.measurements", 2, 7), value, HASHER)


def test_the_fields_are_those_of_the_contract() -> None:
    wire = msgspec.json.decode(msgspec.json.encode(letter(b"{", index=3)))
    assert wire == {
        "reason": "not_json",
        "detail": "why",
        "topic": "cell.measurements",
        "partition": 2,
        "offset": 7,
        "index": 3,
        "rx_ts": 5,
        "bytes": 1,
        "sha256": sha256(b"{").hexdigest(),
        "value_base64": "ew==",
    }
    assert letter(b"{").index is None
    assert msgspec.json.decode(msgspec.json.encode(letter(b"{")), type=DeadLetter) == letter(b"{")


def test_a_tombstone_has_no_value() -> None:
    none = letter(None)
    assert (none.size, none.sha256, none.value_base64) == (0, None, None)


def test_numbers_of_people_are_hashed_everywhere() -> None:
    value = b'{"device": "460001234567890"'
    made = letter(value, detail="'device' is 460001234567890")
    assert "460001234567890" not in made.detail
    assert HASHER.pseudonym("460001234567890") in made.detail
    scrubbed = b64decode(made.value_base64 or "")
    assert scrubbed == HASHER.scrub(value)
    assert b"460001234567890" not in scrubbed
    # A digest of the bare number could be turned back by trying all numbers.
    assert made.sha256 == sha256(scrubbed).hexdigest()
    assert made.size == len(value)


def test_long_values_and_details_are_cut() -> None:
    made = letter(b"x" * (VALUE_BYTES + 9) + b"460001234567890", detail="y" * 999)
    assert made.size == VALUE_BYTES + 24
    assert len(b64decode(made.value_base64 or "")) == VALUE_BYTES
    assert len(made.detail) == 240


def test_each_reason_has_a_sentence() -> None:
    for reason, sentence in REASONS.items():
        assert reason.islower()
        assert sentence.endswith(".")
