"""Ordinary reports of cells that the register lacks: the screening half.

A register lacks rows, and has rows under numbers of before. Of each phone's serving cell that its
network's register doesn't have, at a place that this network covers, one report a half-minute of
arrival time, with the identity in full. Windows are sent as `detectors.features.rows.window_tiles`
says.
"""

from base64 import b64encode
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.features.baselines.level_profiles import number_of
from detectors.features.rows.sightings import sightings_of
from detectors.features.rows.window_tiles import TILES_A_DEG, WINDOW_MS, of_window, tile_of
from detectors.features.rule import Origin
from detectors.model.codes import NETWORK_POSITION, is_reserved_area, is_unknown_cell_value
from detectors.model.columns import I8, Measurements
from detectors.model.finding import Observation
from detectors.register.register import Register

NAME: Final = "unlisted_census"
DEGREE: Final = 1_000_000
#: Rougher places say too little (m), and faster phones have left their cell (m/s).
_ACCURATE_M, _PASSING_MPS = 100.0, 30.0
#: Stands for no channel or code.
UNKNOWN: Final = 0xFFFFFFFF
#: One report: place of the phone (millionths of a degree), the phone as a number, and the identity.
ROW: Final = np.dtype(
    [
        *(("lat", "<i4"), ("lon", "<i4"), ("phone", "<u4"), ("rat", "u1")),
        *(("mcc", "<u2"), ("mnc", "<u2"), ("area", "<u4"), ("cell", "<u8")),
        *(("arfcn", "<u4"), ("pci", "<u4")),
    ]
)
_IDENTITY: Final = ("rat", "mcc", "mnc", "area", "cell")
Rows = NDArray[Any]


class UnlistedCensus:
    """Screening's reports of one source partition; windows are sent by `due`."""

    def __init__(self) -> None:
        self._windows: dict[int, list[Rows]] = {}
        self._sent_ms = 0

    def take(self, batch: Measurements, register: Register) -> None:
        """Notes a batch's placed reports of cells that the register lacks."""
        good = batch.serving & np.isfinite(batch.lat) & (batch.position_source != NETWORK_POSITION)
        good &= ~(batch.accuracy_m > _ACCURATE_M) & ~(batch.speed_mps > _PASSING_MPS)
        good &= sightings_of(batch, register).found[: len(batch)] < 0
        good &= ~is_reserved_area(batch.rat, batch.area) & ~is_unknown_cell_value(
            batch.rat, batch.cell
        )
        rows = np.flatnonzero(good)
        network = batch.rat[rows], batch.mcc[rows], batch.mnc[rows]
        rows = rows[register.covers(*network, batch.lat[rows], batch.lon[rows])]
        window = batch.rx_ms[rows] // WINDOW_MS
        fresh = (window + 1) * WINDOW_MS > self._sent_ms
        rows, window = rows[fresh], window[fresh]
        if len(rows):
            reports = _reports(batch, rows)
            for number in np.unique(window).tolist():
                self._windows.setdefault(number, []).append(reports[window == number])

    def due(self, until_ms: int, origin: Origin) -> list[Observation]:
        """Observations of all windows that ended by ``until_ms`` and weren't sent yet, a tile
        each."""
        sent: list[Observation] = []
        self._sent_ms = max(self._sent_ms, until_ms)
        for number in sorted(self._windows):
            if (number + 1) * WINDOW_MS <= until_ms:
                rows = np.concatenate(self._windows.pop(number))
                _, first = np.unique(rows[["phone", *_IDENTITY]], return_index=True)
                sent += _observations(number, rows[np.sort(first)], origin)
        return sent


def _reports(batch: Measurements, rows: I8) -> Rows:
    reports = np.zeros(len(rows), dtype=ROW)
    for name in ("lat", "lon"):
        reports[name] = np.rint(getattr(batch, name)[rows] * DEGREE)
    phones = (number_of(batch.device[row]) for row in rows.tolist())
    reports["phone"] = np.fromiter(phones, np.uint32, len(rows))
    for name in _IDENTITY:
        reports[name] = getattr(batch, name)[rows]
    for name in ("arfcn", "pci"):
        reports[name] = np.nan_to_num(getattr(batch, name)[rows], nan=UNKNOWN)
    return reports


def _observations(number: int, rows: Rows, origin: Origin) -> list[Observation]:
    """One for each tile in which there were phones; rows in order of content, phones last."""
    step = DEGREE // TILES_A_DEG
    south, west = (
        (rows[axis].astype(np.int64) + most * DEGREE) // step
        for axis, most in (("lat", 90), ("lon", 180))
    )
    tile, found = tile_of(south, west), []
    order = np.lexsort([rows[name] for name in ("phone", *_IDENTITY, "lon", "lat")])
    for part, each in enumerate(np.unique(tile).tolist()):
        content = rows[order[tile[order] == each]].tobytes()
        values = {"rows": b64encode(content).decode()}
        found.append(of_window(NAME, "reported", number, part, each, values, origin))
    return found
