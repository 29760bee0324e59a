"""Whether the register and the phones use one datum, judged from where phones report cells.

Maps sold in mainland China are shifted by some hundred metres (GCJ-02). A register, or positions
from a map's own library, that were imported without converting them put every place into the next
street, and nothing shows it: all distances stay plausible. But phones that a cell serves lie around
its mast in no direction in particular, so that over many cells the differences between the middle
of its phones and its mast cancel out, unless one of the two is shifted, by a vector that is known
for each place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from field.doctor.check import Check, found
from geo.earth.gcj02 import is_shifted_here, to_gcj02

F8 = NDArray[np.float64]
#: Fewer phones' places than this don't show a cell's middle, fewer cells no shift.
LEAST_REPORTS: Final = 5
LEAST_CELLS: Final = 30
#: Farther from its mast (m), a cell is in the wrong place for other reasons.
_MOST_M: Final = 5_000.0
_M_A_DEG: Final = 111_195.0
#: A share of the shift above this, and so many standard errors from none, is a shift.
_SHARE: Final = 0.5
_SIGMAS: Final = 4.0
#: Of a normal distribution: standard deviation by median deviation, and the median's by the mean's.
_BY_DEVIATION: Final = 1.4826
_BY_MEDIAN: Final = 1.2533


@dataclass(frozen=True, slots=True)
class Shift:
    """How much of GCJ-02's shift lies between masts and phones: 1 where the register is shifted,
    -1 where the phones' places are, 0 where both are of one datum."""

    share: float
    sigma: float
    cells: int


def shift(mast_lat: F8, mast_lon: F8, phone_lat: F8, phone_lon: F8) -> Shift | None:
    """The shift over cells, each with its mast and the middle of its phones (degrees).

    ``None`` where fewer than `LEAST_CELLS` lie in mainland China.
    """
    north_m = (phone_lat - mast_lat) * _M_A_DEG
    east_m = (phone_lon - mast_lon) * _M_A_DEG * np.cos(np.radians(mast_lat))
    used = is_shifted_here(mast_lat, mast_lon) & (np.hypot(north_m, east_m) <= _MOST_M)
    if int(used.sum()) < LEAST_CELLS:
        return None
    lat, lon = mast_lat[used], mast_lon[used]
    moved_lat, moved_lon = to_gcj02(lat, lon)
    moved_north_m = (moved_lat - lat) * _M_A_DEG
    moved_east_m = (moved_lon - lon) * _M_A_DEG * np.cos(np.radians(lat))
    along = north_m[used] * moved_north_m + east_m[used] * moved_east_m
    shares = -along / (moved_north_m**2 + moved_east_m**2)
    share = float(np.median(shares))
    spread = _BY_DEVIATION * float(np.median(np.abs(shares - share)))
    count = len(shares)
    return Shift(share, max(_BY_MEDIAN * spread / sqrt(count), 1e-3), count)


def middles(
    masts: Mapping[str, tuple[float, float]], reports: Iterable[tuple[str, float, float]]
) -> tuple[F8, F8, F8, F8]:
    """Masts and middles as `shift` takes them, of the cells with enough reports.

    ``masts`` and ``reports`` name cells by register keys, with degrees.
    """
    places: dict[str, list[tuple[float, float]]] = {}
    for key, lat, lon in reports:
        if key in masts:
            places.setdefault(key, []).append((lat, lon))
    often = {key: many for key, many in places.items() if len(many) >= LEAST_REPORTS}
    mast = np.array([masts[key] for key in often], dtype=np.float64).reshape(-1, 2)
    phone = np.array(
        [np.median(np.array(many), axis=0) for many in often.values()], dtype=np.float64
    ).reshape(-1, 2)
    return mast[:, 0], mast[:, 1], phone[:, 0], phone[:, 1]


def check(shift: Shift | None, cells: int) -> Check:
    """What a shift means; ``cells`` had enough reports to be looked at."""
    if shift is None:
        return found("register.datum", "few", cells=cells, least=LEAST_CELLS)
    seen = (
        f"masts against the phones around them, {shift.cells} cells: {shift.share:+.2f} of the"
        f" shift of GCJ-02 (standard error {shift.sigma:.2f})"
    )
    case = "register" if shift.share > 0 else "phones"
    if abs(shift.share) < _SHARE or abs(shift.share) < _SIGMAS * shift.sigma:
        case = "ok"
    return found("register.datum", case, seen=seen)
