"""Which registered cell a bare channel and code means: the network's nearest one that has both."""

from functools import lru_cache
from typing import Final

import numpy as np

from detectors.features.plan.code_plan import code_key
from detectors.model.columns import F8, I8, U1, Measurements
from detectors.model.hashing import joined
from detectors.register.index import plmn_key
from detectors.register.register import Register
from geo.earth.sphere import distance_m

#: Cells are looked for in bands of latitude, some 11 km high.
_BANDS_A_DEG: Final = 10


def nearest_of_code(register: Register, batch: Measurements, row: I8, entries: I8) -> I8:
    """Register row of the nearest cell of the phone's network on a neighbour's channel and code.

    ``entries`` are neighbours and ``row`` the batch's row of each. -1 where there is none in the
    phone's band of latitude or the nearer of the two next to it.
    """
    neighbours, rows = batch.neighbours, register.rows
    sorted_keys, row_of = _codes(register)
    code = code_key(neighbours.rat[entries], neighbours.arfcn[entries], neighbours.pci[entries])
    band = batch.lat[row] * _BANDS_A_DEG
    best, best_m = np.full(len(row), -1, dtype=np.int64), np.full(len(row), np.inf)
    for each in (np.floor(band), np.floor(band) + np.where(band % 1.0 < 0.5, -1.0, 1.0)):
        keys = _joined(code, neighbours.rat[entries], batch.mcc[row], batch.mnc[row], each)
        at = np.searchsorted(sorted_keys, keys, side="left")
        left = np.flatnonzero(code >= 0)
        while len(left := left[at[left] < len(sorted_keys)]):
            left = left[sorted_keys[at[left]] == keys[left]]
            there = row_of[at[left]]
            lat, lon = batch.lat[row[left]], batch.lon[row[left]]
            away_m = distance_m(lat, lon, rows.lat[there], rows.lon[there])
            nearer = away_m < best_m[left]
            best[left[nearer]], best_m[left[nearer]] = there[nearer], away_m[nearer]
            at[left] += 1
    return best


@lru_cache(maxsize=2)
def _codes(register: Register) -> tuple[I8, I8]:
    """Keys of network, channel, code and band of latitude in order, and the row of each."""
    rows = register.rows
    code = code_key(rows.rat, rows.arfcn, rows.pci)
    some = np.flatnonzero((code >= 0) & np.isfinite(rows.lat) & np.isfinite(rows.lon))
    band = np.floor(rows.lat[some] * _BANDS_A_DEG)
    keys = _joined(code[some], rows.rat[some], rows.mcc[some], rows.mnc[some], band)
    order = np.argsort(keys, kind="stable")
    return keys[order], some[order]


def _joined(code: I8, rat: U1, mcc: I8, mnc: I8, band: F8) -> I8:
    return joined(code, plmn_key(rat, mcc, mnc), band.astype(np.int64))
