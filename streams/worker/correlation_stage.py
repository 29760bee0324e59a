"""The second stage on Kafka: a correlator for each partition of ``fbs.evidence``, and its memory.

Chunks are gathered as they come and worked off in turns, outside the event loop, each correlator by
itself. After each turn the alerts are written, with notices of victims and proposals, then the
correlator's whole state to ``fbs.correlators``, and only then are the chunks acknowledged. The
state holds the offsets up to which it has taken the two topics in, so after a crash a correlator
goes on from its last whole state and skips what it had, whatever the group had committed; where the
group is ahead of the state, the gap is read again aside.

Long because the order of deciding, writing and acknowledging is what keeps alerts safe, and is
followed in one place.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, cast

from aiokafka.errors import MessageSizeTooLargeError
from faust.types import EventT

from detectors.alert.headline import in_words
from detectors.audit.register_health import ZoneEvidence
from detectors.correlate.correlator import FINDINGS, OBSERVATIONS, Correlator, Decided
from detectors.correlate.profiles import learning
from detectors.correlate.state import behind
from detectors.profile.age import Learning, busiest_first
from streams.arenas import give_back
from streams.chunked.gathered import Gathered
from streams.chunked.offset_ledger import Chunk
from streams.guard.between import BetweenGuard, Examined
from streams.guard.correlators import MOST_WAITING, Correlators
from streams.guard.turn_case import PoisonedStateError
from streams.guard.turns import TurnGuard
from streams.kafka.aside.offset_reader import read_pieces
from streams.kafka.heartbeat import EVERY_S, StoredState, release
from streams.kafka.stage_records import (
    JUDGED,
    Headers,
    decode_finding,
    decode_observations,
    encode,
    header,
    watermarks_of,
)
from streams.kafka.topics import KEPT_STATE_BYTES
from streams.places.place_files import named_places
from streams.state import complaints
from streams.state.form import Anew, packed
from streams.state.search import TOPIC, newest_state
from streams.wire.answered import until_answered
from streams.worker.context import WorkerContext
from streams.worker.profile_keeper import ProfileKeeper

_log = logging.getLogger(__name__)

#: Stream of the correlator by plain topic name.
STREAM_OF = {"fbs.evidence": FINDINGS, "fbs.census": OBSERVATIONS}

#: Packing and writing a state may take this share of a correlator's time, and up to the second
#: where it would else be stored less often than this (s).
_STORING_SHARE, _MOST_SHARE, _OFTEN_S = 0.01, 0.1, 10.0
#: Once nothing has come for so long (s) the state is stored, as often as the larger share allows:
#: there is nothing else to do, and what is read is acknowledged.
_QUIET_S = 1.0
#: Memory that is free is given back so often (s), whichever correlator was stored: looking for it
#: takes milliseconds.
_GIVE_BACK_EVERY_S = 2.0
#: Correlators that may be at work at once. Each takes one of the threads that screening works in
#: too, of which a machine with one core has five.
_TURNS_AT_ONCE = 3
_OUTGROWN = (
    "%s kept more of zone %s than it may, and has forgotten all but what it learned for good: look"
    " who reports so much there, or whether the register lacks most cells."
)
_UNUSABLE = (
    "%s can't use what it was given (%s): an observation is left out, or the rule has begun anew in"
    " a zone. Either it is no worker's, or a bug: only workers may write to fbs.census."
)


@dataclass(slots=True)
class _Partition:
    """One partition's correlator, the offsets (next to take) of its topics, and chunks not yet
    worked off, or not yet stored."""

    correlator: Correlator
    next_offset: dict[str, int]
    #: Held by whoever changes the correlator, or needs it to stay as it is.
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: By topic, the offset behind the newest chunk that was gathered.
    gathered_to: dict[str, int] = field(default_factory=dict)
    gathered: Gathered = field(default_factory=Gathered)
    #: Whether figures don't show yet what it holds by now: at first, what it was taken up with.
    uncounted: bool = True
    stored_s: float = 0.0
    #: When something was worked off last.
    worked_s: float = -inf
    #: How long storing took last time.
    storing_s: float = 0.0
    anew: Anew | None = None
    bytes: int = 0
    learning: list[Learning] = field(default_factory=list)
    #: When that was worked out, which takes more than a short turn; whether it has changed since.
    learned_s: float = -inf
    has_learned: bool = False


class CorrelationStage:
    """See the module's text."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        settings, output = context.settings, context.output
        count, opened = context.partitions["fbs.evidence"], context.metrics.opened
        self._correlators = Correlators(settings, context.sources, count, opened)
        self._places = named_places(settings.places)
        self._profiles = ProfileKeeper(context)
        self._guard = BetweenGuard(
            context.guard,
            settings.rules,
            settings.incidents,
            context.hasher,
            context.plain,
            output.write_letters,
        )
        case, letters = self._correlators.case, output.write_letters
        self._turns = TurnGuard(
            context.guard, settings.limits, case, MOST_WAITING, context.hasher, letters
        )
        self._partitions: dict[int, _Partition] = {}
        #: Held by whoever adds partitions or takes them away; whoever needs a partition's too takes
        #: this one first.
        self._lock = asyncio.Lock()
        self._at_turn: dict[int, asyncio.Task[None]] = {}
        self._at_once = asyncio.Semaphore(_TURNS_AT_ONCE)
        self._given_back_s = -inf
        #: Set where something has come that waits for a turn.
        self.has_gathered = asyncio.Event()
        self.alerts = 0

    @property
    def idle(self) -> bool:
        """Whether there is no correlator here, so that no watermarks of other workers come in."""
        return not self._partitions

    @property
    def late(self) -> int:
        """Findings and observations that came later than watermarks had promised, at the
        correlators as they are."""
        return sum(partition.correlator.state.late for partition in self._partitions.values())

    @property
    def learning(self) -> list[Learning]:
        """How far the zones here had come when that was last looked at, the busiest first."""
        partitions = self._partitions.values()
        return busiest_first(each for partition in partitions for each in partition.learning)

    @property
    def states(self) -> dict[str, StoredState]:
        """What was stored last of the correlators here, by partition."""
        return {
            str(number): StoredState(
                partition.bytes,
                len(partition.correlator.state.zones),
                partition.anew.at_ms if partition.anew else 0,
                partition.anew.reason if partition.anew else "",
            )
            for number, partition in self._partitions.items()
        }

    async def take(self, event: EventT[Any]) -> None:
        """Gathers one chunk; waits while too much is waiting for its turn."""
        chunk = cast(Chunk, event.value)
        number, topic = chunk.partition, self._context.plain(chunk.topic)
        async with self._lock:
            partition = self._partitions.get(number)
            if partition is None:
                opened = until_answered(lambda: self._open(number), self._context.stopping)
                restored = self._context.metrics.restoring(opened)
                partition = self._partitions[number] = await restored
        expected = partition.gathered_to.get(topic)
        if expected is None or chunk.offset > expected:
            async with partition.lock:
                if self._partitions.get(number) is partition:
                    await self._read_gap(partition, topic, number, chunk.offset)
        partition.gathered_to[topic] = max(chunk.next_offset, expected or 0)
        # One that another worker has by now gets no more turns.
        while partition.gathered.is_full and self._partitions.get(number) is partition:
            await asyncio.sleep(0.02)
        partition.gathered.put(event)
        self.has_gathered.set()

    async def revoked(self, partitions: set[int]) -> None:
        """Forgets correlators that another worker has now; their last records are their memory."""
        async with self._lock:
            for number in partitions:
                if (partition := self._partitions.get(number)) is not None:
                    # What is at work is finished first.
                    async with partition.lock:
                        self._partitions.pop(number, None)
                self._profiles.forget(number)

    async def assigned(self, partitions: set[int]) -> None:
        """Forgets correlators that are not among those: a chunk that had its turn after partitions
        were revoked has taken its own up once more."""
        await self.revoked(self._partitions.keys() - partitions)

    async def store(self) -> None:
        """Works off and stores everything, before a stop."""
        for number, partition in list(self._partitions.items()):
            partition.stored_s = 0.0
            await self._turn(number, partition)
            async with partition.lock:
                await self._profiles.write(partition.correlator, number, now=True)
        # Raises what ended a turn that nobody has asked since.
        await asyncio.gather(*self._at_turn.values())

    async def begin_turns(self) -> None:
        """Begins a turn of each correlator that is in none, and raises what ended another's: works
        off what was gathered; stores and acknowledges when that is due.

        Each is by itself: while one takes a half-minute's reports in, or stores a large state,
        another's alerts go out.
        """
        over = [number for number, turn in self._at_turn.items() if turn.done()]
        # Of several that failed together one is raised; that of others would be logged long after.
        failed = [turn.exception() for turn in map(self._at_turn.pop, over)]
        if error := next(filter(None, failed), None):
            raise error
        for number, partition in self._partitions.items():
            if number not in self._at_turn:
                self._at_turn[number] = asyncio.create_task(self._turn(number, partition))

    async def register_evidence(self, known_ms: Mapping[str, int]) -> AsyncIterator[ZoneEvidence]:
        """What an audit of the register rests on, a copy for each zone of the correlators here of
        which there is news since its last report was of ``known_ms``. One at a time: copies of all
        zones would take as much memory as the zones."""
        for number in list(self._partitions):
            if (partition := self._partitions.get(number)) is None:
                continue
            async with partition.lock:
                zones = partition.correlator.reported_ms()
            for zone in [name for name, ms in zones.items() if ms != known_ms.get(name)]:
                async with partition.lock:
                    if self._partitions.get(number) is not partition:
                        break
                    copy = partition.correlator.register_evidence
                    evidence = await asyncio.to_thread(copy, zone)
                if evidence is not None:
                    yield evidence

    async def _turn(self, number: int, partition: _Partition) -> None:
        async with partition.lock, self._at_once:
            if self._partitions.get(number) is not partition:
                return
            try:
                await self._turn_alone(number, partition)
            except BaseException:
                # It may hold what was not written: nobody may store that.
                del self._partitions[number]
                raise

    async def _turn_alone(self, number: int, partition: _Partition) -> None:
        records, ends = partition.gathered.turn()
        if records:
            decided = await self._worked_off(number, partition, records)
            partition.has_learned, partition.worked_s = True, time.monotonic()
            for name, end in ends.items():
                topic = self._context.plain(name)
                partition.next_offset[topic] = max(end, partition.next_offset.get(topic, 0))
            partition.uncounted = True
            await self._publish(decided)
        if partition.uncounted:
            counted = self._context.metrics.turned(number, partition.correlator.state)
            partition.uncounted = not counted
        if partition.has_learned and time.monotonic() - partition.learned_s >= EVERY_S:
            zones = partition.correlator.state.zones
            partition.learning = await asyncio.to_thread(learning, zones)
            partition.learned_s, partition.has_learned = time.monotonic(), False
        if partition.gathered.is_unstored and self._is_due(partition):
            await self._store(number, partition)

    def _is_due(self, partition: _Partition) -> bool:
        """Whether it is long enough ago that a partition's state was stored."""
        now_s = time.monotonic()
        every_s = max(
            self._context.settings.streams.snapshot_every_s, partition.storing_s / _MOST_SHARE
        )
        if now_s - partition.worked_s < _QUIET_S:
            every_s = max(every_s, min(partition.storing_s / _STORING_SHARE, _OFTEN_S))
        return now_s - partition.stored_s >= every_s

    async def _worked_off(
        self, number: int, partition: _Partition, records: Sequence[Any]
    ) -> Decided:
        examined = await self._guard.examined(records, number)
        decided = await asyncio.to_thread(self._work, number, partition, records, examined)
        if decided is None:
            try:
                await self._turns.examined(number, partition.correlator)
            except PoisonedStateError as error:
                await self._begin_behind(number, partition, str(error))
            decided = await asyncio.to_thread(self._advance, number, partition)
        return decided

    def _work(
        self, number: int, partition: _Partition, records: Sequence[Any], examined: Examined
    ) -> Decided | None:
        """What comes of some records; ``None`` where what waits by then is to be examined first."""
        with self._guard.at_work(examined):
            for record in records:
                topic, offset = self._context.plain(record.topic), record.offset
                value = None if (topic, offset) in examined.condemned else record.value
                self._take(partition, topic, offset, value, record.headers)
        if self._turns.is_due(number, partition.correlator):
            return None
        return self._advance(number, partition)

    def _advance(self, number: int, partition: _Partition) -> Decided:
        with self._turns.at_work(number, partition.correlator):
            decided = partition.correlator.advance()
        decided.alerts = [in_words(alert, self._places) for alert in decided.alerts]
        for rule, error in decided.unusable:
            _log.error(_UNUSABLE, rule, error)
        for zone, rule in decided.outgrown:
            _log.error(_OUTGROWN, rule, zone)
        return decided

    def _take(
        self, partition: _Partition, topic: str, offset: int, value: bytes | None, headers: Headers
    ) -> None:
        if offset < partition.next_offset.get(topic, 0):
            return
        partition.next_offset[topic] = offset + 1
        correlator, stream = partition.correlator, STREAM_OF[topic]
        if watermarks := watermarks_of(headers):
            for one in watermarks:
                correlator.promise(stream, one.topic, one.partition, one.until_ms, one.end)
                self._context.idle_clock.see_watermark(one.until_ms, time.monotonic())
        elif value is None or header(headers, JUDGED) is not None:
            return
        elif topic == "fbs.evidence":
            if (finding := decode_finding(value)) is not None:
                correlator.take(finding)
        else:
            for observation in decode_observations(value):
                correlator.take(observation)

    async def _publish(self, decided: Decided) -> None:
        sending = self._context.output.sending()
        for zone, finding in decided.findings:
            await sending.to_zones("fbs.evidence", [zone], encode(finding), [(JUDGED, b"1")])
        now_ms = time.time_ns() // 1_000_000
        replay = self._context.counts.has_replayed(now_ms)
        for alert in decided.alerts:
            await sending.alert(alert, replay)
        for notice in decided.victims:
            await sending.victim(notice, replay)
        for action in decided.actions:
            await sending.action(action, replay)
        for mark in () if replay else decided.marks:
            await sending.mark(mark)
        await sending.written()
        self.alerts += len(decided.alerts)
        found = [finding for _, finding in decided.findings]
        self._context.metrics.decided(decided.alerts, found, replay, time.time_ns() // 1_000_000)

    async def _store(self, number: int, partition: _Partition) -> None:
        begun_s = time.monotonic()
        made = await asyncio.to_thread(
            lambda: packed(
                partition.correlator.each_part(), partition.next_offset, release(), partition.anew
            )
        )
        name = self._context.name_of(TOPIC)
        if made.bytes > KEPT_STATE_BYTES // 2 >= partition.bytes:
            _log.error(complaints.TOO_LARGE, name, number, made.bytes / (1 << 20))
        try:
            for records in (made.pieces, [made.manifest]):
                sending = self._context.output.sending()
                for headers, value in records:
                    await sending.state(number, value, headers)
                # The manifest goes when all else has been written.
                await sending.written()
        except MessageSizeTooLargeError:
            longest = max(len(value) for _, value in (*made.pieces, made.manifest))
            _log.error(complaints.REFUSED, name, longest >> 10)
            raise
        lengths = [len(value) for _, value in (*made.pieces, made.manifest)]
        self._context.metrics.stored(number, lengths)
        partition.gathered.acknowledge()
        await self._give_back()
        partition.bytes = made.bytes
        partition.stored_s = time.monotonic()
        partition.storing_s = partition.stored_s - begun_s
        await self._profiles.write(partition.correlator, number)

    async def _give_back(self) -> None:
        """Gives memory back, which is of the whole process: often enough for all correlators."""
        if time.monotonic() - self._given_back_s >= _GIVE_BACK_EVERY_S:
            self._given_back_s = time.monotonic()
            await asyncio.to_thread(give_back)

    async def _open(self, number: int) -> _Partition:
        """A correlator as its last whole state left it."""
        name = self._context.name_of(TOPIC)
        await self._context.guard.refresh()
        found = await newest_state(self._context.aside, number)
        anew = found.anew
        if found.broken:
            # To end here would be to end at each start.
            _log.error(complaints.BROKEN, name, number, found.broken[0])
            _log.error(complaints.FORMER if found.state is not None else complaints.ANEW)
            if found.state is None:
                anew = Anew(time.time_ns() // 1_000_000, found.broken[0])
        correlator = self._correlators.of(number, found.state)
        if found.state is None:
            # Of a state that was there, all else that it knew is on the topics.
            rebuilt = bool(found.broken or found.anew) and not found.next_offset
            await self._profiles.take_up(
                correlator, number, self._correlators.is_ours(number), rebuilt
            )
        return _Partition(correlator, found.next_offset, anew=anew, bytes=found.bytes)

    async def _begin_behind(self, number: int, partition: _Partition, reason: str) -> None:
        """Begins anew behind all that was due: this state ends whoever goes on with it."""
        _log.error(complaints.POISONED, self._context.name_of(TOPIC), number, reason)
        state = behind(partition.correlator.state, partition.correlator.promised_ms)
        partition.correlator = self._correlators.of(number, state)
        await self._profiles.take_up(
            partition.correlator, number, self._correlators.is_ours(number), False
        )
        partition.anew = Anew(time.time_ns() // 1_000_000, reason)

    async def _read_gap(self, partition: _Partition, topic: str, number: int, end: int) -> None:
        """Takes in what lies before ``end`` and the correlator doesn't hold: what the group had
        committed beyond its last state, what Faust fetched and lost in a rebalance, and all that
        there is where it begins anew."""
        first = partition.next_offset.get(topic, 0)
        name = self._context.name_of(topic)
        given = self._context.aside, name, number, first, end, self._context.stopping
        async for records in read_pieces(*given):
            # In between, so that not all of a long gap waits in memory.
            await self._publish(await self._worked_off(number, partition, records))
