"""What was written before, by topic and key: what would be written again as it was isn't."""

from hashlib import blake2b
from typing import Final, TypeVar

import msgspec

from detectors.rollup.records import Window
from detectors.rollup.sketch import merged
from streams.kafka.resilient_producer import Outgoing

_BYTES: Final = 16
_T = TypeVar("_T")


class Shelf:
    """Digests of the newest record of each key of each topic."""

    def __init__(self) -> None:
        self._digests: dict[tuple[str, bytes], bytes] = {}

    def known(
        self, topic: str, key: bytes, value: bytes | None, content: bytes | None = None
    ) -> None:
        """A record as it lies on the topic; ``content``: what of it counts."""
        if value is None:
            self._digests.pop((topic, key), None)
        else:
            self._digests[topic, key] = _digest(value if content is None else content)

    def news(
        self, topic: str, key: bytes, value: bytes | None, content: bytes | None = None
    ) -> Outgoing | None:
        """The record to be written; ``None`` where it lies there already."""
        before = self._digests.get((topic, key))
        if value is None:
            return None if before is None else Outgoing(topic, None, key)
        made = _digest(value if content is None else content)
        return None if made == before else Outgoing(topic, value, key)


def decoded(value: bytes | None, kind: type[_T]) -> _T | None:
    """A record's value; ``None`` for what is none of that kind.

    >>> decoded(b"[1]", list), decoded(b"[", list)
    ([1], None)
    """
    try:
        return msgspec.json.decode(value or b"", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def content_of(window: Window) -> bytes:
    """What of a window counts: what it says, not when it was made, nor in which order its sketches
    took the names."""
    counts = (merged([window.suspects]).about, merged([window.calls]).about)
    return msgspec.json.encode((window.alerts, window.people, counts))


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=_BYTES).digest()
