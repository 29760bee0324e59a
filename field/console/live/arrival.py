"""The arrival time for a verdict or reading that somebody enters now.

Live that is about now. During a replay, or after it, it is the time that the replay has reached:
with the clock's time a verdict would arrive years after all else, and correlators would wait for
the rest.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from field.alerts.life_cycle import REOPEN, Action, verdict_of
from field.console.store.queries.operations import workers
from streams.kafka.heartbeat import Feed, arrival_time_ms

#: What people enter themselves doesn't show how far the network's time has come.
_OURS: Final = frozenset(("field.feedback", "field.measurements"))
#: A worker that was silent for so long (ms) while another reported has stopped.
_STOPPED_MS: Final = 60_000


def arrival_now_ms(connection: Connection, now_ms: int) -> int:
    """The arrival time (ms) for what is entered at ``now_ms`` of the clock; the clock's own where
    no worker has ever reported."""
    known = workers(connection)
    newest = max((received_ms for received_ms, _ in known), default=0)
    feeds = [
        feed
        for received_ms, health in known
        if newest - received_ms <= _STOPPED_MS
        for topic, feed in feeds_of(health).items()
        if topic not in _OURS
    ]
    return arrival_time_ms(feeds, now_ms)


def feedback_of(action: Action, rx_ms: int) -> dict[str, Any]:
    """The message of ``field.feedback`` for a verdict or its withdrawal, arriving at ``rx_ms``.

    ``role``, ``action_id``, ``withdrawn`` and the mute are extras. The mute lasts as long after the
    verdict's arrival as it was to last after the action.
    """
    message: dict[str, Any] = {
        "ts": min(action.ts, rx_ms),
        "rx_ts": rx_ms,
        "alert_id": action.alert_id,
        "verdict": verdict_of(action),
        "by": action.by,
        "role": action.role,
        "action_id": action.action_id,
    }
    optional: dict[str, Any] = {"lat": action.lat, "lon": action.lon, "note": action.note or None}
    optional["withdrawn"] = True if action.action == REOPEN else None
    optional["mute_radius_m"] = _number(action.details.get("mute_radius_m"))
    until = _number(action.details.get("mute_until_ts"))
    if until is not None:
        optional["mute_until_ts"] = rx_ms + max(int(until) - action.ts, 0)
    return message | {name: value for name, value in optional.items() if value is not None}


def _number(value: object) -> float | None:
    """A number among an action's details, in which another writer may have put anything."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def feeds_of(health: Mapping[str, Any]) -> dict[str, Feed]:
    """The feeds that a worker reports; other writers may have sent anything."""
    given, found = health.get("feeds"), {}
    for topic, feed in given.items() if isinstance(given, dict) else ():
        with suppress(msgspec.ValidationError):
            found[topic] = msgspec.convert(feed, Feed)
    return found
