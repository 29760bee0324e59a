"""The turns of drawn reports at a correlator: those that nothing else lies between are learned
together, rule by rule, with nothing else coming of it than if each had its own.

What a rule has drawn shows what is usual, and never brings about that it has a finding
(`detectors.features.samples.of_samples.OfSamples`). Rules don't look at each other's states. So of
what lies between two others in order of arrival only the order within a rule and zone counts.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import compress, groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.context.zone_routing import zones_of_places
from detectors.correlate.arrival_queue import Item
from detectors.correlate.levels.waiting_rows import are_new
from detectors.correlate.samples.waiting_samples import WaitingSamples, take_due
from detectors.correlate.state import CorrelatorState
from detectors.correlate.zone import NEVER_MS, Zone
from detectors.correlate.zone_rules import UNUSABLE, ZoneRules
from detectors.features.samples.of_samples import OfSamples, TakenSamples, of_samples
from detectors.features.samples.sample_rows import SampleRows, count_of, rows_of
from detectors.model.columns import I8, Bool
from detectors.model.finding import Observation
from detectors.profile.age import MINUTE_MS

#: Stream under which it is noted what was taken of each partition; and who is to blame for what
#: can't be used.
_STREAM: Final = "samples"


@dataclass(slots=True)
class _Due:
    """Rows in order of their turns (``rx``, ms), which rules have ``drawn`` each (a line a rule),
    and the ``place`` of each among the zones that some concern, and those of these that are worked
    off ``here``; ``done`` of them have had their turn.

    ``names`` are those of the latter, each once, and ``among`` (a line each) where a zone stands
    among those of a place; -1 for a place that it isn't of."""

    taken: TakenSamples
    rx: list[int]
    drawn: Bool
    place: NDArray[np.intp]
    zones: list[tuple[str, ...]]
    here: list[list[str]]
    names: list[str]
    among: NDArray[np.intp]
    done: int = 0

    @classmethod
    def of(cls, rows: SampleRows, rx: I8, ours: Callable[[tuple[str, ...]], list[str]]) -> "_Due":
        """Some rows, of which ``ours`` says which of the zones of each are worked off here."""
        zones, place = zones_of_places(rows.numbers["lat"], rows.numbers["lon"])
        here = list(map(ours, zones))
        names = list(dict.fromkeys(zone for each in here for zone in each))
        among = [[each.index(zone) if zone in each else -1 for each in here] for zone in names]
        rules = np.arange(len(rows.takers), dtype=np.uint16)[:, None]
        drawn = (rows.numbers["takers"] >> rules & 1).astype(np.bool_)
        shape = len(names), len(here)
        where = np.array(among, dtype=np.intp).reshape(shape)
        return cls(TakenSamples(rows), rx.tolist(), drawn, place, zones, here, names, where)


class SampleTurns:
    """``zones`` are those that have begun, ``ours`` says which of some zones are worked off
    here."""

    def __init__(
        self,
        rules: ZoneRules,
        state: CorrelatorState,
        zones: Mapping[str, Zone],
        ours: Callable[[tuple[str, ...]], list[str]],
    ) -> None:
        self._rules, self._state = rules, state
        self._zones, self._ours = zones, ours
        every = [of_samples(rule) for rule in rules.rules.values()]
        self._drawing: dict[str, OfSamples] = {rule.name: rule for rule in every if rule}
        self._names = tuple(self._drawing)
        self._due: _Due | None = None
        self.unusable: list[tuple[str, Exception]] = []

    def take(self, observation: Observation) -> None:
        """Takes an observation of many reports; those that were taken already are dropped."""
        try:
            rows = rows_of(observation)
        except UNUSABLE as error:
            self.unusable.append((_STREAM, error))
        else:
            self.take_rows(rows)

    def take_rows(self, rows: SampleRows) -> None:
        """As `take`, of the rows themselves."""
        rows = rows.taken_by(self._names)
        new = are_new(self._state.taken, _STREAM, rows)
        if not new.all():
            self._state.repeated += count_of(rows.numbers["takers"][~new])
            rows = rows.take(new)
        if len(rows):
            rx, clock_ms = rows.numbers["rx_ts"], self._state.clock_ms
            is_late = rx < clock_ms
            if is_late.any():
                self._state.late += count_of(rows.numbers["takers"][is_late])
            self._state.samples.append(WaitingSamples.of(rows, np.maximum(rx, clock_ms)))

    def begin(self, until_ms: int) -> None:
        """Lays out what is due before a time."""
        due = take_due(self._state.samples, until_ms, self._names)
        self._due = None
        if due is None:
            return
        self._due = _Due.of(*due, self._ours)

    @property
    def next_ms(self) -> int:
        """When the next has its turn."""
        due = self._due
        return NEVER_MS if due is None or due.done == len(due.rx) else due.rx[due.done]

    def run(self, before_ms: int) -> int:
        """Learns the next and those behind it that have their turns before a time, within the same
        minute, up to the first in a zone that hasn't begun; how many. The clock goes with them."""
        due = self._due
        assert due is not None
        begin, first_ms = due.done, due.rx[due.done]
        # Levels come up minute by minute, and count in the ages of zones as these do.
        before_ms = min(before_ms, (first_ms // MINUTE_MS + 1) * MINUTE_MS)
        end = bisect_left(due.rx, before_ms, begin)
        is_strange = np.array([not self._has_begun(each) for each in due.here])
        if is_strange.any():
            strange = np.flatnonzero(is_strange[due.place[begin:end]])
            end = begin + int(strange[0]) if len(strange) else end
        # Those that arrived with it have their turns with it, by content.
        end = bisect_left(due.rx, due.rx[end], begin) if end < len(due.rx) else end
        if end > begin:
            due.done = end
            self._state.clock_ms = max(due.rx[end - 1], self._state.clock_ms)
            self._learn(due, begin, end)
        return end - begin

    def open_next(self) -> list[Item]:
        """Takes out all that have their turn with the next, as items of one observation each."""
        due = self._due
        assert due is not None
        first_ms, items = due.rx[due.done], list[Item]()
        while due.done < len(due.rx) and due.rx[due.done] == first_ms:
            row, due.done = due.done, due.done + 1
            at, is_drawn = int(due.place[row]), due.drawn[:, row].tolist()
            for name in compress(self._names, is_drawn if due.here[at] else ()):
                if (one := self._one(due, name, row)) is not None:
                    items.append(Item(first_ms, 0, due.zones[at], due.here[at], None, one))
        return items

    def _one(self, due: _Due, name: str, row: int) -> Observation | None:
        """What a rule has drawn as an observation by itself; ``None`` for what it never draws."""
        try:
            return self._drawing[name].sample(due.taken.rows, row)
        except UNUSABLE as error:
            self.unusable.append((name, error))
            return None

    def _has_begun(self, here: list[str]) -> bool:
        return all(name in self._zones for name in here)

    def _learn(self, due: _Due, begin: int, end: int) -> None:
        """Learns rows zone by zone and rule by rule: neither looks at what another knows."""
        among, rules = due.among[:, due.place[begin:end]], len(self._names)
        # Each row once for each zone and rule, by these, in order.
        pairs, drawn = np.nonzero(
            ((among >= 0)[:, None, :] & due.drawn[:, begin:end]).reshape(-1, end - begin)
        )
        ends = np.bincount(pairs, minlength=len(among) * rules).cumsum().tolist()
        every, begun = (drawn + begin).tolist(), 0
        by_rule: list[tuple[int, int, int, str, str, list[int]]] = []
        for pair, ended in enumerate(ends):
            if ended > begun:
                rows, at, bit = every[begun:ended], *divmod(pair, rules)
                turn = rows[0], int(among[at, rows[0] - begin]), bit
                by_rule.append((*turn, due.names[at], self._names[bit], rows))
                begun = ended
        # In order of what each has first: so is what is new put down.
        by_rule.sort()
        # The first and the last of each zone, and how many.
        spans: dict[str, tuple[int, int, int]] = {}
        for _, _, _, zone, _, rows in by_rule:
            first, last, count = spans.get(zone, (rows[0], 0, 0))
            spans[zone] = first, max(rows[-1], last), len(rows) + count
        for zone, (first, last, count) in spans.items():
            # All are of one minute.
            age = self._zones[zone].age
            age.observe(due.rx[first], count)
            age.observe(due.rx[last], 0)
        has_ties = len(set(due.rx[begin:end])) < end - begin
        for _, _, _, zone, name, rows in by_rule:
            chosen = self._by_content(due, name, rows) if has_ties else rows
            if not chosen:
                continue
            try:
                self._rules.learn_samples(zone, self._drawing[name], due.taken, chosen)
            except UNUSABLE as error:
                self.unusable.append((name, error))

    def _by_content(self, due: _Due, name: str, rows: list[int]) -> list[int]:
        """In order of turn, then as all that has its turn together: digests are dear, and so are
        asked for only of what does."""
        found: list[int] = []
        for _, turn in groupby(rows, due.rx.__getitem__):
            together = list(turn)
            if len(together) > 1:
                every = ((row, self._one(due, name, row)) for row in together)
                key = {row: (one.digest(), one.source) for row, one in every if one}
                together = sorted(key, key=key.__getitem__)
            found += together
        return found
