"""Phones' ways from message to message, and which messages they make doubtful.

A modem may show its last cell on and on while the phone moves (docs/science.md, F20), and a
position may be plainly wrong (F28). Both show only beside the phone's message before.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.features.facts import AnyFacts
from detectors.features.memory.lru import is_full
from detectors.features.phones.last_reports import report_before
from detectors.features.phones.phones import Rows
from detectors.features.rows.report_numbers import cell_numbers
from detectors.model.columns import F8, I8, Bool, Measurements, filled
from detectors.model.hashing import joined
from geo.earth.sphere import distance_m, great_circle_m

#: No phone on the ground is faster (the fastest trains do 97 m/s).
_FASTEST_MPS: Final = 100.0
#: How far a phone moves between two messages, or since a sample was first shown, to call it stale.
_STEP_M, _WAY_M = 50.0, 300.0
#: A jump within so many metres says nothing, and clocks may be so many seconds off.
_JUMP_M, _CLOCKS_S = 200.0, 5.0
_ACCURACY_M: Final = 100.0


@dataclass(slots=True)
class Shown:
    """What a phone last showed of a cell that can't be there: since where, and if it is stale."""

    sample: int
    lat: float
    lon: float
    rx_ms: int
    stale: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Some rows of a batch with the message before each of them, where it is ``known``; ``sample``
    is a number of cell and level."""

    rows: I8
    before: Rows
    known: Bool
    sample: I8
    moved_m: F8

    @classmethod
    def of(cls, facts: AnyFacts, rows: I8, horizon_ms: int) -> "Way":
        """The way to some rows from the message before, if it arrived within the horizon."""
        batch, before = facts.batch, report_before(facts, rows)
        known = batch.rx_ms[rows] - before["rx_ms"] <= horizon_ms
        sample = _samples(cell_numbers(facts)[rows], batch.signal_dbm[rows])
        # How far the phone has moved at least since then; NaN where unknown.
        moved_m = distance_m(batch.lat[rows], batch.lon[rows], before["lat"], before["lon"])
        moved_m -= 2 * filled(batch.accuracy_m[rows], _ACCURACY_M)
        moved_m -= 2 * filled(before["accuracy_m"], _ACCURACY_M)
        return cls(rows, before, known, sample, moved_m)

    def jumped(self, batch: Measurements) -> Bool:
        """Whether the phone's own place has moved faster than it can have moved itself."""
        gap_s = np.abs(batch.ts_ms[self.rows] - self.before["ts_ms"]) / 1000 + _CLOCKS_S
        given_mps = np.maximum(batch.speed_mps[self.rows], self.before["speed_mps"])
        fastest = np.minimum(filled(3 * given_mps + 5.0, _FASTEST_MPS), _FASTEST_MPS)
        return np.asarray(self.known & (self.moved_m > _JUMP_M + fastest * gap_s))

    def shows_again(self) -> Bool:
        """Whether cell and level are the very same as in the message before, in another place."""
        same = _samples(self.before["cell"], self.before["signal_dbm"]) == self.sample
        return np.asarray(self.known & same & (self.moved_m > _STEP_M))


class Samples:
    """Screening state: what phones are showing of impossible cells."""

    def __init__(self, horizon_ms: int) -> None:
        self._horizon_ms = horizon_ms
        self._shown: dict[str, Shown] = {}

    def stale(self, way: Way, batch: Measurements) -> Bool:
        """Of messages on cells that can't be there, those of a modem that shows its last cell on
        and on: from the first place that it has left, until cell or level change."""
        stale, samples = way.shows_again(), way.sample.tolist()
        for i, row in enumerate(way.rows.tolist()):
            who, rx_ms = batch.device[row], int(batch.rx_ms[row])
            lat, lon = float(batch.lat[row]), float(batch.lon[row])
            shown = self._shown.pop(who, None)
            if shown is None or shown.sample != samples[i] or self._is_past(shown, rx_ms):
                shown = Shown(samples[i], lat, lon, rx_ms)
            shown.rx_ms = rx_ms
            shown.stale |= bool(stale[i]) or great_circle_m(shown.lat, shown.lon, lat, lon) > _WAY_M
            stale[i] = shown.stale
            self._shown[who] = shown
        # In order of last use, so that what is too old stands first.
        newest_ms = int(batch.rx_ms.max())
        for who in list(self._shown):
            if not self._is_past(self._shown[who], newest_ms) and not is_full(len(self._shown)):
                break
            del self._shown[who]
        return stale

    def _is_past(self, shown: Shown, rx_ms: int) -> bool:
        return rx_ms - shown.rx_ms > self._horizon_ms


def _samples(cell: I8, level_dbm: F8) -> I8:
    """One number a cell and level; levels differ if their tenths do."""
    return joined(cell, np.round(level_dbm * 10.0).astype(np.int64))
