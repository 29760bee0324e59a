"""Which physical codes (BSIC, PSC, PCI) registered cells near a place have.

A cell is named by its code over the air alone, so "has anybody here that code?" is what a handover
asks of the register. The answer is one binary search over keys of network, code and latitude, then
a look at the few cells that it leaves.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from detectors.model.columns import F8, I8, U1, Bool
from detectors.register.index import plmn_key
from detectors.register.register import Register
from geo.earth.sphere import METRES_A_DEGREE, distance_m

#: Latitudes in steps of about 11 m, below the code (1008 of them in NR) and above nothing.
_STEPS_A_DEGREE: Final = 10_000
_LAT_BITS, _CODE_BITS = 21, 11
#: In place of a code: any.
ANY_CODE: Final = (1 << _CODE_BITS) - 1


@dataclass(frozen=True, slots=True, eq=False)
class NearbyCodes:
    """Rows of the register with a code and a place, twice: under their code and under `ANY_CODE`,
    sorted by ``keys``."""

    register: Register
    keys: I8
    rows: I8

    def hold(
        self, rat: U1, mcc: I8, mnc: I8, code: I8, lat: F8, lon: F8, within_m: F8, ts_ms: I8
    ) -> Bool:
        """Whether a cell of the network has the code within so many metres of each place.

        One that is valid at the time; False without a place (NaN) or where nothing fits.
        """
        held = np.zeros(len(rat), dtype=np.bool_)
        fits = (code >= 0) & (code <= ANY_CODE) & np.isfinite(lat + lon)
        prefix = np.where(fits, plmn_key(rat, mcc, mnc), -1)
        base = np.where(prefix >= 0, (prefix << _CODE_BITS | code) << _LAT_BITS, -1)
        reach = np.ceil(within_m / METRES_A_DEGREE * _STEPS_A_DEGREE).astype(np.int64) + 1
        step = _step(np.where(fits, lat, 0.0))
        at = np.searchsorted(self.keys, base | np.maximum(step - reach, 0))
        end = np.searchsorted(self.keys, base | np.minimum(step + reach, _LAST_STEP), side="right")
        end[base < 0] = 0
        cells = self.register.rows
        left = np.flatnonzero(at < end)
        while len(left):
            row = self.rows[at[left]]
            away_m = distance_m(lat[left], lon[left], cells.lat[row], cells.lon[row])
            near = away_m <= within_m[left]
            near &= ~(cells.valid_from_ms[row] > ts_ms[left])
            near &= ~(cells.valid_to_ms[row] <= ts_ms[left])
            held[left] = near
            at[left] += 1
            left = left[~near & (at[left] < end[left])]
        return held


@lru_cache(maxsize=1)
def nearby_codes(register: Register) -> NearbyCodes:
    """The index of a register; remembered for the present one."""
    cells = register.rows
    rows = np.flatnonzero(np.isfinite(cells.pci) & np.isfinite(cells.lat + cells.lon))
    prefix = plmn_key(cells.rat[rows], cells.mcc[rows], cells.mnc[rows])
    code = np.clip(cells.pci[rows], 0, ANY_CODE - 1).astype(np.int64)
    step = _step(cells.lat[rows])
    keys = [(prefix << _CODE_BITS | each) << _LAT_BITS | step for each in (code, ANY_CODE)]
    both = np.concatenate(keys)
    order = np.argsort(both, kind="stable")
    return NearbyCodes(register, both[order], np.concatenate([rows, rows])[order])


def _step(lat: F8) -> I8:
    return np.floor((lat + 90.0) * _STEPS_A_DEGREE).astype(np.int64)


_LAST_STEP: Final = (1 << _LAT_BITS) - 1
