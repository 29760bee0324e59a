"""What others than our partitions may have written is refused, and takes no memory."""

import tracemalloc
from base64 import b64encode

import msgspec
import pytest
import zstandard

from detectors.features.calls.packing import MOST_BYTES, packed, unpacked
from detectors.rules.sim_box import rows
from detectors.rules.template_burst import sent


def bomb(size: int) -> str:
    """So many bytes, and nothing else, which are never there as a whole."""
    head, tail = b"\x92\xc6" + size.to_bytes(4, "big"), msgspec.msgpack.encode([])
    packing = zstandard.ZstdCompressor(level=1).compressobj(size=len(head) + size + len(tail))
    zeros = bytes(1 << 20)
    parts = [packing.compress(each) for each in (head, *[zeros] * (size // len(zeros)), tail)]
    return b64encode(b"".join(parts) + packing.flush()).decode()


def test_what_unpacks_to_more_than_anybody_sends_is_refused_before_it_is_there() -> None:
    text = bomb(32 * MOST_BYTES)
    assert len(text) < 1 << 20
    tracemalloc.start()
    try:
        for reads in (rows.unpacked, sent.unpacked):
            with pytest.raises(ValueError, match="more than"):
                reads(text)
        assert tracemalloc.get_traced_memory()[1] < 3 * MOST_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text", ["", "%", "AAAA", packed("else"), packed([1, 2])[:-8], packed((b"", [[1]]))]
)
def test_what_no_partition_sends_is_refused(text: str) -> None:
    for reads in (rows.unpacked, sent.unpacked):
        with pytest.raises(ValueError):  # noqa: PT011 - of any kind
            reads(text)


def test_what_was_packed_comes_back() -> None:
    content = (b"\x00\xff" * 1000, [["a", None], ["b"]])
    assert unpacked(packed(content), tuple[bytes, list[list[str | None]]]) == content
