"""What the lateness of reports says: judging state of `held_back` that all its cells share.

A phone counts once, by its most prompt report, however many places it names; and so do all phones
of one place: one at home changes its pseudonym, and a cellar makes all its phones late. What was
uploaded together is looked at together, since its oldest report is late for that alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import exp, log
from typing import Final

import msgspec
import numpy as np

from detectors.features.memory.lateness import (
    BINS,
    ENOUGH,
    Alike,
    Delays,
    alike,
    alike_of_each,
    of_each_place,
)
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
            self._of(kind).count([alike(late_ms)])

    def learn_each(self, taken: TakenSamples, rows: Sequence[int]) -> None:
        """As `learn` of each of some reports."""
        known = list(map(taken.each(_known).__getitem__, rows))
        # Kind by kind, and most are like others.
        alike_in: dict[tuple[str, ...], dict[Alike, int]] = {}
        for one, count in Counter(known).items():
            kinds, late = _kinds_and_late(one)
            alike_in.setdefault(kinds, {})[late] = count
        for kind, each in _by_kind(alike_in):
            delays = self._of(kind)
            if not delays.count_alike(each):
                in_order = map(_kinds_and_late, known)
                delays.count(late for kinds, late in in_order if kind in kinds)

    def _of(self, kind: str) -> Delays:
        delays = self.delays.get(kind)
        if delays is None:
            delays = self.delays[kind] = Delays()
        return delays

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


def _known(taken: TakenSamples) -> list[int]:
    """Of each report the kinds that it is of and how late it is, as a number."""
    numbers = taken.rows.numbers
    place, is_at_once = alike_of_each(numbers["rx_ts"] - numbers["ts"])
    is_weak = numbers["signal_dbm"] < _WEAK[numbers["rat"]]
    columns = numbers["rat"], is_weak, numbers["habit"], place, is_at_once
    found: list[int] = np.ravel_multi_index(columns, _SIZES).tolist()
    return found


@lru_cache(maxsize=4096)
def _kinds_and_late(known: int) -> tuple[tuple[str, ...], Alike]:
    """What such a number says."""
    columns = (int(each) for each in np.unravel_index(known, _SIZES))
    rat, is_weak, habit, place, is_at_once = columns
    kinds, of_habit = _kinds_of(str(text_of(rat, RATS)), bool(is_weak), HABITS[habit])
    return (*kinds, *of_habit), (place, bool(is_at_once))


def _by_kind(
    alike_in: Mapping[tuple[str, ...], Mapping[Alike, int]],
) -> Iterable[tuple[str, Mapping[Alike, int]]]:
    """By kind how many reports are alike, of those that are of some kinds together."""
    if len(alike_in) == 1:
        ((kinds, reports),) = alike_in.items()
        return ((kind, reports) for kind in kinds)
    found: dict[str, dict[Alike, int]] = {}
    for kinds, reports in alike_in.items():
        for kind in kinds:
            of_kind = found.setdefault(kind, {})
            for late, count in reports.items():
                of_kind[late] = of_kind.get(late, 0) + count
    return found.items()


def _kinds_of(rat: str, is_weak: bool, habit: str) -> tuple[list[str], list[str]]:
    kinds = [f"{rat} weak" if is_weak else f"{rat} strong", rat, "any"]
    return kinds, [f"{kind}, {habit}" for kind in kinds]


def _weak_dbm(rat: str) -> float:
    return _WEAK_DBM.get(rat, _WEAK_DBM["lte"])


#: By the codes of RATs.
_WEAK: Final = np.array([_weak_dbm(str(text_of(code, RATS))) for code in range(len(RATS) + 1)])
#: How many there are of what `_known` tells apart.
_SIZES: Final = (len(_WEAK), 2, len(HABITS), BINS, 2)
