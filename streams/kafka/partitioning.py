"""Which partition a message belongs in: that of the device, subscriber or caller it is about.

All clients of Kafka agree on it where there is a key. Who joins messages into one record has no key
for it, and has to find the same partition by itself.
"""

import re
from functools import lru_cache
from typing import Any, Final

import msgspec
from kafka.partitioner.default import murmur2

from streams.kafka.topics import SPECS


class _Names(msgspec.Struct):
    device: Any = None
    subscriber: Any = None
    caller: Any = None
    call_ref: Any = None
    prefix: Any = None
    number: Any = None


_NAMES: Final = msgspec.json.Decoder(_Names)
#: Topics that are keyed by whom a message is about, and the field that names them. The messages of
#: others may lie in any partition.
KEYED: Final = {
    spec.name: spec.key for spec in SPECS if spec.key in ("device", "subscriber", "caller")
} | {"number.register": "prefix", "number.reputation": "number"}
_DIGIT: Final = re.compile("[0-9]")
#: Names whose partitions are remembered.
_REMEMBERED: Final = 1 << 16


def key_of(topic: str, value: bytes) -> bytes | None:
    """The key of a message; ``None`` where it names nobody, can't be read, or needs no key.

    Where a caller withheld the number, the call is the key, so that all records of it lie together.

    >>> key_of("cell.signalling", b'{"subscriber": "s-1", "device": "d-1"}')
    b's-1'
    >>> key_of("cell.measurements", b'{"device": 7}'), key_of("network.changes", b"{}")
    (None, None)
    >>> key_of("call.signalling", b'{"caller": "anonymous", "call_ref": "c-1"}')
    b'c-1'
    """
    field = KEYED.get(topic)
    if field is None:
        return None
    try:
        names = _NAMES.decode(value)
        name = getattr(names, field)
        if field == "caller" and not (isinstance(name, str) and _DIGIT.search(name)):
            name = names.call_ref
        return name.encode() if isinstance(name, str) else None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


@lru_cache(_REMEMBERED)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Kafka's default partitioner has for a key.

    >>> partition_of(b"d-17", 4), partition_of(b"d-1", 4)
    (3, 3)
    """
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)
