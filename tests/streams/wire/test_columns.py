"""Columns of a batch are what the client's records are; what the library refuses is read by it."""

import shutil
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streams.plain import library
from streams.wire.columns import Columns, columns_of, has_checksum
from streams.wire.fetched_batches import Batches
from tests.streams.wire.test_fetched_batches import packed

pytestmark = pytest.mark.skipif(
    library.OURS is None and shutil.which("rustc") is None,
    reason="rustc is not installed: batches are read by the client alone",
)
AT = TopicPartition("cell.measurements", 0)
#: A batch's bytes before its records, where its attributes lie, and the mark of the broker's time.
HEADER, ATTRIBUTES, APPENDED = 61, 22, 0x08

_PARTS = st.binary(max_size=300)
_HEADERS = st.lists(st.tuples(st.text(max_size=9), _PARTS | st.none()), max_size=3)
_RECORDS = st.tuples(
    st.integers(0, 3),
    st.integers(0, 2**41),
    st.none() | _PARTS,
    st.none() | _PARTS,
    _HEADERS,
)


def built(records: list[Any]) -> bytes:
    """A batch of records: how many offsets each lies behind the one before, and what is in it."""
    building, offset = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20), 0
    for behind, timestamp, key, value, headers in records:
        building.append(offset + behind, timestamp=timestamp, key=key, value=value, headers=headers)
        offset += behind + 1
    return bytes(building.build())


def as_records(fetched: bytes, first: int = 0) -> Columns:
    """As a consumer of aiokafka reads them, record by record."""
    found = PartitionRecords(AT, Batches(fetched), None, first, None, None, False, 0)
    return Columns.of(found)


def as_columns(fetched: bytes, first: int = 0) -> Columns:
    """As chunks have them."""
    batches = Batches(fetched)
    batches.columns_from = first
    records = PartitionRecords(AT, batches, None, first, None, None, False, 0)
    records._consumer_record = lambda _, columns: columns
    found = Columns.joined(list(records))
    found.headers = [tuple(some) for some in found.headers]
    return found


@given(st.lists(_RECORDS, min_size=1, max_size=8), st.integers(0, 9), st.integers(0, 4))
def test_columns_are_what_the_clients_records_are(
    records: list[Any], first: int, codec: int
) -> None:
    batch = built(records)
    if codec:
        name = ("gzip", "snappy", "lz4", "zstd")[codec - 1]
        batch = packed(batch, codec, pa.compress(batch[HEADER:], name, asbytes=True))
    has_tombstone = any(value is None for _, _, _, value, _ in records)
    assert (columns_of(batch, 0, len(batch)) is None) == has_tombstone
    assert as_columns(batch, first) == as_records(batch, first)


def test_the_time_of_all_is_the_brokers_where_it_says_so() -> None:
    batch = bytearray(built([(0, 5, None, b"one", []), (0, 9, None, b"two", [])]))
    batch[ATTRIBUTES] |= APPENDED
    found = as_columns(bytes(batch))
    assert found.timestamps == [9, 9]
    assert found == as_records(bytes(batch))


def test_several_batches_follow_on_one_another() -> None:
    one = built([(0, 5, None, b"one", []), (0, 9, b"k", None, [("a", b"1")])])
    other = (7).to_bytes(8, "big") + one[8:]
    found = as_columns(one + other, first=1)
    assert found.offsets == [1, 7, 8]
    assert found == as_records(one + other, first=1)


def test_of_a_batch_with_a_tombstone_it_is_known_what_is_deleted() -> None:
    plain = built([(0, 5, b"a", b"one", []), (0, 6, b"b", b"two", [])])
    other = built([(0, 7, b"c", b"three", []), (0, 8, b"d", None, [])])
    found = as_columns(plain + (2).to_bytes(8, "big") + other[8:], first=1)
    assert found.values == [b"two", b"three", None]
    assert found.keys is not None
    assert found.keys[1:] == [b"c", b"d"]
    assert found.part(2).keys == [b"d"]


def test_whatever_is_spoilt_is_read_as_the_client_and_the_patient_reader_do() -> None:
    chance = Random(1)
    headers = [("content-type", b"application/json"), ("rx-ts", b"17")]
    whole = built([(n % 2, 1000 + n, b"k", b"value" * n, headers[: n % 3]) for n in range(6)])
    refused = 0
    for _ in range(3000):
        spoilt = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            spoilt[chance.randrange(HEADER, len(whole))] = chance.randrange(256)
        if chance.random() < 0.2:
            del spoilt[chance.randrange(HEADER, len(spoilt)) :]
            spoilt[8:12] = (len(spoilt) - 12).to_bytes(4, "big")
        batch = bytes(spoilt)
        refused += columns_of(batch, 0, len(batch)) is None
        assert as_columns(batch) == as_records(batch)
    assert 500 < refused < 3000


def test_more_headers_than_there_is_room_for_are_read_by_the_client() -> None:
    many = [(f"h{n}", b"1") for n in range(9)]
    batch = built([(0, 5, None, b"one", many)])
    assert columns_of(batch, 0, len(batch)) is None
    assert as_columns(batch).headers == [tuple(many)]


def test_records_of_old_formats_are_read_by_the_client() -> None:
    building = LegacyRecordBatchBuilder(1, 0, 1 << 20)
    building.append(0, timestamp=5, key=b"k", value=b"one")
    batch = bytes(building.build())
    assert columns_of(batch, 0, len(batch)) is None
    assert has_checksum(batch, 0, len(batch)) is None
    assert as_columns(batch).values == [b"one"]


def test_a_batch_that_is_not_as_its_checksum_says_is_refused() -> None:
    whole = built([(0, 5, None, b"one", [])])
    broken = whole.replace(b"one", b"two")
    found = [has_checksum(each, 0, len(each)) for each in (whole, broken)]
    # Without the processor's own instruction for it, the client finds out.
    assert found in ([True, False], [None, None])
    sound, spoilt = (
        PartitionRecords(AT, Batches(each), None, 0, None, None, True, 0)
        for each in (whole, broken)
    )
    assert [record.value for record in sound] == [b"one"]
    with pytest.raises(CorruptRecordException):
        list(spoilt)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_checksum_is_found_as_the_client_finds_it(front: bytes, value: bytes) -> None:
    batch = built([(0, 5, None, value, [])])
    fetched = front + batch
    found = has_checksum(fetched, len(front), len(fetched))
    assert found is not False
    assert Batches(batch).next_batch()._batch.validate_crc()  # type: ignore[union-attr]


def test_without_the_library_records_are_the_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = built([(0, 5, None, b"one", [("a", b"1")])])
    monkeypatch.setattr(library, "OURS", None)
    assert columns_of(batch, 0, len(batch)) is None
    assert has_checksum(batch, 0, len(batch)) is None
    assert as_columns(batch) == Columns([0], [5], [b"one"], [(("a", b"1"),)])
