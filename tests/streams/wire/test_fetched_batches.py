"""Whatever lies in a fetched batch, its records come through, or one that says what was wrong."""

import asyncio
import struct
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from aiokafka.consumer import fetcher
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import KafkaConnectionError
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import TopicPartition

from streams.limits import BATCH_BYTES
from streams.wire.fetched_batches import Batches
from streams.wire.patient import REFUSED
from streams.wire.unpacking import TooLargeError, unpacked

AT = TopicPartition("cell.measurements", 0)
VALUES = (b"one", b"two", None)


def batch(headers: list[tuple[str, bytes]], values: tuple[bytes | None, ...] = VALUES) -> bytes:
    building = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    for offset, value in enumerate(values):
        building.append(offset, timestamp=1000 + offset, key=b"k", value=value, headers=headers)
    return bytes(building.build())


def packed(plain: bytes, codec: int, records: bytes) -> bytes:
    """A batch with other records in a compression of Kafka's."""
    (attributes,) = struct.unpack_from(">h", plain, 21)
    made = bytearray(plain[:61] + records)
    struct.pack_into(">i", made, 8, len(made) - 12)
    struct.pack_into(">h", made, 21, attributes | codec)
    return bytes(made)


def read(*batches: bytes, first: int = 0) -> list[Any]:
    """As a consumer of aiokafka has them, save that checksums aren't looked at."""
    assert fetcher.MemoryRecords is Batches
    records = fetcher.PartitionRecords(
        AT, Batches(b"".join(batches)), None, first, None, None, False, 0
    )
    found = [(one.offset, one.timestamp, one.value, one.headers) for one in records]
    assert records.next_fetch_offset >= len(VALUES) - 1
    return found


def test_records_in_order_are_as_they_were() -> None:
    header = ("rx-ts", b"17")
    assert read(batch([header])) == [
        (offset, 1000 + offset, value, (header,)) for offset, value in enumerate(VALUES)
    ]


def test_a_header_of_no_utf8_is_read_with_escapes() -> None:
    found = read(batch([("nameAA", b"1"), ("rx-ts", b"17")]).replace(b"nameAA", b"name\xff\xfe"))
    assert [value for _, _, value, _ in found] == list(VALUES)
    assert {headers for *_, headers in found} == {(("name\\xff\\xfe", b"1"), ("rx-ts", b"17"))}


@pytest.mark.parametrize(("codec", "name"), [(1, "gzip"), (2, "snappy"), (3, "lz4"), (4, "zstd")])
def test_every_compression_of_kafkas_is_read(codec: int, name: str) -> None:
    plain = batch([])
    assert read(packed(plain, codec, pa.compress(plain[61:], name, asbytes=True))) == read(plain)


def test_snappy_in_blocks_is_read() -> None:
    plain = batch([])
    blocks = [pa.compress(part, "snappy", asbytes=True) for part in (plain[61:70], plain[70:])]
    stream = b"\x82SNAPPY\x00" + struct.pack(">ii", 1, 1)
    stream += b"".join(struct.pack(">i", len(block)) + block for block in blocks)
    assert read(packed(plain, 2, stream)) == read(plain)


@pytest.mark.parametrize(("codec", "name"), [(1, "gzip"), (2, "snappy"), (3, "lz4"), (4, "zstd")])
def test_a_batch_that_unpacks_to_too_much_is_one_record(codec: int, name: str) -> None:
    zeros = pa.compress(bytes(BATCH_BYTES + 1), name, asbytes=True)
    bomb = packed(batch([]), codec, zeros)
    ((offset, timestamp, value, headers),) = read(bomb)
    assert (offset, timestamp, value) == (0, 1002, bomb)
    ((key, kind),) = headers
    assert key == "content-type"
    assert kind.startswith(REFUSED.encode())
    assert b"more than" in kind


@pytest.mark.parametrize("codec", [1, 2, 3, 4, 5, 7])
def test_what_is_no_compressed_data_is_one_record(codec: int) -> None:
    ((offset, _, value, headers),) = read(packed(batch([]), codec, b"\x05junk"))
    assert offset == 0
    assert value is not None
    assert headers[0][1].startswith(REFUSED.encode())


def test_what_comes_before_and_after_a_broken_record_is_read() -> None:
    whole = batch([])
    broken = whole.replace(b"two", b"tw")
    broken = broken[:8] + struct.pack(">i", len(broken) - 12) + broken[12:]
    after = struct.pack(">q", 3) + whole[8:]
    found = read(broken, after)
    assert [offset for offset, *_ in found] == [0, 1, 3, 4, 5]
    assert found[1][3][0][1].startswith(REFUSED.encode())
    assert [value for _, _, value, _ in found[2:]] == list(VALUES)


def test_reading_goes_on_within_a_batch() -> None:
    assert [offset for offset, *_ in read(batch([]), first=2)] == [2]


def test_unpacking_stops_at_its_bound() -> None:
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        data = pa.compress(bytes(1000), codec, asbytes=True)
        assert unpacked(codec, data, 1000) == bytes(1000)
        with pytest.raises(TooLargeError):
            unpacked(codec, data, 999)


def test_closing_a_consumer_whose_broker_is_dead_cancels_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def idle(_: Any) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(fetcher.Fetcher, "_fetch_requests_routine", idle)

    async def refused(*_: Any) -> Any:
        raise KafkaConnectionError

    async def close() -> str:
        loop = asyncio.get_running_loop()
        client = SimpleNamespace(_loop=loop, _metadata_max_age_ms=1, send=refused)
        found = fetcher.Fetcher(client, SubscriptionState(), retry_backoff_ms=3_600_000)
        request = SimpleNamespace(topics=())
        failing = asyncio.create_task(found._proc_fetch_request(None, 0, request))
        found._pending_tasks.add(failing)
        for _ in range(5):
            await asyncio.sleep(0)
        assert not failing.done()
        await found.close()
        assert failing.cancelled()
        return "closed"

    assert asyncio.run(close()) == "closed"
