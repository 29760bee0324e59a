"""What partitions sum up of calls and texts, packed into text for the zone of calls.

Whatever lies on a topic may have been written by somebody else: what unpacks to more than any
partition sends is refused before it is there.
"""

from typing import Any, Final, TypeVar

import msgspec
import zstandard
from pybase64 import b64decode, b64encode_as_string

#: Some thousand rows of the longest names come to a few MB.
MOST_BYTES: Final = 1 << 24
_LEVEL: Final = 1

Content = TypeVar("Content")


def packed(content: Any) -> str:
    """Plain data as text, for `unpacked`."""
    raw = msgspec.msgpack.encode(content)
    return b64encode_as_string(zstandard.ZstdCompressor(level=_LEVEL).compress(raw))


def unpacked(text: str, kind: type[Content]) -> Content:
    """What `packed` has packed.

    Raises ValueError for what it never gives, and for more than `MOST_BYTES`.

    >>> unpacked(packed([1, 2]), list[int])
    [1, 2]
    """
    value = b64decode(text, validate=True)
    try:
        unpacking = zstandard.ZstdDecompressor(max_window_size=MOST_BYTES)
        with unpacking.stream_reader(value) as reader:
            raw = reader.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise ValueError(f"it unpacks to more than {MOST_BYTES} bytes")
        return msgspec.msgpack.decode(raw, type=kind)
    except (zstandard.ZstdError, msgspec.DecodeError) as error:
        raise ValueError(str(error)) from error
