"""The guard of what correlators make of what they have taken: their turns.

What is being worked off is noted by arrival time, as a span of ``fbs.correlators``. A turn that
meets a span in which a worker died is tried first (`streams.guard.turn_case`). What is to blame
becomes a dead letter of the message that it came of, and is left out, here and by whoever works it
off again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Final

from detectors.correlate.arrival_queue import Item
from detectors.correlate.correlator import FINDINGS, OBSERVATIONS, Correlator
from detectors.model.finding import Finding, Observation, Source
from streams.decode.dead_letters import DeadItem, DeadLetter, dead_letter
from streams.decode.raw_rows import Fault
from streams.guard.guard import Guard, Letters
from streams.guard.journal import Span
from streams.guard.judging import TrialError
from streams.guard.known import LeftOut
from streams.guard.turn_case import PoisonedStateError, TurnCase, judge_turn, numbered
from streams.limits import Limits
from streams.privacy.hasher import Hasher

_log = logging.getLogger(__name__)

TOPIC: Final = "fbs.correlators"
REASON: Final = "kills_correlating"
#: Where more waits than may, what is worked off has no bound that is known beforehand.
_NO_END_MS: Final = 1 << 62
_TRYING = (
    "Trying in a process of its own what waits in partition %d of fbs.correlators, since a worker"
    " ended over it."
)
_FINE = "All that waits in partition %d of fbs.correlators can be worked off."
_LEFT_OUT = (
    "What came of %s, partition %d, offset %d, item %d (%s) is left out, and the message is a dead"
    " letter (kills_correlating): %s."
)
_NOT_TRIED = "What waits in partition %d could not be tried: %s It is worked off as it is."

Make = Callable[[int, Correlator], TurnCase]


class TurnGuard:
    """``make`` makes a case of a partition's correlator as it is, in which ``most_waiting`` may
    wait. ``letters`` writes dead letters and waits until that is done."""

    def __init__(
        self,
        guard: Guard,
        limits: Limits,
        make: Make,
        most_waiting: int,
        hasher: Hasher,
        letters: Letters,
    ) -> None:
        self._guard, self._limits = guard, limits
        self._make, self._most_waiting = make, most_waiting
        self._hasher, self._letters = hasher, letters

    def at_work(self, number: int, correlator: Correlator) -> AbstractContextManager[None]:
        """Notes what a correlator works off, as long as it goes on with it."""
        state = correlator.state

        def progress() -> tuple[int, int]:
            return state.waits, state.clock_ms

        return self._guard.noted(self._span(number, correlator), progress)

    def is_due(self, number: int, correlator: Correlator) -> bool:
        """Whether anything must be tried or left out before the next turn."""
        known = self._guard.known
        if known.left_out.get(number):
            return True
        if not known.knows_of(TOPIC, number):
            return False
        return known.is_to_be_tried(self._span(number, correlator))

    async def examined(self, number: int, correlator: Correlator) -> None:
        """Takes away what waits in a correlator and may not be worked off.

        Raises PoisonedStateError where its state itself is to blame, with what waits.
        """
        correlator.state.unpack()
        self._leave_out(number, correlator)
        known, span = self._guard.known, self._span(number, correlator)
        if not known.is_to_be_tried(span):
            return
        _log.warning(_TRYING, number)
        items = numbered(correlator.state.waiting)
        try:
            case = await asyncio.to_thread(self._make, number, correlator)
            faults = await asyncio.to_thread(judge_turn, case, self._limits)
        except TrialError as error:
            _log.error(_NOT_TRIED, number, error)
            return
        except PoisonedStateError:
            await self._guard.write(known.note_tried(span))
            raise
        found = [_left_out(number, items[place], fault) for place, fault in sorted(faults.items())]
        if not found:
            _log.warning(_FINE, number)
        for place, each in zip(sorted(faults), found, strict=True):
            source = each.source
            where = (source.topic, source.partition, source.offset, source.index)
            _log.error(_LEFT_OUT, *where, _record(items[place]).detector, each.detail)
        await self._letters([*self._letters_of(found)])
        await self._guard.write(known.note_left_out(found) + known.note_tried(span))
        self._leave_out(number, correlator)

    def _span(self, number: int, correlator: Correlator) -> Span:
        """From how far a correlator has come to how far it will come in its turn (ms)."""
        clock_ms = correlator.state.clock_ms
        if correlator.state.waits > self._most_waiting:
            return Span(TOPIC, number, clock_ms, _NO_END_MS)
        return Span(TOPIC, number, clock_ms, max(clock_ms, correlator.promised_ms))

    def _leave_out(self, number: int, correlator: Correlator) -> None:
        left_out = self._guard.known.left_out.get(number)
        if left_out:
            state = correlator.state
            state.waiting = [item for item in state.waiting if _key(item) not in left_out]

    def _letters_of(self, found: Sequence[LeftOut]) -> Iterator[DeadLetter]:
        for each in found:
            source = each.source
            fault = Fault(each.reason, each.detail)
            item = DeadItem(0, source.index, each.rx_ms, fault)
            place = (source.topic, source.partition, source.offset)
            yield dead_letter(item, place, None, self._hasher)


def _left_out(number: int, item: Item, fault: Fault) -> LeftOut:
    stream, source, rule, rx_ms = _key(item)
    return LeftOut(number, stream, source, rule, rx_ms, REASON, fault.detail)


def _key(item: Item) -> tuple[str, Source, str, int]:
    record = _record(item)
    stream = FINDINGS if item.finding else OBSERVATIONS
    return stream, record.source, record.detector, record.rx_ts


def _record(item: Item) -> Finding | Observation:
    record = item.finding or item.observation
    assert record is not None
    return record
