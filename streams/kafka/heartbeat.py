"""Signs of life of workers, on ``fbs.health``: each says every two seconds what it has seen.

A silent input must not look like a quiet city. So a worker reports for each input when the newest
message came, by its clock, and how far arrival time has come; and whether what it reads is a
replay, whose times are in the past.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, Final

import msgspec

from detectors.model.described import means
from detectors.profile.age import Learning
from streams.kafka.stage_records import SEQ, Headers, header
from streams.privacy.hashing_key import HashingKey

#: How often a worker gives a sign of life (s of the clock).
EVERY_S: Final = 2.0
#: After the last record of a replay a worker counts as reading one for so long (ms of the clock).
_REPLAY_MS: Final = 60_000
#: A replay that was read at full speed is worked off by correlators after so long.
_WORKED_OFF_MS: Final = 3_600_000
#: Zones of which a worker says how far they have come.
_ZONES: Final = 16


class Feed(msgspec.Struct):
    """What one worker has seen of one input topic since it started.

    Watermarks don't count.
    """

    arrival_ms: Annotated[int, means("Newest arrival time; 0: none yet.", "ms")] = 0
    heard_ms: Annotated[int, means("Clock at the newest message; 0: none yet.", "ms")] = 0
    messages: Annotated[int, means("Messages that could be read.")] = 0
    dead_letters: Annotated[int, means("Messages that could not.")] = 0


class StoredState(msgspec.Struct, frozen=True):
    """A correlator's state as it was stored last."""

    bytes: Annotated[int, means("Its packed length.", "bytes")]
    zones: Annotated[int, means("Zones in it.")]
    anew_ms: Annotated[int, means("Clock when it last began anew; 0: it never did.", "ms")] = 0
    anew_reason: Annotated[str, means("Why it did: what was wrong with the one before.")] = ""


class WorkerHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One worker's sign of life. Its correlators' ``late`` counts from before its start too."""

    worker: Annotated[str, means("Name of the worker.")]
    ts: Annotated[int, means("Its clock.", "ms")]
    version: Annotated[str, means("Version of cellhound.")]
    partitions: Annotated[int, means("Number of input partitions that it has now.")]
    messages: Annotated[int, means("Messages read since its start.")]
    findings: Annotated[int, means("Findings since its start.")]
    alerts: Annotated[int, means("Revisions of alerts since its start.")]
    dead_letters: Annotated[int, means("Dead letters since its start.")]
    late: Annotated[int, means("Findings and observations that came later than promised.")]
    feeds: Annotated[dict[str, Feed], means("By input topic.")] = {}
    states: Annotated[dict[str, StoredState], means("Its correlators' states, by partition.")] = {}
    replay: Annotated[bool, means("Whether it has read a replay within the last minute.")] = False
    key: Annotated[
        str, means("Id of the key that it hashes the newest arrivals with; empty: none came yet.")
    ] = ""
    key_former: Annotated[str, means("While the key is changed: id of the former one.")] = ""
    key_new: Annotated[str, means(".. id of the new one.")] = ""
    key_from: Annotated[int, means(".. arrival time from which on the new one holds.", "ms")] = 0
    since: Annotated[int, means("When it started, by its clock.", "ms")] = 0
    learning: Annotated[
        tuple[Learning, ...], means("How far its busiest zones have come with learning.")
    ] = ()


@dataclass(slots=True)
class Counts:
    """What a worker has screened since it started: in all, and by input topic."""

    findings: int = 0
    observations: int = 0
    dropped_fields: Counter[str] = field(default_factory=Counter)
    feeds: dict[str, Feed] = field(default_factory=dict)
    replayed_ms: int = 0

    def observe(
        self, topic: str, messages: int, dead_letters: int, newest_ms: int, now_ms: int
    ) -> None:
        """Counts what was read of a topic; ``newest_ms`` is its newest arrival time by now."""
        if messages or dead_letters:
            feed = self.feeds.setdefault(topic, Feed())
            feed.arrival_ms = max(feed.arrival_ms, newest_ms)
            feed.heard_ms = now_ms
            feed.messages += messages
            feed.dead_letters += dead_letters

    def note_replay(self, headers: Sequence[Headers], now_ms: int) -> None:
        """Notes whether records are a replay's, by the first and last that have headers."""
        given = [some for some in (*headers[:1], *headers[-1:]) if some]
        if any(header(some, SEQ) is not None for some in given):
            self.replayed_ms = now_ms

    def has_replayed(self, now_ms: int) -> bool:
        """Whether correlators may still be working off a replay that was read here."""
        return now_ms - self.replayed_ms <= _WORKED_OFF_MS

    @property
    def newest_ms(self) -> int:
        """The newest arrival time; 0: nothing came yet."""
        return max((feed.arrival_ms for feed in self.feeds.values()), default=0)

    @property
    def messages(self) -> int:
        """Messages that could be read."""
        return sum(feed.messages for feed in self.feeds.values())

    @property
    def dead_letters(self) -> int:
        """Messages that couldn't."""
        return sum(feed.dead_letters for feed in self.feeds.values())


def arrival_time_ms(feeds: Iterable[Feed], now_ms: int) -> int:
    """The arrival time (ms) for what people enter at ``now_ms`` by the clock.

    For a live input that is about now. While a replay is read, or after it, it is as far as arrival
    time has come there: entered with the clock's time it would come years after all else, and
    correlators would wait for the rest.

    >>> arrival_time_ms([Feed(arrival_ms=5_000, heard_ms=90_000)], 92_000)
    7000
    """
    due = [one.arrival_ms + max(now_ms - one.heard_ms, 0) for one in feeds if one.heard_ms]
    return max(due, default=now_ms)


# Asked whenever a state is stored, and read from the installation's files.
@cache
def release() -> str:
    """The version of cellhound that runs; "unknown" for one that was never installed."""
    try:
        return version("cellhound")
    except PackageNotFoundError:
        return "unknown"


def sign_of_life(
    worker: str,
    version: str,
    counts: Counts,
    partitions: int,
    alerts: int,
    late: int,
    now_ms: int,
    learning: Sequence[Learning] = (),
    states: Mapping[str, StoredState] | None = None,
    key: HashingKey | None = None,
    since: int = 0,
) -> WorkerHealth:
    """What a worker says of itself at ``now_ms`` of its clock."""
    return WorkerHealth(
        worker=worker,
        ts=now_ms,
        version=version,
        partitions=partitions,
        messages=counts.messages,
        findings=counts.findings,
        alerts=alerts,
        dead_letters=counts.dead_letters,
        late=late,
        feeds=counts.feeds,
        states=dict(states or {}),
        replay=now_ms - counts.replayed_ms <= _REPLAY_MS,
        since=since,
        **_named(key, counts.newest_ms),
        learning=tuple(learning[:_ZONES]),
    )


def _named(key: HashingKey | None, newest_ms: int) -> dict[str, Any]:
    """What a worker says of its key, once arrival time has come so far."""
    if key is None:
        return {}
    if not key.former_id:
        return {"key": key.id}
    return {
        "key": key.id_at(newest_ms) if newest_ms else "",
        "key_former": key.former_id,
        "key_new": key.id,
        "key_from": key.from_ms,
    }
