"""What a record may cost: rows, bytes and letters; how long a name is; how late an arrival."""

import json
import random
import tracemalloc
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from streams.decode.codec import TOPICS, decode
from streams.decode.raw_rows import Fault
from streams.decode.records import ARROW, JSON, Decoded, RecordSlice, pieces
from streams.limits import DEFAULT, NAME_CHARACTERS
from streams.privacy.hasher import Hasher
from streams.wire.patient import REFUSED
from tests.streams.decode.hostile_records import AT_MS, GOOD, KINDS, WRONG_ITEMS, repeated, stream

HASHER = Hasher(b"test")
MEASUREMENTS = "cell.measurements"
_MOST_BYTES = 256 << 20


def decoded(
    *values: bytes, kind: str = JSON, topic: str = MEASUREMENTS, **more: Any
) -> Decoded[Any]:
    arrivals = np.full(len(values), AT_MS)
    records = RecordSlice(topic, 0, range(len(values)), values, arrivals, [kind] * len(values))
    return decode(RecordSlice(**{**_fields(records), **more}), HASHER)


def _fields(records: RecordSlice) -> dict[str, Any]:
    return {name: getattr(records, name) for name in RecordSlice.__dataclass_fields__}


def measured(value: bytes, content_type: str | None) -> tuple[Any, int]:
    """What is decoded, and the most memory that it took (bytes)."""
    tracemalloc.start()
    got = decoded(value, kind=content_type)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return got, peak


def array(*items: dict[str, Any]) -> bytes:
    return json.dumps(items).encode()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", KINDS)
def test_a_record_beyond_the_limits_is_one_letter_and_takes_no_memory(kind: str) -> None:
    make, content_type = KINDS[kind]
    value = make()
    got, peak = measured(value, content_type)
    (letter,) = got.dead
    assert letter.reason in ("too_large", "missing_field")
    assert letter.index is None
    assert letter.size == len(value)
    assert len(msgspec.json.encode(letter)) < 2 << 20
    assert len(got.batch) == 0
    assert peak < _MOST_BYTES + 3 * len(value)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", WRONG_ITEMS)
def test_a_record_that_is_all_wrong_is_one_letter_with_their_number(kind: str) -> None:
    make, content_type = WRONG_ITEMS[kind]
    value = make()
    got, peak = measured(value, content_type)
    (letter,) = got.dead
    assert letter.index is None
    assert letter.detail.startswith(("60000 messages are wrong", "90000 messages are wrong"))
    assert letter.size == len(value)
    assert peak < _MOST_BYTES


@pytest.mark.parametrize("topic", TOPICS)
def test_limits_hold_on_every_input(topic: str) -> None:
    make, content_type = KINDS["an array of a million objects"]
    value = make()
    (letter,) = decoded(value, kind=content_type, topic=topic).dead
    assert letter.reason == "too_large"


@pytest.mark.parametrize("content_type", [JSON, ARROW])
def test_of_many_wrong_messages_the_first_have_letters_and_the_rest_share_one(
    content_type: str,
) -> None:
    items = [GOOD | {"mcc": 1000 + (n % 2)} for n in range(500)]
    items[7] = items[450] = GOOD
    value = array(*items)
    if content_type == ARROW:
        value = stream(pa.Table.from_pylist(items))
    got = decoded(value, kind=content_type)
    assert got.batch.index.tolist() == [7, 450]
    assert len(got.dead) == DEFAULT.letters
    assert [letter.index for letter in got.dead[:8]] == [0, 1, 2, 3, 4, 5, 6, 8]
    last = got.dead[-1]
    assert last.index is None
    assert last.size == len(value)
    assert last.detail.startswith("399 messages are wrong, first 'mcc' is")


@pytest.mark.parametrize("content_type", [JSON, ARROW])
def test_up_to_the_limit_every_wrong_message_has_its_letter(content_type: str) -> None:
    items = [GOOD | {"mcc": 1000}] * DEFAULT.letters
    value = array(*items)
    if content_type == ARROW:
        value = stream(pa.Table.from_pylist(items))
    got = decoded(value, kind=content_type)
    assert [letter.index for letter in got.dead] == list(range(DEFAULT.letters))


def test_limits_can_be_set() -> None:
    values = [array(*[GOOD] * 3)]
    records = RecordSlice(MEASUREMENTS, 0, [0], values, np.array([AT_MS]))
    assert len(decode(records, HASHER, msgspec.structs.replace(DEFAULT, rows=3)).batch) == 3
    (letter,) = decode(records, HASHER, msgspec.structs.replace(DEFAULT, rows=2)).dead
    assert (letter.reason, letter.detail) == ("too_large", "3 messages are more than 2")


@pytest.mark.parametrize("packed", [None, "lz4", "zstd"])
def test_honest_arrow_is_read_whatever_packs_it(packed: str | None) -> None:
    table = pa.Table.from_pylist(
        [
            GOOD | {"device": f"d-{n}", "ts": AT_MS + 7 * n, "neighbours": [{"pci": n % 504}] * 3}
            for n in range(5000)
        ]
    )
    for each in (table, table.set_column(2, "rat", table["rat"].dictionary_encode())):
        got = decoded(stream(each, packed), kind=ARROW)
        assert not got.dead
        assert len(got.batch) == 5000
        assert got.batch.neighbours.pci[-1] == 4999 % 504


def test_texts_in_views_are_read_and_bounded() -> None:
    names = pa.array(["d", "e" * (NAME_CHARACTERS + 1)], pa.string_view())
    got = decoded(stream(repeated(2, device=names)), kind=ARROW)
    assert not got.dead
    assert got.batch.device.tolist() == ["d", HASHER.pseudonym("e" * (NAME_CHARACTERS + 1))]


def test_arrow_that_is_damaged_anywhere_is_read_or_a_letter() -> None:
    rng = random.Random(1)
    rows = [GOOD | {"device": f"d-{n}", "neighbours": [{"pci": n}] * (n % 3)} for n in range(20)]
    table = pa.Table.from_pylist(rows)
    whole = [stream(table, packed) for packed in (None, "zstd", "lz4")]
    reasons = set()
    for _ in range(600):
        value = bytearray(rng.choice(whole))
        at = rng.randrange(len(value))
        value[at : at + 8] = rng.choice(
            [b"\xff" * 8, bytes(8), rng.randbytes(1), b"\xff\xff\xff\x7f"]
        )
        got = decoded(bytes(value), kind=ARROW)
        assert len(got.batch) <= 20
        reasons |= {letter.reason for letter in got.dead}
    assert {"not_arrow", "too_large"} <= reasons


def test_texts_of_a_dictionary_are_read_with_its_nulls() -> None:
    texts = pa.DictionaryArray.from_arrays(
        pa.array([0, 1, 2, None, 1], pa.int8()), pa.array(["lte", "gsm", None])
    )
    got = decoded(stream(repeated(5, rat=texts, area=10, cell=10)), kind=ARROW)
    assert got.batch.rat.tolist() == [3, 1, 1]
    assert [(letter.reason, letter.index) for letter in got.dead] == [
        ("missing_field", 2),
        ("missing_field", 3),
    ]


def test_a_batch_that_could_not_be_taken_apart_is_a_letter() -> None:
    got = decoded(b"raw", kind=f"{REFUSED}; the batch can't be read: it unpacks to more")
    (letter,) = got.dead
    assert letter.reason == "too_large"
    assert letter.detail == "the batch can't be read: it unpacks to more"


def test_pieces_are_all_records_in_order() -> None:
    value = stream(repeated(300), "zstd")
    kinds = [ARROW, JSON, None, ARROW] * 100
    records = RecordSlice(
        MEASUREMENTS,
        0,
        range(400),
        [value] * 400,
        np.arange(400),
        kinds,
        None,
        True,
        np.arange(400),
    )
    parts = list(pieces(records))
    assert len(parts) > 2
    assert [offset for part in parts for offset in part.offsets] == list(range(400))
    assert [kind for part in parts for kind in part.content_types or ()] == kinds
    whole = RecordSlice(MEASUREMENTS, 0, range(3), [b"1"] * 3, np.arange(3))
    assert list(pieces(whole)) == [whole]


def test_a_piece_is_as_large_as_its_records_say_they_are() -> None:
    small, large = stream(repeated(10), "zstd"), stream(repeated(10_000), "zstd")

    def lengths(*values: bytes, condemned: dict[int, Fault] | None = None) -> list[int]:
        count, at = len(values), np.zeros(len(values), np.int64)
        given = MEASUREMENTS, 0, range(count), values, at, [ARROW] * count
        return [len(part) for part in pieces(RecordSlice(*given, condemned=condemned or {}))]

    assert lengths(*[small] * 300) == [300]
    assert lengths(small, large, large, b"none", small) == [2, 3]
    assert lengths(small, large, large, condemned={2: Fault("undecodable", "")}) == [3]
    # A row takes more than its bytes.
    narrow = stream(pa.table({"ts": pa.array([1] * 10_000, pa.int8())}), None)
    assert lengths(*[narrow] * 3) == [1, 1, 1]


def test_long_names_are_hashed_and_other_long_texts_dropped() -> None:
    long = "n" * (NAME_CHARACTERS + 1)
    got = decoded(json.dumps(GOOD | {"device": long}).encode())
    (device,) = got.batch.device
    assert device == HASHER.pseudonym(long)
    assert device.startswith("h-")
    sms = {"ts": AT_MS, "device": "d", "source": "smsc", "sender": long, "message_ref": long}
    got = decoded(json.dumps(sms).encode(), json.dumps(sms).encode(), topic="sms.metadata")
    assert got.batch.sender.tolist() == [HASHER.sender(long)] * 2
    assert got.batch.message_ref.tolist() == [None, None]
    assert got.dropped == {"message_ref": 2}


@pytest.mark.parametrize("topic", [MEASUREMENTS, "network.changes", "field.feedback"])
def test_an_arrival_after_the_record_was_written_is_a_letter(topic: str) -> None:
    latest = np.array([AT_MS, AT_MS, AT_MS])
    late = json.dumps(GOOD | {"rx_ts": AT_MS + 1}).encode()
    right = json.dumps(GOOD | {"rx_ts": AT_MS}).encode()
    # A trace of long ago is replayed today.
    old = json.dumps(
        GOOD | {"rx_ts": AT_MS - 10_000_000_000, "ts": AT_MS - 10_000_000_000}
    ).encode()
    got = decoded(late, right, old, topic=topic, latest_ms=latest)
    assert [(letter.reason, letter.offset) for letter in got.dead] == [("arrival_ahead", 0)]
    assert len(got.batch) == 2
    assert not decoded(late, right, old, topic=topic).dead
    standing_in = decoded(
        json.dumps(GOOD).encode(),
        topic=topic,
        rx_ms=np.array([AT_MS + 1]),
        latest_ms=latest[:1],
    )
    assert [letter.reason for letter in standing_in.dead] == ["arrival_ahead"]
