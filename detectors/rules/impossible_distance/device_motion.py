"""Phones' ways from message to message, and which messages they make doubtful.

A modem may show its last cell on and on while the phone moves (docs/science.md, F20), and a
position may be plainly wrong (F28). Both show only beside the phone's message before.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from detectors.features.memory.last_message import Before, Trail
from detectors.features.memory.lru import is_full
from detectors.model.columns import F8, I8, Bool, Measurements
from detectors.model.hashing import joined
from detectors.register.index import area_key
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
    """One batch with the message before each of its rows."""

    batch: Measurements
    before: Before
    cell: I8
    sample: I8

    def jumped(self, rows: I8) -> Bool:
        """Whether the phone's own place has moved faster than it can have moved itself."""
        batch, before = self.batch, self.before
        gap_s = np.abs(batch.ts_ms[rows] - before["ts_ms"][rows]) / 1000 + _CLOCKS_S
        given_mps = np.maximum(batch.speed_mps[rows], before["speed_mps"][rows])
        fastest = np.minimum(np.nan_to_num(3 * given_mps + 5.0, nan=_FASTEST_MPS), _FASTEST_MPS)
        return np.asarray(before.known[rows] & (self._moved_m(rows) > _JUMP_M + fastest * gap_s))

    def shows_again(self, rows: I8) -> Bool:
        """Whether cell and level are the very same as in the message before, in another place."""
        same = self.before.known[rows] & (self.before["sample"][rows] == self.sample[rows])
        return np.asarray(same & (self._moved_m(rows) > _STEP_M))

    def _moved_m(self, rows: I8) -> F8:
        """How far the phone has moved at least since the message before; NaN where unknown."""
        batch, before = self.batch, self.before
        lat, lon = before["lat"][rows], before["lon"][rows]
        moved_m = distance_m(batch.lat[rows], batch.lon[rows], lat, lon)
        moved_m -= 2 * np.nan_to_num(batch.accuracy_m[rows], nan=_ACCURACY_M)
        return np.asarray(moved_m - 2 * np.nan_to_num(before["accuracy_m"][rows], nan=_ACCURACY_M))


class Ways:
    """Screening state: each phone's last message, and what is being shown of impossible cells."""

    def __init__(self, horizon_ms: int) -> None:
        columns: dict[str, Any] = {"sample": np.int64, "cell": np.int64, "ts_ms": np.int64}
        columns |= dict.fromkeys(("lat", "lon", "speed_mps", "accuracy_m"), np.float64)
        self._horizon_ms = horizon_ms
        self._last = Trail(horizon_ms, **columns)
        self._shown: dict[str, Shown] = {}

    def follow(self, batch: Measurements) -> Way:
        """Takes a batch in."""
        cell, sample = _numbers(batch)
        before = self._last.step(
            batch.device,
            batch.rx_ms,
            sample=sample,
            cell=cell,
            ts_ms=batch.ts_ms,
            lat=batch.lat,
            lon=batch.lon,
            speed_mps=batch.speed_mps,
            accuracy_m=batch.accuracy_m,
        )
        return Way(batch, before, cell, sample)

    def stale(self, way: Way, rows: I8) -> Bool:
        """Of messages on cells that can't be there, those of a modem that shows its last cell on
        and on: from the first place that it has left, until cell or level change."""
        batch = way.batch
        stale = way.shows_again(rows)
        samples = way.sample[rows].tolist()
        for i, row in enumerate(rows.tolist()):
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


def _numbers(batch: Measurements) -> tuple[I8, I8]:
    """One number a cell, and one a cell and level; levels differ if their tenths do."""
    area = area_key(batch.rat, batch.mcc, batch.mnc, batch.area)
    cell = joined(area, batch.cell)
    tenths = np.round(batch.signal_dbm * 10.0).astype(np.int64)
    return cell, joined(cell, tenths)
