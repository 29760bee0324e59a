"""How late reports of strange cells are: judging state of `held_back`.

Phones of one place count once, as the most prompt of them: a phone at home changes its pseudonym,
and a cellar makes all its phones late. One phone at several places counts once, too. What was
uploaded together is looked at together, since its oldest report is late for that alone.
"""

from math import exp, log
from typing import Final

import msgspec

from detectors.features.memory.lateness import ENOUGH, Delays, least_of_each, square_of
from detectors.features.memory.lru import keep
from detectors.features.memory.upload_habits import AT_ONCE, TOGETHER_MS, UNKNOWN
from detectors.model.finding import Observation

#: Weaker levels (dBm) are of the edge of coverage, where sending may have to wait.
_WEAK_DBM: Final = {"gsm": -98.0, "umts": -102.0, "lte": -112.0, "nr": -112.0}
#: Cells that a zone remembers, places of each, and for how long a report counts (ms).
_CELLS: Final = 1024
_PLACES: Final = 24
_OLD_MS: Final = 1_800_000
#: For how long what was passed on of a phone is known (ms of arrival time).
_WINDOW_MS: Final = 300_000


class Promptest:
    """How late the most prompt report was that was passed on of each phone and cell within five
    minutes of arrival."""

    def __init__(self) -> None:
        self._passed: dict[str, tuple[int, int]] = {}
        self._swept_ms = -(1 << 62)

    def is_news(self, name: str, rx_ms: int, late_ms: int) -> bool:
        """Whether a report is the first, or half as late as any before; it is noted if so."""
        if rx_ms - self._swept_ms >= _WINDOW_MS / 4:
            self._swept_ms, oldest = rx_ms, rx_ms - _WINDOW_MS
            self._passed = {one: it for one, it in self._passed.items() if it[0] > oldest}
        first_ms, least_ms = self._passed.get(name, (rx_ms, 1 << 62))
        if abs(rx_ms - first_ms) >= _WINDOW_MS:
            first_ms, least_ms = rx_ms, 1 << 62
        if late_ms >= least_ms // 2:
            return False
        self._passed[name] = first_ms, max(0, late_ms)
        return True


class Late(msgspec.Struct):
    """The most prompt report of one place of a cell, the nats that it brings, and whether a finding
    was made of it."""

    nats: float
    report: Observation
    found: bool = False


class HeldBackCells(msgspec.Struct):
    """The judging state of one zone: how late all reports are, by technology, level and habit of
    the phone; those of strange cells by cell and place; and which cells are to be judged when (ms,
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
        place, nats = report.place, self.nats(report)
        if place is None or nats is None:
            return
        since_ms = report.rx_ts - _OLD_MS
        known = self.cells.pop(cell, {})
        known = {at: late for at, late in known.items() if late.report.rx_ts > since_ms}
        keep(self.cells, cell, known, _CELLS)
        here = square_of(place)
        other = known.get(here)
        if other is None or nats < other.nats:
            keep(known, here, Late(nats, report), _PLACES)
            self.due_ms.setdefault(cell, report.rx_ts + TOGETHER_MS)

    def taken(self, until_ms: int) -> list[tuple[int, list[Late]]]:
        """The cells to be judged by then, each with when, and what is known of its places."""
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


def weight_of(known: list[Late], honest_share: float) -> float:
    """What the phones of a cell come to (nats), where such a share of honest cells hold phones."""
    nats = sum(least_of_each((late.report.who, late.nats) for late in known))
    return -log(honest_share + (1.0 - honest_share) * exp(-nats))


def _kinds(rat: str, report: Observation) -> tuple[list[str], list[str]]:
    """The kinds of reports that one is of, the narrowest first: of all phones, and of those of its
    phone's habit."""
    level_dbm, habit = report.signal_dbm, str(report.values.get("habit", UNKNOWN))
    weak = level_dbm is not None and level_dbm < _WEAK_DBM.get(rat, _WEAK_DBM["lte"])
    kinds = [f"{rat} weak" if weak else f"{rat} strong", rat, "any"]
    return kinds, [f"{kind}, {habit}" for kind in kinds]
