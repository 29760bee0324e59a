"""How late reports arrive: what an honest upload's delay is like, and a held phone's.

A transmitter has no network behind it: a phone that it holds can send nothing until it is back on a
cell of its operator. How late reports are is counted in bins, of a sample of all. A held phone's
are later by how long it is still held: that distribution, moved by the times of `_HELD_S`. The
ratio of the two is what one report says. So where uploads wait for long anyway, nothing is said.
Some phones have a Wi-Fi beside the cell and send at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log, log2
from operator import itemgetter
from typing import Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, Bool
from detectors.model.finding import Place

#: For how long phones are still held after a report (s): seconds, or minutes, those rejected for
#: half an hour, each as likely by its logarithm.
_HELD_S: Final = np.geomspace(3.0, 2000.0, 60)
#: Share of held phones that send all the same, and the most that one place says (nats).
_WIFI_SHARE: Final = 0.25
_MOST_NATS: Final = 2.5
#: Lateness is counted in bins of a quarter of an octave, from some seconds on: uploads of all
#: phones differ by as much.
BINS: Final = 48
_AN_OCTAVE: Final = 4
_FEW_SECONDS: Final = 8.0
#: Where half of all reports come later (s), those of held phones don't stand out.
_SLOW_S: Final = 240.0
#: Where so many of all reports arrive as soon as they are measured (ms), arrival is not recorded:
#: a trace sorted by time of measurement.
_AT_ONCE_MS, _UNKNOWN_SHARE = 20, 0.8
#: Shares of a count that go to its bin and the two beside it, and what each bin has beforehand.
_KERNEL: Final = (0.25, 0.5, 0.25)
_BEFOREHAND: Final = 0.25
#: So many reports are enough to compare with; of more than so many the old ones fade.
ENOUGH: Final = 50
_MOST: Final = 4096
#: Sides of the squares that are one place, degrees.
_SQUARE_DEG: Final = 0.0005
#: So many phones may be hostile: the most prompt are left out. What the others say against a
#: transmitter is bounded (nats).
_HOSTILE: Final = 3
_MOST_SERVED: Final = 8.0

#: What is counted of a report: the bin of its lateness, and whether it came as soon as it was
#: measured.
Alike: TypeAlias = tuple[int, bool]


class Delays(msgspec.Struct, array_like=True, dict=True):
    """How many reports of one kind were how late, by bins, and how many not at all; old ones
    fade."""

    counts: list[float] = msgspec.field(default_factory=lambda: [0.0] * BINS)
    total: float = 0.0
    at_once: float = 0.0

    def learn(self, late_ms: int) -> None:
        """Counts a report."""
        self.count([alike(late_ms)])

    def count(self, reports: Iterable[Alike]) -> None:
        """As `learn` of each of some reports: it is of several kinds."""
        counts, total, at_once = self.counts, self.total, self.at_once
        for place, is_at_once in reports:
            counts[place] += 1.0
            total += 1.0
            at_once += is_at_once
            if total > _MOST:
                counts = [count / 2.0 for count in counts]
                total /= 2.0
                at_once /= 2.0
        self.counts, self.total, self.at_once = counts, total, at_once
        self.__dict__.clear()

    def count_alike(self, reports: Mapping[Alike, int]) -> bool:
        """As `count` of so many of each; whether that could be: not, where old ones fade
        meanwhile, and it matters which came before and which after."""
        total = _plus(self.total, sum(reports.values()))
        if total > _MOST:
            return False
        counts = self.counts
        for (place, is_at_once), count in reports.items():
            counts[place] = _plus(counts[place], count)
            if is_at_once:
                self.at_once = _plus(self.at_once, count)
        self.total = total
        self.__dict__.clear()
        return True

    def nats(self, late_ms: int) -> float:
        """How much likelier a report is as late of a held phone than of another; 0 where uploads
        are slow, or when they arrived isn't known."""
        ratios: list[float] | None = self.__dict__.get("_ratios")
        if ratios is None:  # many are asked about between two that are counted
            ratios = self.__dict__["_ratios"] = [] if self._says_nothing() else self._ratios()
        if not ratios:
            return 0.0
        ratio = _WIFI_SHARE + (1.0 - _WIFI_SHARE) * ratios[bin_of(late_ms / 1000.0)]
        return min(log(ratio), _MOST_NATS)

    def _says_nothing(self) -> bool:
        if self.at_once > _UNKNOWN_SHARE * self.total:
            return True
        return 2.0 * sum(self.counts[:_SLOW_BINS]) < self.total

    def _ratios(self) -> list[float]:
        """How many times as many reports of held phones fall in each bin."""
        honest = np.convolve(self.counts, _KERNEL, mode="same") + _BEFOREHAND
        ratios: list[float] = ((_MOVED @ honest) / honest).tolist()
        return ratios


def square_of(place: Place) -> str:
    """The square of some 50 m that a place is in: all phones there are one witness."""
    return f"{place.lat // _SQUARE_DEG:.0f},{place.lon // _SQUARE_DEG:.0f}"


def squares_of(lat: F8, lon: F8) -> tuple[F8, F8]:
    """As `square_of`, of places in columns (degrees): how many squares north and east."""
    return lat // _SQUARE_DEG, lon // _SQUARE_DEG


def of_each_place(reports: Iterable[tuple[Place, float]]) -> list[float]:
    """Of phones' most prompt reports (where, nats) what the most prompt of each place says.

    >>> here, there = Place(39.9, 116.4), Place(39.9, 116.5)
    >>> of_each_place([(here, 2.5), (there, -1.4), (here, 1.0)])
    [1.0, -1.4]
    """
    least: dict[str, float] = {}
    for place, nats in reports:
        here = square_of(place)
        least[here] = min(nats, least.get(here, nats))
    return list(least.values())


def served_nats(nats: Iterable[float]) -> float:
    """What the lateness of several phones' reports says against their being held (0 at most), of
    the `Delays.nats` of each: what a few hostile phones may have made up is left out.

    >>> served_nats([-1.4] * 3), served_nats([-1.4] * 6), served_nats([-1.4] * 6 + [2.5] * 4)
    (0.0, -4.2, 0.0)
    """
    ordered = sorted(nats)
    return _bounded(ordered[_made_up(ordered) :])


def served_nats_of_places(reports: Iterable[tuple[Place, float]]) -> float:
    """As `served_nats`, of phones' most prompt reports (where, nats), of which those of one place
    count once. It is phones that may be hostile, not the places where they are: what is left of a
    place without them still speaks for it.

    >>> home = Place(39.9, 116.4)
    >>> served_nats_of_places([(home, -1.4)] * 3), served_nats_of_places([(home, -1.4)] * 9)
    (0.0, -1.4)
    """
    ordered = sorted(reports, key=itemgetter(1))
    return _bounded(of_each_place(ordered[_made_up([nats for _, nats in ordered]) :]))


def _made_up(ordered: Sequence[float]) -> int:
    """How many of the most prompt, which come first, a few hostile phones may have made up."""
    return sum(1 for each in ordered[:_HOSTILE] if each < 0.0)


def _bounded(nats: Iterable[float]) -> float:
    return round(max(-_MOST_SERVED, min(0.0, sum(nats))), 6)


def _plus(value: float, count: int) -> float:
    """A value with so many ones more, as if they were added one by one: rounding is only where a
    power of two is passed, so it's the same as long as no second one is."""
    if count <= value or value.is_integer():
        return value + count
    for _ in range(count):
        value += 1.0
    return value


def alike(late_ms: int) -> Alike:
    """What is counted of a report that is so late."""
    return bin_of(late_ms / 1000.0), late_ms <= _AT_ONCE_MS


def alike_of_each(late_ms: I8) -> tuple[NDArray[np.intp], Bool]:
    """As `alike`, of reports in columns."""
    return np.searchsorted(_BEGINS_MS, late_ms, side="right"), late_ms <= _AT_ONCE_MS


def bin_of(late_s: float) -> int:
    """The bin of a lateness (s)."""
    return min(BINS - 1, int(_AN_OCTAVE * log2(1.0 + max(0.0, late_s) / _FEW_SECONDS)))


def _moved() -> F8:
    """What each bin has of each other one's reports when they are later by `_HELD_S`."""
    moved = np.zeros((BINS, BINS))
    for number in range(BINS):
        middle_s = _FEW_SECONDS * (2.0 ** ((number + 0.5) / _AN_OCTAVE) - 1.0)
        for held_s in _HELD_S.tolist():
            moved[bin_of(middle_s + held_s), number] += 1.0 / len(_HELD_S)
    return moved


def _begins_ms(place: int) -> int:
    """The least lateness (ms) of a bin."""
    late_ms = int(1000.0 * _FEW_SECONDS * (2.0 ** (place / _AN_OCTAVE) - 1.0))
    while bin_of(late_ms / 1000.0) >= place:
        late_ms -= 1
    while bin_of(late_ms / 1000.0) < place:
        late_ms += 1
    return late_ms


_BEGINS_MS: Final = np.array([_begins_ms(place) for place in range(1, BINS)])
_MOVED: Final = _moved()
_SLOW_BINS: Final = bin_of(_SLOW_S) + 1
