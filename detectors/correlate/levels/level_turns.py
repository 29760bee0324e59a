"""The turns of levels at a correlator: many at once, ahead of all else that is due, with nothing
else coming of it than if each had its own.

Only levels look at what zones have learned of levels, so all that are due may be judged before
anything else is. What else comes of one waits for its time: a finding until it is due, as always;
that a report came, and what it shows of a phone's receiver, until something is worked off that has
arrived since (`catch_up`).
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.context.zone_routing import zones_of_rows
from detectors.correlate.arrival_queue import Item, put_in
from detectors.correlate.levels.waiting_levels import WaitingLevels, take_due
from detectors.correlate.levels.waiting_rows import are_new
from detectors.correlate.state import CorrelatorState
from detectors.correlate.zone import NEVER_MS, Zone
from detectors.correlate.zone_rules import UNUSABLE, ZoneRules
from detectors.features.levels.keyed_levels import KeyedLevels
from detectors.features.levels.level_rows import LevelRows, rows_of
from detectors.model.columns import I8
from detectors.model.finding import Observation
from detectors.profile.age import MINUTE_MS

#: Stream under which it is noted what was taken of each partition.
_STREAM: Final = "levels"


@dataclass(slots=True)
class _Ahead:
    """Of a zone when its levels that are judged already arrived (ms), ``done`` of which have come
    up, and of those that deviate, while they haven't: when, whose they are, and by how much."""

    rx: list[int]
    shown: deque[tuple[int, str, list[tuple[float, float]]]]
    done: int = 0


class LevelTurns:
    """``name`` is the rule's, ``zones`` are those that have begun, ``ours`` says which of some
    zones are worked off here."""

    def __init__(
        self,
        name: str,
        rules: ZoneRules,
        state: CorrelatorState,
        zones: Mapping[str, Zone],
        ours: Callable[[tuple[str, ...]], list[str]],
    ) -> None:
        self._name, self._rules, self._state = name, rules, state
        self._zones, self._ours = zones, ours
        self._ahead: dict[str, list[_Ahead]] = {}
        self._next_ms = NEVER_MS
        self._ran_to_ms = 0
        #: One in a zone that hasn't begun, of which others may be too: they come behind it.
        self._first: Item | None = None
        self.unusable: list[tuple[str, Exception]] = []

    def take(self, observation: Observation) -> None:
        """Takes an observation of many levels; those that were taken already are dropped."""
        try:
            rows = rows_of(observation)
        except UNUSABLE as error:
            self.unusable.append((self._name, error))
        else:
            self.take_rows(rows)

    def take_rows(self, rows: LevelRows) -> None:
        """As `take`, of the rows themselves."""
        new = are_new(self._state.taken, _STREAM, rows)
        if not new.all():
            self._state.repeated += int(np.count_nonzero(~new))
            rows = rows.take(new)
        if len(rows):
            rx, clock_ms = rows.numbers["rx_ts"], self._state.clock_ms
            self._state.late += int(np.count_nonzero(rx < clock_ms))
            self._state.levels.append(WaitingLevels.of(rows, np.maximum(rx, clock_ms)))
            self._ran_to_ms = min(self._ran_to_ms, clock_ms)

    def are_due(self, ms: int) -> bool:
        """Whether those that arrived up to and including then are to be judged yet, and may be."""
        return self._ran_to_ms <= ms and self._first is None

    def run(self, until_ms: int) -> int:
        """Judges what is due before a time, up to the first in a zone that hasn't begun: that one
        has its turn among all else. When the rule has a finding next (ms)."""
        self._ran_to_ms = until_ms
        due = take_due(self._state.levels, until_ms, self._name)
        if due is None:
            return NEVER_MS
        rows, rx = due
        zones, place = zones_of_rows(rows)
        here = [self._ours(each) for each in zones]
        strange = [any(z not in self._zones for z in each) for each in here]
        end = int(np.argmax(np.array(strange)[place])) if any(strange) else len(rows)
        if end < len(rows):
            at, one = int(place[end]), rows.one(self._name, end)
            self._first = Item(int(rx[end]), 0, zones[at], here[at], None, one)
            put_in(self._state.waiting, self._first)
            self._ran_to_ms = self._first.rx
            left = slice(end + 1, None)
            if end + 1 < len(rows):
                self._state.levels.append(WaitingLevels.of(rows.take(left), rx[left]))
            rows, rx, place = rows.take(slice(end)), rx[:end], place[:end]
        return self._judge(rows, rx, here, place)

    def before(self, item: Item) -> None:
        """Comes before an item is worked off."""
        observation = item.observation
        if observation is not None and observation.detector in self._rules.rules:
            self.before_rule(item.rx)
        else:
            self.catch_up(item.rx)
        if item is self._first:
            self.catch_up(item.rx)
            self._first = None

    def before_rule(self, rx_ms: int) -> None:
        """Comes before what other rules alone look at, of that arrival.

        These ask for nothing that levels have shown, and that levels came in the same minute counts
        the same before and after (`detectors.profile.age.Age`).
        """
        if rx_ms // MINUTE_MS > self._next_ms // MINUTE_MS:
            self.catch_up(rx_ms)

    def catch_up(self, until_ms: int) -> None:
        """Lets come up what levels that arrived up to and including then have shown besides."""
        if until_ms < self._next_ms:
            return
        self._next_ms = NEVER_MS
        for name, parts in self._ahead.items():
            while parts and not self._come_up(name, parts[0], until_ms):
                del parts[0]
            if parts:
                self._next_ms = min(self._next_ms, parts[0].rx[parts[0].done])

    def _judge(self, rows: LevelRows, rx: I8, here: list[list[str]], place: I8) -> int:
        """Of rows in order, each of the zones that are ``here`` of its place."""
        if not len(rows):
            return NEVER_MS
        levels, due_ms = KeyedLevels.of(rows), NEVER_MS
        for name in dict.fromkeys(zone for each in here for zone in each):
            concerned = np.array([name in each for each in here], dtype=np.bool_)[place]
            own = np.flatnonzero(concerned)
            if not len(own):
                continue
            try:
                zone_due_ms, leanings = self._rules.judge_levels(name, self._name, levels, own)
            except UNUSABLE as error:
                self.unusable.append((self._name, error))
                continue
            due_ms = min(due_ms, zone_due_ms)
            shown = deque((int(rx[row]), levels.who[row], each) for row, each in leanings)
            self._ahead.setdefault(name, []).append(_Ahead(rx[own].tolist(), shown))
            self._next_ms = min(self._next_ms, int(rx[own[0]]))
        return due_ms

    def _come_up(self, name: str, ahead: _Ahead, until_ms: int) -> bool:
        """Whether some of them are still to come."""
        done = ahead.done
        ahead.done = end = bisect_right(ahead.rx, until_ms, done)
        # A zone may have been forgotten since.
        if done < end and (zone := self._zones.get(name)) is not None:
            zone.age.observe_each(ahead.rx[done:end])
            while ahead.shown and ahead.shown[0][0] <= until_ms:
                _, who, deviations = ahead.shown.popleft()
                zone.context.offsets.learn_of(f"device:{who}", deviations)
        return end < len(ahead.rx)
