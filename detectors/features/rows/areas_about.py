"""Which areas registered cells have about a place."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from detectors.features.rows.registrations import DOMAIN_COUNT, DOMAINS, area_number
from detectors.model.columns import F8, I8, U1, Bool
from detectors.register.register import Register
from geo.earth.sphere import METRES_A_DEGREE

#: Cells count in the squares of this side about a place, its own and the eight about it: a phone is
#: about as near to the cells among which it chooses.
_SIDE_DEG: Final = 1000.0 / METRES_A_DEGREE
_COLUMNS: Final = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class AreasAbout:
    """The register's cells by square; columns have one length, ``square`` ascends."""

    square: I8
    domain: U1
    area: I8
    plmn: I8

    def share(self, domain: int, mcc: int, mnc: int, area: int, lat: float, lon: float) -> float:
        """The share of the cells about a place (degrees) that have an area, among those of its kind
        (1 to 3; 0: of any, the largest share) and network; 0 where there are none."""
        row = np.floor(lat / _SIDE_DEG)
        rows = row + np.array([-1.0, 0.0, 1.0])
        squares = (_square(rows, np.full(3, lon))[:, None] + np.array([-1, 0, 1])).ravel()
        first, last = (np.searchsorted(self.square, squares, side) for side in ("left", "right"))
        near = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
        number = int(area_number(*(np.array([one]) for one in (mcc, mnc, area)))[0])
        near = near[self.plmn[near] == _plmn(np.array([mcc]), np.array([mnc]))[0]]
        kinds = range(1, DOMAIN_COUNT + 1) if domain == 0 else (domain,)
        shares = (self._share(near[self.domain[near] == kind], number) for kind in kinds)
        return max(shares, default=0.0)

    def _share(self, cells: I8, number: int) -> float:
        has: Bool = self.area[cells] == number
        return float(has.mean()) if len(cells) else 0.0


@lru_cache(maxsize=2)
def areas_about(register: Register) -> AreasAbout:
    """The index of a register; remembered for the present one, and one that it takes turns with."""
    rows = register.rows
    placed = np.flatnonzero(np.isfinite(rows.lat) & np.isfinite(rows.lon))
    square = _square(np.floor(rows.lat[placed] / _SIDE_DEG), rows.lon[placed])
    order = np.argsort(square, kind="stable")
    at = placed[order]
    mcc, mnc = rows.mcc[at], rows.mnc[at]
    return AreasAbout(
        square[order],
        DOMAINS[rows.rat[at]],
        area_number(mcc, mnc, rows.area[at]),
        _plmn(mcc, mnc),
    )


def _square(row: F8, lon: F8) -> I8:
    """The number of a square in a row of squares; as wide as high at the middle of its row."""
    wide = np.maximum(np.cos(np.radians((row + 0.5) * _SIDE_DEG)), 0.01)
    square: I8 = (row * _COLUMNS + np.floor(lon * wide / _SIDE_DEG)).astype(np.int64)
    return square


def _plmn(mcc: I8, mnc: I8) -> I8:
    return area_number(mcc, mnc, np.zeros_like(mcc))
