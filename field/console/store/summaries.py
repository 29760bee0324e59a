"""Stored summaries joined to what people made of the alert, as bytes of JSON.

Summaries are stored encoded, so that a list of thousands is glued together and not made anew.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from field.alerts.reading import is_replay
from field.console.store.alert_rows import HANDLED, Handling

ENCODE = msgspec.json.Encoder().encode


def joined(
    summary: bytes, handling: Mapping[str, Any], received_ms: int, ts: int, replay_behind_ms: float
) -> bytes:
    """The summary with its handling; ``replay`` where it came so much later than its own time."""
    more = Handling(
        **{name: handling[name] for name in HANDLED},
        received_ms=received_ms,
        replay=is_replay(received_ms, ts, replay_behind_ms),
    )
    return glued(summary, ENCODE(more))


def glued(one: bytes, other: bytes) -> bytes:
    """Two encoded JSON objects, neither of them empty, as one.

    >>> glued(b'{"a":1}', b'{"b":2}')
    b'{"a":1,"b":2}'
    """
    return one[:-1] + b"," + other[1:]
