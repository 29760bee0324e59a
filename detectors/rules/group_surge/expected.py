"""How many calls a group usually has, and how surprising it is that there are so many.

Counts of the past fade; a group without a past is compared with its sisters. What is learned for
good is `Habits`.
"""

from collections.abc import Iterable
from math import log
from typing import Final

import msgspec
from scipy.special import betainc

from detectors.features.memory.two_hours import HOUR_MS

#: Cells of which counts are kept. Chosen: some 40 trunks by 30 regions by 50 origins.
_MOST_CELLS: Final = 1 << 16
#: A cell of less than so many calls, all faded, is forgotten.
_FORGOTTEN: Final = 0.02
_HOURS_A_DAY: Final = 24
#: Hours that the rhythm of a day counts for before any were watched: it is level at first.
_LEVEL_HOURS: Final = 3.0
#: Hours after which what was counted weighs half, of cells; the rhythm of days fades in a week.
_FADES_H, _RHYTHM_FADES_H = 36.0, 168.0


class Habits(msgspec.Struct):
    """What is usual: faded counts by cell, and for how long they were counted (hours, faded).

    ``by_hour`` are counts of all cells by hour of the day (UTC), ``watched`` the hours that each
    was watched for.
    """

    cells: dict[str, float] = {}
    hours: float = 0.0
    by_hour: list[float] = msgspec.field(default_factory=lambda: [0.0] * _HOURS_A_DAY)
    watched: list[float] = msgspec.field(default_factory=lambda: [0.0] * _HOURS_A_DAY)

    def pass_time(self, from_ms: int, to_ms: int) -> None:
        """Lets counts fade over a span that was watched."""
        span_h = (to_ms - from_ms) / HOUR_MS
        fades = 0.5 ** (span_h / _FADES_H)
        kept = ((name, count * fades) for name, count in self.cells.items())
        self.cells = {name: count for name, count in kept if count >= _FORGOTTEN}
        self.hours = self.hours * fades + span_h * (1.0 + fades) / 2.0
        slow = 0.5 ** (span_h / _RHYTHM_FADES_H)
        self.by_hour = [count * slow for count in self.by_hour]
        self.watched = [each * slow for each in self.watched]
        for at_ms in range(from_ms, to_ms, HOUR_MS // 4):
            part = min(to_ms - at_ms, HOUR_MS // 4) / HOUR_MS
            self.watched[_hour_of(at_ms)] += part

    def count(self, cells: Iterable[str], calls: float, at_ms: int) -> None:
        """Takes in calls of a time, in each of the cells that they are of."""
        for cell in cells:
            # The least recently counted are first.
            self.cells[cell] = self.cells.pop(cell, 0.0) + calls
        while len(self.cells) > _MOST_CELLS:
            del self.cells[next(iter(self.cells))]
        self.by_hour[_hour_of(at_ms)] += calls

    def season(self, at_ms: int) -> float:
        """How many times the calls of a mean hour this hour of the day has, as far as known."""
        watched = sum(self.watched)
        if not watched or not sum(self.by_hour):
            return 1.0
        mean, hour = sum(self.by_hour) / watched, _hour_of(at_ms)
        usual = self.by_hour[hour] + _LEVEL_HOURS * mean
        return usual / ((self.watched[hour] + _LEVEL_HOURS) * mean)

    def rate(self, cell: str, first_rate: float) -> tuple[float, float]:
        """Calls an hour that a cell usually has, and on how many calls that rests (Gamma's shape).

        ``first_rate`` is what it would have without a past, which counts as one call of its own.
        """
        shape = 1.0 + self.cells.get(cell, 0.0)
        return shape / (1.0 / first_rate + self.hours), shape


def surprise(calls: float, expected: float, shape: float) -> float:
    """Nats of the chance of so many calls or more: the tail of a negative binomial of this mean.

    ``shape`` is the Gamma's of its rate: how well it is known, and how steady it is.

    >>> round(surprise(3, 0.5, 10.0), 1), surprise(0, 0.5, 10.0)
    (4.1, 0.0)
    """
    if calls <= expected:
        return 0.0
    tail = float(betainc(calls, shape, expected / (expected + shape)))
    return -log(max(tail, 1e-300))


def _hour_of(at_ms: int) -> int:
    return at_ms // HOUR_MS % _HOURS_A_DAY
