"""The answer of an estimator: a probability for each cell of a grid, and what follows from it."""

from dataclasses import dataclass

import numpy as np

from geo.earth.frame import Frame
from geo.earth.sphere import Floats

SMOOTHING = 0.5  # bandwidth of the mode, in radii of a circle as large as the 50 % region
SHIFTS = 200
FOUND_SHARE = 1e-3  # of the bandwidth; a shorter shift ends the search for the mode


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Where the transmitter is: `p[row, column]` at (`x[column]`, `y[row]`) of `frame`, sum 1.

    `x` and `y` are evenly spaced, ascending. `mode` is (lat, lon) of the best single answer.
    `power_dbm_100m`, `exponent` and `sigma_db` are posterior means, None where no level was
    reported. `ta_conflict`: the timing advances contradict each other or the levels (stale or
    forged) and are left out. `devices` is the number of phones whose reports were used.
    """

    frame: Frame
    x: Floats
    y: Floats
    p: Floats
    mode_xy: tuple[float, float]
    devices: int
    power_dbm_100m: float | None = None
    exponent: float | None = None
    sigma_db: float | None = None
    ta_conflict: bool = False

    @property
    def mode(self) -> tuple[float, float]:
        """(lat, lon) of the centre of the highest hill of probability, in degrees."""
        lat, lon = self.frame.to_latlon(*self.mode_xy)
        return float(lat), float(lon)

    @property
    def cell_area_m2(self) -> float:
        """Area of one cell of the grid."""
        return float((self.x[1] - self.x[0]) * (self.y[1] - self.y[0]))

    def mean_xy(self) -> tuple[float, float]:
        """Mean place in the frame, metres; between the hills where there are two."""
        return float(self.p.sum(axis=0) @ self.x), float(self.p.sum(axis=1) @ self.y)


def normalised(log_density: Floats) -> Floats:
    """Probabilities that sum to 1 from unnormalised logarithms of any shape."""
    weight = np.exp(log_density - log_density.max())
    return np.asarray(weight / weight.sum())


def area_m2(p: Floats, cell_area_m2: float, level: float) -> float:
    """Area of the smallest set of cells that holds `level` of the probability."""
    ranked = np.sort(p, axis=None)[::-1]
    return float((np.searchsorted(np.cumsum(ranked), level) + 1) * cell_area_m2)


def evenly_drawn(x: Floats, y: Floats, p: Floats, places: int) -> tuple[Floats, Floats]:
    """x and y of so many places, each for an equal share of the probability, without randomness.

    Systematic resampling along the grid, whose every second line is taken backwards, so that
    neighbours in the order are neighbours on the ground.
    """
    winding = p.copy()
    winding[1::2] = winding[1::2, ::-1]
    held = np.cumsum(winding)
    at = np.searchsorted(held, (np.arange(places) + 0.5) / places * held[-1])
    row, column = np.divmod(np.minimum(at, p.size - 1), x.size)
    column = np.where(row % 2 == 1, x.size - 1 - column, column)
    return x[column], y[row]


def hill_top(x: Floats, y: Floats, p: Floats, smoothing: float = SMOOTHING) -> tuple[float, float]:
    """Top of the posterior smoothed by a Gaussian, found by mean shift from its highest cell.

    Smoothing makes the answer independent of the position of the grid, and prefers a broad hill to
    a thin spike.
    """
    cell = (x[1] - x[0]) * (y[1] - y[0])
    bandwidth = smoothing * np.sqrt(area_m2(p, cell, 0.5) / np.pi)
    bandwidth = max(float(bandwidth), float(max(x[1] - x[0], y[1] - y[0])))

    def kernel(nodes: Floats, centre: float) -> Floats:
        return np.asarray(np.exp(-0.5 * ((nodes - centre) / bandwidth) ** 2))

    across = np.exp(-0.5 * ((x[:, None] - x) / bandwidth) ** 2)
    along = np.exp(-0.5 * ((y[:, None] - y) / bandwidth) ** 2)
    row, column = np.unravel_index(int(np.argmax(along @ p @ across)), p.shape)
    top_x, top_y = float(x[column]), float(y[row])
    for _ in range(SHIFTS):
        near_x, near_y = kernel(x, top_x), kernel(y, top_y)
        by_column, by_row = near_y @ p, p @ near_x
        total = by_column @ near_x
        next_x = float(by_column @ (near_x * x) / total)
        next_y = float(by_row @ (near_y * y) / total)
        moved = abs(next_x - top_x) + abs(next_y - top_y)
        top_x, top_y = next_x, next_y
        if moved < FOUND_SHARE * bandwidth:
            break
    return top_x, top_y
