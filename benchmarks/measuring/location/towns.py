"""Simulated towns with a rogue transmitter, and the truth about each.

The town: 2 km x 2 km, phones spread evenly, one transmitter within 500 m of the middle. Levels
follow the log-distance law with power, slope and noise drawn anew for each episode, shadowing
correlated over 50 m (Gudmundson), a spread between phones, GSM's 2 dB steps and its top at
-51 dBm; a phone camps where the level beats its own threshold. Phones that don't are the silent
ones. Advances are rounded to steps, lengthened by reflections and shifted by one offset of the
transmitter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.earth.frame import Frame, frame_at
from geo.earth.sphere import Floats
from geo.posterior.posterior import Posterior
from geo.radio.timing_advance import TA_STEP_M
from geo.reports.reports import ACCURACY_PER_SIGMA, Reports, Silent

HALF_SIDE_M = 1000.0
PLACE = (39.91, 116.40)
ROUNDS = 60  # of drawing a town anew when its transmitter reaches too few phones
POWER_DBM_100M, POWER_SD_DB = -60.0, 8.0
EXPONENT, EXPONENT_SD = 3.3, 0.4
DEVICE_SD_DB = 2.9
SHADOWING_M = 50.0
LEVEL_STEP_DB = 2.0
ANTENNA_M = 8.0
SLOPE_BREAK_M = 300.0
NLOS_M, DELAY_SD_M = 60.0, 30.0  # exponential lengthening of the path, and noise of the delay
LEAST_DENSITY_PER_M2 = 1e-10  # of a posterior that leaves the truth out, for its log score


@dataclass(frozen=True)
class World:
    """What may differ between towns; the defaults are the plain one."""

    ta_share: float = 0.0
    ta_offset_sd_m: float = 100.0
    ta_step_m: float = TA_STEP_M["gsm"]
    false_places: float = 0.0
    one_sided: bool = False
    slope_beyond_300_m: float = 0.0


#: The scenarios that the estimator must hold its promises in.
WORLDS: Final[Mapping[str, World]] = MappingProxyType(
    {
        "B1": World(ta_share=0.3),
        "B2": World(ta_share=0.3, false_places=0.1),
        "B3": World(ta_share=0.3, one_sided=True),
        "B4": World(ta_share=0.3, slope_beyond_300_m=1.5),
        "B5": World(ta_share=1.0, ta_offset_sd_m=200.0),
    }
)


@dataclass(frozen=True)
class Truth:
    """What no estimator sees: the law of the town and where the reporting phones really stood.

    `x`, `y` have shape (rows,), metres in the town's frame; `stray` marks rows whose reported
    place is made up; `sigma_db` is the shadowing without the spread between phones.
    """

    power_dbm_100m: float
    exponent: float
    sigma_db: float
    x: Floats
    y: Floats
    stray: NDArray[np.bool_]


@dataclass(frozen=True)
class Episode:
    """One town: what phones reported, who was silent, and the truth in the frame (metres)."""

    frame: Frame
    reports: Reports
    silent: Silent
    x: float
    y: float
    world: World
    truth: Truth

    def xy_in(self, posterior: Posterior) -> tuple[float, float]:
        """The true place in the posterior's frame."""
        x, y = posterior.frame.to_xy(*self.frame.to_latlon(self.x, self.y))
        return float(x), float(y)

    def error_m(self, posterior: Posterior) -> float:
        """How far the posterior's best answer is from the truth."""
        x, y = self.xy_in(posterior)
        return float(np.hypot(posterior.mode_xy[0] - x, posterior.mode_xy[1] - y))

    def mass_needed(self, posterior: Posterior) -> float:
        """Level of the smallest highest-density region that holds the truth, 0..1."""
        here = self._mass_here(posterior)
        if here is None:
            return 1.0
        return float(posterior.p[posterior.p > here].sum() + 0.5 * here)

    def log_score(self, posterior: Posterior) -> float:
        """Log density (per square metre) at the truth; higher is better, and a proper score."""
        density = (self._mass_here(posterior) or 0.0) / posterior.cell_area_m2
        return float(np.log(max(density, LEAST_DENSITY_PER_M2)))

    def _mass_here(self, posterior: Posterior) -> float | None:
        x, y = self.xy_in(posterior)
        column = int(np.rint((x - posterior.x[0]) / (posterior.x[1] - posterior.x[0])))
        row = int(np.rint((y - posterior.y[0]) / (posterior.y[1] - posterior.y[0])))
        if not (0 <= column < posterior.x.size and 0 <= row < posterior.y.size):
            return None
        return float(posterior.p[row, column])


def episode(seed: int, reporting: int, world: World | None = None) -> Episode:
    """A town in which exactly `reporting` phones report; the same seed gives the same town."""
    world = world or World()
    rng = np.random.default_rng([seed, reporting])
    for _ in range(ROUNDS):
        drawn = _drawn(rng, reporting, world)
        if drawn is not None:
            return drawn
    raise RuntimeError(f"no town with {reporting} phones in reach; choose another seed than {seed}")


def without(reports: Reports, column: str) -> Reports:
    """The reports with one column not measured."""
    columns = {name: getattr(reports, name) for name in Reports.__dataclass_fields__}
    columns[column] = np.full(len(reports), np.nan)
    return Reports(**columns)


def _drawn(rng: np.random.Generator, reporting: int, world: World) -> Episode | None:
    power, exponent = rng.normal(POWER_DBM_100M, POWER_SD_DB), rng.normal(EXPONENT, EXPONENT_SD)
    sigma = rng.uniform(6.0, 8.0)
    tx, ty = rng.uniform(-500.0, 500.0, 2)
    count = 8 * reporting + 20
    x, y = rng.uniform(-HALF_SIDE_M, HALF_SIDE_M, (2, count))
    if world.one_sided:
        x = -np.abs(x)
        tx = rng.uniform(100.0, 400.0)
    distance = np.sqrt((x - tx) ** 2 + (y - ty) ** 2 + ANTENNA_M**2)
    loss = 10.0 * exponent * np.log10(distance / 100.0)
    beyond = np.log10(np.maximum(distance / SLOPE_BREAK_M, 1.0))
    loss += 10.0 * world.slope_beyond_300_m * beyond
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    root = np.linalg.cholesky(np.exp(-apart / SHADOWING_M) + 1e-9 * np.eye(count))
    shadowing = sigma * (root @ rng.standard_normal(count))
    level = power - loss + shadowing + rng.normal(0, DEVICE_SD_DB, count)
    camps = level > rng.normal(-88.0, 6.0, count)
    last = int(np.searchsorted(np.cumsum(camps), reporting))
    if last >= count:
        return None
    rows, quiet = np.flatnonzero(camps[: last + 1]), np.flatnonzero(~camps[: last + 1])
    accuracy = rng.uniform(10.0, 30.0, count)
    place_sd = accuracy / ACCURACY_PER_SIGMA
    seen_x, seen_y = x + rng.normal(0, place_sd), y + rng.normal(0, place_sd)
    strays = rng.random(count) < world.false_places
    seen_x = np.where(strays, rng.uniform(-HALF_SIDE_M, HALF_SIDE_M, count), seen_x)
    seen_y = np.where(strays, rng.uniform(-HALF_SIDE_M, HALF_SIDE_M, count), seen_y)
    travelled = distance + rng.exponential(NLOS_M, count) + rng.normal(0.0, DELAY_SD_M, count)
    travelled += rng.normal(0.0, world.ta_offset_sd_m)
    advance = np.maximum(np.rint(travelled / world.ta_step_m), 0.0)
    timed = rng.random(count) < world.ta_share
    frame = frame_at(*PLACE)
    lat, lon = frame.to_latlon(seen_x, seen_y)
    steps = LEVEL_STEP_DB * np.rint((level[rows] + 1.0) / LEVEL_STEP_DB) - 1.0
    reports = Reports.of(
        lat[rows],
        lon[rows],
        accuracy_m=accuracy[rows],
        level_dbm=np.clip(steps, -113.0, -51.0),
        timing_advance=np.where(timed, advance, np.nan)[rows],
        ta_step_m=world.ta_step_m,
    )
    silent = Silent(lat[quiet], lon[quiet], np.ones(quiet.size))
    truth = Truth(power, exponent, sigma, x[rows], y[rows], strays[rows])
    return Episode(frame, reports, silent, tx, ty, world, truth)
