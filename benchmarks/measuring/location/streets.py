"""Simulated streets: a transmitter on its way through a town of square blocks, and who received it.

Blocks of 200 m; at a crossing it goes straight on or turns, and may stop for 10 to 60 s. Every
report is of another phone, spread evenly over 2 km x 2 km about the transmitter, that camps where
the level beats its own threshold. Levels follow the log-distance law with power, slope and noise
drawn anew for each drive; shadowing is alike within some 50 m of phone and transmitter
(Gudmundson), phones differ, GSM rounds to 2 dB and ends at -51 dBm. Advances are rounded to steps,
lengthened by reflections and shifted by one offset; some places are false.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.earth.frame import Frame, frame_at
from geo.posterior.posterior import Posterior
from geo.radio.timing_advance import TA_STEP_M
from geo.reports.reports import Reports

Floats = NDArray[np.float64]

PLACE = (39.91, 116.40)
BLOCK_M = 200.0
HALF_SIDE_M = 1000.0  # of the square about the transmitter that holds the phones
TURNS = (0, 0, 1, -1)  # at a crossing, in quarters
STOP_CHANCE = 0.35  # at a crossing
STOP_S = (10, 60)
DECORRELATION_M = 50.0
WAVES = 400  # that make up the shadowing
CAMPING_DBM = (-88.0, 6.0)  # mean and spread of the level from which a phone camps


@dataclass(frozen=True)
class World:
    """How a drive goes and what is reported of it; `speed_mps` 0 is one that never moves."""

    rate_hz: float = 0.5
    seconds: int = 600
    speed_mps: float = 8.0
    stop_chance: float = STOP_CHANCE
    ta_share: float = 0.3
    ta_step_m: float = TA_STEP_M["gsm"]
    ta_offset_sd_m: float = 100.0
    false_places: float = 0.03
    power_step_db: float = 0.0  # by which the operator raises the power half way


@dataclass(frozen=True)
class Drive:
    """What phones reported, and the way: x, y metres east and north of `PLACE`'s frame, one row a
    second from 0 s on."""

    frame: Frame
    reports: Reports
    way: Floats

    def error_m(self, posterior: Posterior, at_s: float) -> float:
        """How far the best answer is from where the transmitter is at `at_s` (seconds)."""
        x, y = self._truth(posterior, at_s)
        return float(np.hypot(posterior.mode_xy[0] - x, posterior.mode_xy[1] - y))

    def mass_needed(self, posterior: Posterior, at_s: float) -> float:
        """Level of the smallest highest-density region that holds the truth, 0..1."""
        x, y = self._truth(posterior, at_s)
        column = int(np.rint((x - posterior.x[0]) / (posterior.x[1] - posterior.x[0])))
        row = int(np.rint((y - posterior.y[0]) / (posterior.y[1] - posterior.y[0])))
        if not (0 <= column < posterior.x.size and 0 <= row < posterior.y.size):
            return 1.0
        here = posterior.p[row, column]
        return float(posterior.p[posterior.p > here].sum() + 0.5 * here)

    def newest(self, at_s: float, most: int) -> Reports:
        """The last so many reports up to a time, as a buffer keeps them."""
        rows = np.flatnonzero(self.reports.ts_s <= at_s)
        return self.reports.take(rows[-most:])

    def _truth(self, posterior: Posterior, at_s: float) -> tuple[float, float]:
        x, y = posterior.frame.to_xy(*self.frame.to_latlon(*self.way[round(at_s)]))
        return float(x), float(y)


def drive(seed: int, world: World | None = None) -> Drive:
    """One drive; the same seed gives the same."""
    world = world or World()
    rng = np.random.default_rng([seed, round(10 * world.rate_hz), round(10 * world.speed_mps)])
    way = _way(rng, world)
    frame = frame_at(*PLACE)
    power, exponent = rng.normal(-60.0, 8.0), rng.normal(3.3, 0.4)
    sigma = rng.uniform(6.0, 8.0)
    shadowing = _Shadowing.drawn(rng)
    offset_m = rng.normal(0.0, world.ta_offset_sd_m)
    kept: list[Floats] = []
    wanted = rng.poisson(world.rate_hz * world.seconds)
    while sum(part.shape[1] for part in kept) < wanted:
        at_s = rng.uniform(0.0, world.seconds, 2 * wanted)
        tx, ty = (np.interp(at_s, np.arange(len(way)), axis) for axis in way.T)
        x, y = (
            tx + rng.uniform(-1, 1, at_s.size) * HALF_SIDE_M,
            ty + rng.uniform(-1, 1, at_s.size) * HALF_SIDE_M,
        )
        apart = np.sqrt((x - tx) ** 2 + (y - ty) ** 2 + 8.0**2)
        level = power - 10.0 * exponent * np.log10(apart / 100.0)
        level += world.power_step_db * (at_s > world.seconds / 2)
        level += sigma * shadowing.at(x, y, tx, ty) + rng.normal(0.0, 2.9, at_s.size)
        travelled = apart + rng.exponential(60.0, at_s.size) + rng.normal(offset_m, 30.0, at_s.size)
        camps = level > rng.normal(*CAMPING_DBM, at_s.size)
        kept.append(np.array([at_s, x, y, level, travelled])[:, camps])
    at_s, x, y, level, travelled = np.concatenate(kept, axis=1)[:, :wanted]
    order = np.argsort(at_s)
    at_s, x, y, level, travelled = (c[order] for c in (at_s, x, y, level, travelled))
    accuracy = rng.uniform(10.0, 30.0, wanted)
    strays = rng.random(wanted) < world.false_places
    stray_x, stray_y = rng.uniform(-HALF_SIDE_M, HALF_SIDE_M, (2, wanted))
    x += np.where(strays, stray_x, rng.normal(0.0, accuracy / 1.51))
    y += np.where(strays, stray_y, rng.normal(0.0, accuracy / 1.51))
    lat, lon = frame.to_latlon(x, y)
    advance = np.maximum(np.rint(travelled / world.ta_step_m), 0.0)
    timed = rng.random(wanted) < world.ta_share
    reports = Reports.of(
        lat,
        lon,
        accuracy_m=accuracy,
        level_dbm=np.clip(2.0 * np.rint((level + 1.0) / 2.0) - 1.0, -113.0, -51.0),
        timing_advance=np.where(timed, advance, np.nan),
        ta_step_m=world.ta_step_m,
        ts_s=at_s,
    )
    return Drive(frame, reports, way)


def road_grid(half_side_m: float = 6_000.0) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """The town's streets as (node lat, node lon, segments of two nodes each)."""
    half = round(half_side_m / BLOCK_M)
    steps = np.arange(-half, half + 1)
    column, row = (part.ravel() for part in np.meshgrid(steps, steps))
    node = np.arange(column.size).reshape(steps.size, steps.size)
    east = np.column_stack([node[:, :-1].ravel(), node[:, 1:].ravel()])
    north = np.column_stack([node[:-1].ravel(), node[1:].ravel()])
    lat, lon = frame_at(*PLACE).to_latlon(column * BLOCK_M, row * BLOCK_M)
    return lat, lon, np.concatenate([east, north])


def _way(rng: np.random.Generator, world: World) -> Floats:
    """Metres east and north by the second."""
    place = np.rint(rng.uniform(-2, 2, 2)) * BLOCK_M
    if world.speed_mps == 0.0:
        return np.tile(place + rng.uniform(-0.5, 0.5, 2) * BLOCK_M, (world.seconds + 1, 1))
    ahead = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], float)
    quarter, on_block, wait = int(rng.integers(4)), 0.0, 0
    way = [place]
    for _ in range(world.seconds):
        if wait > 0:
            wait -= 1
        else:
            step = world.speed_mps
            if on_block + step >= BLOCK_M:
                place = place + (BLOCK_M - on_block) * ahead[quarter]
                step, on_block = on_block + step - BLOCK_M, 0.0
                quarter = (quarter + int(rng.choice(TURNS))) % 4
                if rng.random() < world.stop_chance:
                    wait, step = int(rng.integers(STOP_S[0], STOP_S[1] + 1)), 0.0
            place = place + step * ahead[quarter]
            on_block += step
        way.append(place)
    return np.array(way)


@dataclass(frozen=True)
class _Shadowing:
    """A Gaussian field of unit variance over places of phone and transmitter, as a sum of waves.

    Correlation exp(-d / 50 m) in each of the two places: the spectrum of that is a Cauchy's.
    """

    by_phone: Floats
    by_transmitter: Floats
    phase: Floats

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "_Shadowing":
        def waves() -> Floats:
            return np.asarray(
                rng.standard_normal((2, WAVES))
                / (DECORRELATION_M * np.abs(rng.standard_normal(WAVES)))
            )

        return cls(waves(), waves(), rng.uniform(0.0, 2.0 * np.pi, WAVES))

    def at(self, x: Floats, y: Floats, tx: Floats, ty: Floats) -> Floats:
        angle = np.column_stack([x, y]) @ self.by_phone
        angle += np.column_stack([tx, ty]) @ self.by_transmitter + self.phase
        return np.asarray(np.sqrt(2.0 / WAVES) * np.cos(angle).sum(axis=1))
