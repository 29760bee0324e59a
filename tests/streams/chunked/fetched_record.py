"""A record as aiokafka hands it out, as far as chunks look at it."""

from dataclasses import dataclass


@dataclass
class FetchedRecord:
    """One at an offset."""

    offset: int
    timestamp: int = 5
    key: bytes | None = b"k"
    value: bytes | None = b"v"
    headers: tuple[tuple[str, bytes], ...] = ()
