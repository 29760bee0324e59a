"""The installation's profile on ``fbs.profile``: written at intervals of arrival time, taken up by
correlators that begin without a state of their own.

A correlator's profile is written after its state. So where there is a profile of a partition, there
is a state too, and a profile is taken up only where that was lost, deleted, or never was: a new
cluster, another number of partitions, another version. A zone of which the topics still hold all
that the profile learned from is left out: it is worked off again, and would be learned from twice.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from math import inf

from detectors.correlate.correlator import Correlator
from detectors.profile.profile import Profile
from streams.guard.case import decoded
from streams.kafka.aside.offset_reader import read_head, read_whole
from streams.kafka.topics import BETWEEN
from streams.profile.profile_file import usable
from streams.profile.records import newest_by_key, profile_of, records_of
from streams.worker.context import WorkerContext

_log = logging.getLogger(__name__)
_TOPIC = "fbs.profile"
#: Records at a topic's beginning that are looked at, and how far their arrival times may be from
#: the first (ms): input partitions are not read in step.
_HEAD = 500
_ABOUT_MS = 600_000
#: A worker that catches up passes many intervals of arrival time in no time: what has been learned
#: is written no sooner than so long (s of the clock) after the last time.
_SOONEST_S = 60.0


@dataclass(slots=True)
class _Written:
    """The interval of arrival time in which a correlator's profile was written last, and digests of
    its records, by key."""

    interval: int
    at_s: float = -inf
    digests: dict[str, bytes] = field(default_factory=dict)


class ProfileKeeper:
    """See the module's text."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._written: dict[int, _Written] = {}

    async def take_up(
        self, correlator: Correlator, number: int, is_ours: Callable[[str], bool], rebuilt: bool
    ) -> None:
        """Gives a new correlator of a partition what the topic has of its zones; ``rebuilt``: it
        works off all that the topics between the stages hold."""
        context = self._context
        name = context.name_of(_TOPIC)
        pairs = []
        for partition in range(context.partitions[_TOPIC]):
            pairs += [pair async for pair in read_whole(context.aside, name, partition)]
        profile, unusable = profile_of(newest_by_key(pairs), number)
        zones = []
        since_ms = await self._since_ms(number) if rebuilt else None
        for zone in filter(lambda one: is_ours(one.zone), profile.zones):
            if since_ms is not None and zone.age.first_ms >= since_ms - _ABOUT_MS:
                continue
            kept, bad = usable(zone, context.settings.rules)
            zones.append(kept)
            unusable += [f"{zone.zone}/rules/{name}" for name in bad]
        if unusable:
            _log.warning("parts of the profile are not of today's form: %s", ", ".join(unusable))
        if zones or since_ms is None:
            correlator.begin_with(Profile(zones=tuple(zones), attested=profile.attested))

    async def _since_ms(self, number: int) -> int | None:
        """The first arrival time that the topics hold, about; ``None`` where they hold nothing."""
        arrivals: list[int] = []
        for topic in BETWEEN:
            name = self._context.name_of(topic)
            records = await read_head(self._context.aside, name, number, _HEAD)
            for record in records:
                arrivals += [one.rx_ts for one in decoded(topic, record.value or b"")]
        return min(arrivals, default=None)

    async def write(self, correlator: Correlator, number: int, now: bool = False) -> None:
        """Writes what has changed in a correlator's profile, when an interval is over and the last
        time is a while ago, or now."""
        every_ms = int(self._context.settings.streams.profile_every_s * 1000)
        interval = correlator.state.clock_ms // every_ms
        written = self._written.setdefault(number, _Written(interval))
        # One that nothing was promised to has no time yet: its first interval only begins.
        written.interval = written.interval or interval
        clock_s = time.monotonic()
        is_due = interval != written.interval and clock_s - written.at_s >= _SOONEST_S
        if not now and not is_due:
            return
        written.interval, written.at_s = interval, clock_s
        records = await asyncio.to_thread(lambda: _records(correlator, number))
        sending = self._context.output.sending()
        for key, value in records.items():
            digest = blake2b(value, digest_size=16).digest()
            if written.digests.get(key) != digest:
                written.digests[key] = digest
                await sending.profile(key, value)
        await sending.written()

    def forget(self, number: int) -> None:
        """Another worker has a partition now."""
        self._written.pop(number, None)


def _records(correlator: Correlator, number: int) -> dict[str, bytes]:
    """Zones from which nothing came yet keep the records that they have."""
    return records_of(correlator.profile(with_waiting=False), number)
