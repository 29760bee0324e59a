"""kafka-python, too, reads on past what it can't take apart."""

import pyarrow as pa
import pytest
from kafka import TopicPartition
from kafka.consumer import fetcher

from streams.limits import BATCH_BYTES
from streams.wire.patient import REFUSED
from streams.wire.polled_batches import Batches
from tests.streams.wire.test_fetched_batches import VALUES, batch, packed


def read(fetched: bytes) -> list[tuple[int, bytes | None, list[tuple[str, bytes]]]]:
    assert fetcher.MemoryRecords is Batches
    records = fetcher.Fetcher.PartitionRecords(
        0, TopicPartition("cell.measurements", 0), Batches(fetched), check_crcs=False
    )
    return [(one.offset, one.value, list(one.headers)) for one in records.take(100)]


def test_a_header_of_no_utf8_is_read_with_escapes() -> None:
    found = read(batch([("nameAA", b"1")]).replace(b"nameAA", b"name\xff\xfe"))
    assert found == [
        (offset, value, [("name\\xff\\xfe", b"1")]) for offset, value in enumerate(VALUES)
    ]


@pytest.mark.parametrize(("codec", "name"), [(1, "gzip"), (2, "snappy"), (3, "lz4"), (4, "zstd")])
def test_every_compression_is_read_up_to_the_bound(codec: int, name: str) -> None:
    plain = batch([])
    assert read(packed(plain, codec, pa.compress(plain[61:], name, asbytes=True))) == read(plain)
    zeros = pa.compress(bytes(BATCH_BYTES + 1), name, asbytes=True)
    ((offset, value, headers),) = read(packed(plain, codec, zeros))
    assert offset == 0
    assert value is not None
    assert headers[0][1].startswith(REFUSED.encode())
