"""What the lateness of reports says: judging state of `held_back` that all its cells share.

A phone counts once, by its most prompt report, however many places it names; and so do all phones
of one place: one at home changes its pseudonym, and a cellar makes all its phones late. What was
uploaded together is looked at together, since its oldest report is late for that alone.
"""

from collections.abc import Iterable, Sequence
from math import exp, log
from typing import Final

import msgspec

from detectors.features.memory.lateness import ENOUGH, Delays, bin_of, of_each_place
from detectors.features.phones.upload_habits import AT_ONCE, HABITS, UNKNOWN
from detectors.features.samples.of_samples import TakenSamples
from detectors.model.codes import RATS, text_of
from detectors.model.finding import Observation

#: Weaker levels (dBm) are of the edge of coverage, where sending may have to wait.
_WEAK_DBM: Final = {"gsm": -98.0, "umts": -102.0, "lte": -112.0, "nr": -112.0}
#: So late (ms) is a report that was sent at once.
_PROMPT_MS: Final = 2_000


class Late(msgspec.Struct):
    """The most prompt report of one phone on a cell, the nats that it brings, and whether a finding
    was made of it."""

    nats: float
    report: Observation
    found: bool = False


class Lateness(msgspec.Struct):
    """How late all reports of one zone are, by technology, level and habit of the phone."""

    delays: dict[str, Delays] = msgspec.field(default_factory=dict)

    def learn(self, sample: Observation) -> None:
        """Takes one report of the sample of all."""
        kinds, of_habit = _kinds(str(sample.values["rat"]), sample)
        late_ms = sample.rx_ts - sample.ts
        for kind in kinds + of_habit:
            self._count(kind, [(late_ms, bin_of(late_ms / 1000.0))])

    def learn_each(self, taken: TakenSamples, rows: Sequence[int]) -> None:
        """As `learn` of each of some reports."""
        known = taken.each(_known)
        # Kind by kind: of each the order stays.
        reports: dict[str, list[tuple[int, int]]] = {}
        for row in rows:
            kinds, late = known[row]
            for kind in kinds:
                reports.setdefault(kind, []).append(late)
        for kind, each in reports.items():
            self._count(kind, each)

    def _count(self, kind: str, reports: list[tuple[int, int]]) -> None:
        delays = self.delays.get(kind)
        if delays is None:
            delays = self.delays[kind] = Delays()
        delays.count(reports)

    def nats(self, report: Observation) -> float | None:
        """How much likelier the lateness of a report is of a held phone than of an honest one."""
        rat = report.claimed.rat if report.claimed else None
        kinds, of_habit = _kinds(str(rat), report)
        # While few like them are known they are compared with all, but not who mostly sends late.
        if report.values.get("habit", UNKNOWN) in (AT_ONCE, UNKNOWN):
            of_habit += kinds
        return self._of_kinds(of_habit, report.rx_ts - report.ts)

    def prompt_nats(self, rat: str) -> float:
        """That of a report which was sent at once, of a phone of whatever habit."""
        return min(0.0, self._of_kinds([rat, "any"], _PROMPT_MS) or 0.0)

    def _of_kinds(self, kinds: Iterable[str], late_ms: int) -> float | None:
        for kind in kinds:
            delays = self.delays.get(kind)
            if delays is not None and delays.total >= ENOUGH:
                return delays.nats(late_ms)
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
    return _kinds_of(rat, level_dbm is not None and level_dbm < _weak_dbm(rat), habit)


def _known(taken: TakenSamples) -> list[tuple[list[str], tuple[int, int]]]:
    """Of each report the kinds that it is of, and how late it is (ms) with the bin of that."""
    names = ("rat", "habit", "signal_dbm", "rx_ts", "ts")
    found = []
    for rat, habit, level_dbm, rx_ms, ts_ms in zip(*map(taken.column, names), strict=True):
        name, late_ms = str(text_of(rat, RATS)), rx_ms - ts_ms
        kinds, of_habit = _kinds_of(name, level_dbm < _weak_dbm(name), HABITS[habit])
        found.append((kinds + of_habit, (late_ms, bin_of(late_ms / 1000.0))))
    return found


def _kinds_of(rat: str, is_weak: bool, habit: str) -> tuple[list[str], list[str]]:
    kinds = [f"{rat} weak" if is_weak else f"{rat} strong", rat, "any"]
    return kinds, [f"{kind}, {habit}" for kind in kinds]


def _weak_dbm(rat: str) -> float:
    return _WEAK_DBM.get(rat, _WEAK_DBM["lte"])
