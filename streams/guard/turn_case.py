"""A correlator's turn as it is tried: what waits there is worked off in a process of its own.

What is tried is the correlator as it was before the turn, with all that it had taken. Time has
effects of its own between what is worked off, and is told apart from it: where time alone ends the
process, the state is to blame, and nothing that waits.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from detectors.correlate.arrival_queue import Item, put_in_order
from detectors.correlate.correlator import STREAMS, Correlator, Decided
from detectors.correlate.settings import IncidentSettings
from detectors.features.rule import AnyRule
from streams.decode.raw_rows import Fault
from streams.guard.judging import Ended, Trials, spoiler
from streams.kafka.partitioning import partition_of
from streams.limits import Limits
from streams.roads.road_file import road_map

#: So many of one turn may be to blame; where more seem to be, the state is.
MOST_TO_BLAME: Final = 8


class PoisonedStateError(Exception):
    """Whatever is worked off, the state ends who has it; the text says how."""


@dataclass(slots=True)
class TurnCase:
    """``snapshot`` is the correlator's state, whose waiting items are numbered from the first to be
    worked off. It is the correlator of partition ``number`` of ``partitions``, for ``sources`` as
    in `detectors.correlate.correlator.Correlator`; ``roads`` names the file."""

    snapshot: bytes
    waiting: int
    rules: tuple[AnyRule, ...]
    incidents: IncidentSettings
    sources: frozenset[tuple[str, int]]
    number: int
    partitions: int
    roads: str
    most_waiting: int
    _correlator: "_Watched | None" = None
    _items: list[Item] = field(default_factory=list)

    def __len__(self) -> int:
        return self.waiting

    def begin(self) -> None:
        """Makes ready."""
        state = Correlator.restore(self.snapshot)
        self._items = numbered(state.waiting)
        if len(self._items) > self.most_waiting:
            # The turn goes so far, whatever is left out of it.
            until_ms = self._items[-self.most_waiting].rx + 1
            for stream, (topic, number) in product(STREAMS, self.sources):
                key = f"{stream}/{topic}/{number}"
                state.watermarks[key] = max(until_ms, state.watermarks.get(key, 0))
        self._correlator = _Watched(
            self.rules,
            self.incidents,
            self.sources,
            lambda zone: partition_of(zone.encode(), self.partitions) == self.number,
            state,
            road_map(self.roads),
        )

    def run(self, places: Sequence[int], at: Callable[[int], None]) -> None:
        """Works off the items at ``places``. Time, and what is done when all is worked off, is at
        the place behind the last."""
        assert self._correlator is not None
        chosen = [self._items[place] for place in places if place < self.waiting]
        numbers = {id(item): place for place, item in enumerate(self._items)}
        self._correlator.state.waiting = chosen[::-1]
        self._correlator.watch(numbers, at, self.waiting)
        self._correlator.advance()


class _Watched(Correlator):
    """A correlator that says what it works off; ``watch`` comes before all else."""

    def watch(self, numbers: dict[int, int], at: Callable[[int], None], time: int) -> None:
        """By the identity of an item, its place; ``time`` is that of time alone."""
        self._numbers, self._at, self._time = numbers, at, time
        at(time)

    def _work_off(self, item: Item, decided: Decided) -> None:
        # What rules made of time has no place of its own.
        self._at(self._numbers.get(id(item), self._time))
        super()._work_off(item, decided)
        self._at(self._time)


def numbered(waiting: Sequence[Item]) -> list[Item]:
    """What waits, by place: the first to be worked off first, ties in a fixed order."""
    ordered = list(waiting)
    put_in_order(ordered)
    return ordered[::-1]


def judge_turn(case: TurnCase, limits: Limits) -> dict[int, Fault]:
    """The places of what can't be worked off, each with its fault. Raises PoisonedStateError where
    leaving out some doesn't help, TrialError where nothing could be tried."""
    trials = Trials(case, limits)
    time = len(case)
    # A state that ends a process does so again, and what waits only if it is there.
    alone = trials.run([])
    if alone.fault is not None and (again := trials.run([])).fault is not None:
        raise PoisonedStateError(again.fault.detail)
    left = list(range(len(case)))
    found: dict[int, Fault] = {}
    for _ in range(MOST_TO_BLAME):
        ended = _twice(trials, left)
        if ended.fault is None:
            return found
        place, fault = ended.place, ended.fault
        if place == time or not trials.ends_on([place]):
            before = [one for one in left if one < place]
            if not before:
                break
            place, fault = spoiler(trials, before, place)
        found[place] = fault
        left.remove(place)
    if trials.run(left).fault is None:
        return found
    raise PoisonedStateError(f"more than {MOST_TO_BLAME} that wait seem to be to blame")


def _twice(trials: Trials, places: list[int]) -> Ended:
    """How a process ends that has ended twice at the same place; of one that has not, how it got
    through."""
    deaths: Counter[int] = Counter()
    while True:
        ended = trials.run(places)
        deaths[ended.place] += 1
        if ended.fault is None or deaths[ended.place] == 2:
            return ended
