"""Where most phones of a set of reports are: the frame to work in, and which rows are strays."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.earth.frame import Frame, frame_at
from geo.earth.sphere import Floats
from geo.reports.reports import Reports

STRAY_M: Final = 20_000.0  # from the middle: further away than a cell reaches
CORE_M: Final = 1_500.0  # rows nearer than this, or thrice the median distance, span a grid
#: A step of Weiszfeld's below which the median is found (m), and for what is rounded anyway.
FOUND_M: Final = 1e-3
ROUGHLY_M: Final = 1.0


def geometric_median(
    x: Floats, y: Floats, weight: Floats, found_m: float = FOUND_M
) -> tuple[float, float]:
    """The point with the least weighted sum of distances (Weiszfeld, smoothed by a metre)."""
    total = weight.sum()
    middle_x, middle_y = float(weight @ x / total), float(weight @ y / total)
    for _ in range(60):
        pull = weight / np.sqrt((x - middle_x) ** 2 + (y - middle_y) ** 2 + 1.0)
        next_x, next_y = float(pull @ x / pull.sum()), float(pull @ y / pull.sum())
        moved = abs(next_x - middle_x) + abs(next_y - middle_y)
        middle_x, middle_y = next_x, next_y
        if moved < found_m:
            break
    return middle_x, middle_y


def common_frame(reports: Reports, share: Floats) -> Frame:
    """A frame centred where most phones are, wherever strays lie; `share` weighs the rows."""
    lat, lon = np.radians(reports.lat), np.radians(reports.lon)
    east, north = share @ (np.cos(lat) * np.cos(lon)), share @ (np.cos(lat) * np.sin(lon))
    up = share @ np.sin(lat)
    rough = frame_at(
        float(np.degrees(np.arctan2(up, np.hypot(east, north)))),
        float(np.degrees(np.arctan2(north, east))),
    )
    middle = geometric_median(*rough.to_xy(reports.lat, reports.lon), share, ROUGHLY_M)
    middle_lat, middle_lon = rough.to_latlon(*middle)
    return frame_at(float(middle_lat), float(middle_lon))


def without_strays(x: Floats, y: Floats, share: Floats) -> NDArray[np.bool_]:
    """Which rows lie within `STRAY_M` of the middle of all.

    Where none does, since the rows are two crowds far from each other, those of the crowd that is
    nearer to the middle.
    """
    if np.hypot(np.ptp(x), np.ptp(y)) <= STRAY_M:  # whatever the middle of them is
        return np.ones(x.size, bool)
    middle = geometric_median(x, y, share)
    apart = np.hypot(x - middle[0], y - middle[1])
    if (apart <= STRAY_M).any():
        return np.asarray(apart <= STRAY_M)
    nearest = int(np.argmin(apart))
    return np.asarray(np.hypot(x - x[nearest], y - y[nearest]) <= STRAY_M)


def core(x: Floats, y: Floats, middle: tuple[float, float]) -> NDArray[np.bool_]:
    """Which rows are no further from the middle than `CORE_M` or thrice the median distance."""
    apart = np.hypot(x - middle[0], y - middle[1])
    return np.asarray(apart <= max(CORE_M, 3.0 * float(np.median(apart))))
