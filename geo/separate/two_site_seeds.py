"""Scan of all pairs of places on a coarse grid: a quick test for two transmitters, and seeds.

Robust least squares with the prior's exponent and the best power, the two powers apart by a few
steps. No random starts are needed, and the answer does not depend on the order of rows.
"""

from math import log, log10

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats
from geo.radio.pathloss import HUBER_Z, REFERENCE_M, PathlossPrior
from geo.separate.level_rows import LevelRows

Singles = NDArray[np.float32]

SEED_CELLS = 11  # a side of the grid whose pairs are scanned
SEED_STEPS_DB = (-8.0, 0.0, 8.0)  # difference of power between the two
SEEDS_KEPT = 4
MARGIN_M = 200.0  # around the phones
MOST_SCANNED = 60  # rows for seeds; more don't change them ..
MOST_WEIGHED = 120  # .. and rows for the quick test, where more help

_U_OFFSET = 10.0 * log10(REFERENCE_M)


def pair_gain(levels: LevelRows, prior: PathlossPrior, cells: int) -> float:
    """By how many nats the best pair of places of a coarse grid explains the levels better than
    its best single place. Quick, and too coarse for a decision."""
    levels = _some(levels, MOST_WEIGHED)
    _, _, u = _scanned(levels, cells)
    single = float(_costs(u, levels, prior)[0].min())
    first, second = np.triu_indices(u.shape[0], 1)
    pair = float(_costs(np.minimum(u[first], u[second]), levels, prior)[0].min())
    return 0.5 * float(levels.weight.sum()) * log(single / pair)


def _some(levels: LevelRows, most: int) -> LevelRows:
    stride = -(-levels.x.size // most)
    return levels.take(np.arange(0, levels.x.size, stride)) if stride > 1 else levels


def _scanned(levels: LevelRows, cells: int) -> tuple[Floats, Floats, Singles]:
    """Places of a grid over the rows, and u to each, shape (places, rows)."""
    low_x, high_x = np.quantile(levels.x, [0.05, 0.95])
    low_y, high_y = np.quantile(levels.y, [0.05, 0.95])
    axis_x = np.linspace(low_x - MARGIN_M, high_x + MARGIN_M, cells)
    axis_y = np.linspace(low_y - MARGIN_M, high_y + MARGIN_M, cells)
    x, y = (grid.ravel() for grid in np.meshgrid(axis_x, axis_y))
    # For places between those of the grid.
    cell_m2 = 0.1 * (axis_x[1] - axis_x[0]) * (axis_y[1] - axis_y[0])
    squared = (
        (x[:, None] - levels.x) ** 2 + (y[:, None] - levels.y) ** 2 + levels.slack_m2 + cell_m2
    )
    return x, y, (5.0 * np.log10(squared) - _U_OFFSET).astype(np.float32)


def _costs(u: Singles, levels: LevelRows, prior: PathlossPrior) -> tuple[Floats, Floats]:
    """Robust variance of the levels about the law of the prior's exponent, with the best power,
    shape (candidates,), for u of shape (candidates, rows); and that power."""
    weight = (levels.weight / levels.weight.sum()).astype(np.float32)
    off = np.float32(prior.exponent) * u
    off += levels.level_dbm.astype(np.float32)
    power = off @ weight
    most = HUBER_Z * prior.sigma_db
    for _ in range(2):  # from the mean to a robust mean
        power = power + np.clip(off - power[:, None], -most, most) @ weight
    off -= power[:, None]
    np.clip(off, -1.5 * most, 1.5 * most, out=off)
    off *= off
    pull = ((power - prior.power_dbm_100m) / prior.power_sd_db) ** 2
    rows = max(float(levels.weight.sum()), 1.0)
    cost = off @ weight + (2.0 + pull) * (prior.sigma_db**2 / rows)
    return np.asarray(cost, float), np.asarray(power, float)


def single_seeds(levels: LevelRows, prior: PathlossPrior) -> list[tuple[float, float, float]]:
    """The best two places: x, y (m) and power (dBm at 100 m)."""
    levels = _some(levels, MOST_SCANNED)
    x, y, u = _scanned(levels, SEED_CELLS)
    cost, power = _costs(u, levels, prior)
    return [(x[k], y[k], float(power[k])) for k in np.argsort(cost, kind="stable")[:2]]


def pair_seeds(levels: LevelRows, prior: PathlossPrior) -> list[tuple[Floats, Floats, Floats]]:
    """The best pairs of places, no two of them near each other: x, y (m), power (dBm at 100 m)."""
    levels = _some(levels, MOST_SCANNED)
    x, y, u = _scanned(levels, SEED_CELLS)
    first, second = np.triu_indices(x.size, 1)
    scans = []
    for step_db in SEED_STEPS_DB:
        weaker = u[second] + np.float32(step_db / prior.exponent)
        cost, power = _costs(np.minimum(u[first], weaker), levels, prior)
        scans.append((cost, power, step_db))
    cost = np.concatenate([scan[0] for scan in scans])
    apart_m = 1.6 * max(x[1] - x[0], (y[-1] - y[0]) / (SEED_CELLS - 1))
    kept: list[tuple[Floats, Floats, Floats]] = []
    for at in np.argsort(cost, kind="stable")[:200]:
        scan, pair = divmod(int(at), first.size)
        ends = np.array([first[pair], second[pair]])
        pair_x, pair_y = x[ends], y[ends]
        if any(_near(pair_x, pair_y, other, apart_m) for other in kept):
            continue
        louder, step_db = float(scans[scan][1][pair]), scans[scan][2]
        kept.append((pair_x, pair_y, np.array([louder, louder - step_db])))
        if len(kept) == SEEDS_KEPT:
            break
    return kept


def _near(x: Floats, y: Floats, other: tuple[Floats, Floats, Floats], apart_m: float) -> bool:
    """Whether both places lie near those of another pair, in either order."""
    gap = np.hypot(x[:, None] - other[0], y[:, None] - other[1])
    straight = max(float(gap[0, 0]), float(gap[1, 1]))
    return min(straight, max(float(gap[0, 1]), float(gap[1, 0]))) <= apart_m
