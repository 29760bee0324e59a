"""How late reports of strange cells are: judging state of `held_back`.

A phone counts once, by its most prompt report, however many places it names; and so do all phones
of one place: one at home changes its pseudonym, and a cellar makes all its phones late. What was
uploaded together is looked at together, since its oldest report is late for that alone.
"""

from collections.abc import Iterable
from math import exp, log
from typing import Final
from zlib import crc32

import msgspec

from detectors.features.memory.lateness import ENOUGH, Delays, of_each_place
from detectors.features.memory.lru import keep
from detectors.features.memory.upload_habits import AT_ONCE, TOGETHER_MS, UNKNOWN
from detectors.model.finding import Observation

#: Weaker levels (dBm) are of the edge of coverage, where sending may have to wait.
_WEAK_DBM: Final = {"gsm": -98.0, "umts": -102.0, "lte": -112.0, "nr": -112.0}
#: Cells that a zone remembers, phones of each, and for how long a report counts (ms).
_CELLS: Final = 1024
_PHONES: Final = 24
_OLD_MS: Final = 1_800_000
#: A window in which what was passed on of a phone is known, and one in which a phone is in the
#: sample once (ms of arrival time).
_WINDOW_MS, _SAMPLED_MS = 300_000, 600_000


class Windows:
    """A number by name, known within a window of arrival time; each name has windows of its own,
    at times that don't depend on when it was first seen."""

    def __init__(self, length_ms: int) -> None:
        self._length_ms = length_ms
        self._numbers: dict[str, tuple[int, int]] = {}
        self._swept_ms = -(1 << 62)

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, name: str, rx_ms: int) -> int | None:
        """What was noted of a name in its present window."""
        window, number = self._numbers.get(name, (None, 0))
        return number if window == self._window(name, rx_ms) else None

    def note(self, name: str, rx_ms: int, number: int) -> None:
        """Notes a number of a name in its present window."""
        self._numbers[name] = self._window(name, rx_ms), number
        if abs(rx_ms - self._swept_ms) >= self._length_ms:
            self._swept_ms, over = rx_ms, rx_ms // self._length_ms - 1
            self._numbers = {name: it for name, it in self._numbers.items() if it[0] >= over}

    def _window(self, name: str, rx_ms: int) -> int:
        return (rx_ms + crc32(name.encode()) % self._length_ms) // self._length_ms


class Passed:
    """Which reports are passed on: of each phone and strange cell the most prompt, and of each
    phone one of the sample, so that none has more of it than others."""

    def __init__(self) -> None:
        self._promptest, self._sampled = Windows(_WINDOW_MS), Windows(_SAMPLED_MS)

    def is_news(self, name: str, rx_ms: int, late_ms: int) -> bool:
        """Whether a report is the first in its window, or half as late as any before; it is noted
        if so."""
        late_ms, least_ms = max(0, late_ms), self._promptest.number(name, rx_ms)
        if least_ms is not None and late_ms >= (least_ms + 1) // 2:
            return False
        self._promptest.note(name, rx_ms, late_ms)
        return True

    def is_drawn(self, who: str, rx_ms: int) -> bool:
        """Whether a report is a phone's first in its window; it is noted if so."""
        if self._sampled.number(who, rx_ms) is not None:
            return False
        self._sampled.note(who, rx_ms, 0)
        return True


class Late(msgspec.Struct):
    """The most prompt report of one phone on a cell, the nats that it brings, and whether a finding
    was made of it."""

    nats: float
    report: Observation
    found: bool = False


class HeldBackCells(msgspec.Struct):
    """The judging state of one zone: how late all reports are, by technology, level and habit of
    the phone; those of strange cells by cell and phone; and which cells are to be judged when (ms,
    arrival)."""

    delays: dict[str, Delays] = msgspec.field(default_factory=dict)
    cells: dict[str, dict[str, Late]] = msgspec.field(default_factory=dict)
    due_ms: dict[str, int] = msgspec.field(default_factory=dict)

    def learn(self, sample: Observation) -> None:
        """Takes one report of the sample of all."""
        kinds, of_habit = _kinds(str(sample.values["rat"]), sample)
        for kind in kinds + of_habit:
            self.delays.setdefault(kind, Delays()).learn(sample.rx_ts - sample.ts)

    def take_in(self, cell: str, report: Observation) -> None:
        """Takes a report of a strange cell."""
        nats = self.nats(report)
        if report.place is None or nats is None:
            return
        since_ms = report.rx_ts - _OLD_MS
        known = self.cells.pop(cell, {})
        known = {who: late for who, late in known.items() if late.report.rx_ts > since_ms}
        keep(self.cells, cell, known, _CELLS)
        other = known.get(report.who)
        if other is None or nats < other.nats:
            keep(known, report.who, Late(nats, report), _PHONES)
            self.due_ms.setdefault(cell, report.rx_ts + TOGETHER_MS)

    def taken(self, until_ms: int) -> list[tuple[int, list[Late]]]:
        """The cells to be judged by then, each with when, and what is known of its phones."""
        due = sorted((ms, cell) for cell, ms in self.due_ms.items() if ms <= until_ms)
        for _, cell in due:
            del self.due_ms[cell]
        return [(ms, list(self.cells.get(cell, {}).values())) for ms, cell in due]

    def nats(self, report: Observation) -> float | None:
        """How much likelier the lateness of a report is of a held phone than of an honest one."""
        rat = report.claimed.rat if report.claimed else None
        kinds, of_habit = _kinds(str(rat), report)
        # While few like them are known they are compared with all, but not who mostly sends late.
        if report.values.get("habit", UNKNOWN) in (AT_ONCE, UNKNOWN):
            of_habit += kinds
        for kind in of_habit:
            delays = self.delays.get(kind)
            if delays is not None and delays.total >= ENOUGH:
                return delays.nats(report.rx_ts - report.ts)
        return None


def of_places(known: Iterable[Late]) -> list[float]:
    """What the most prompt phone of each place says (nats)."""
    return of_each_place((late.report.place, late.nats) for late in known if late.report.place)


def weight_of(nats: Iterable[float], honest_share: float) -> float:
    """What the places of a cell come to (nats), where such a share of honest cells hold phones."""
    return -log(honest_share + (1.0 - honest_share) * exp(-sum(nats)))


def _kinds(rat: str, report: Observation) -> tuple[list[str], list[str]]:
    """The kinds of reports that one is of, the narrowest first: of all phones, and of those of its
    phone's habit."""
    level_dbm, habit = report.signal_dbm, str(report.values.get("habit", UNKNOWN))
    weak = level_dbm is not None and level_dbm < _WEAK_DBM.get(rat, _WEAK_DBM["lte"])
    kinds = [f"{rat} weak" if weak else f"{rat} strong", rat, "any"]
    return kinds, [f"{kind}, {habit}" for kind in kinds]
