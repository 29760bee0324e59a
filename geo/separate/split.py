"""Two transmitters under one identity: detected, and their reports separated row by row.

One fix from the reports of both lies between them, where neither is. There are three signs: radio
keys in use at the same time in different places; strong reports so far apart that no car gets from
one to the other in time; levels that two path-loss laws explain and one does not. A single moving
transmitter shows much the same, but one place after the other. So both parts must alternate in
time, and two standing transmitters must explain them better than one moving one.

A false split sends two teams out for one car: in doubt the answer is one transmitter.
"""

from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from geo.earth.sphere import Floats
from geo.radio.pathloss import PathlossPrior
from geo.reports.reports import Reports
from geo.separate.channel_conflict import LEAST_PART_DEVICES, LEAST_PART_ROWS, apart_by_keys
from geo.separate.kinematics import too_far_apart
from geo.separate.level_rows import DECIDED, Ints, LevelRows, Usable
from geo.separate.single_mover import log_evidence_moving, mixed_in_time
from geo.separate.two_site_fit import Fitted, fit_one, fit_two, responsibilities
from geo.separate.two_site_seeds import pair_gain

Reason = Literal["keys", "kinematics", "levels"]

LEAST_ROWS, LEAST_DEVICES = 12, 6  # with levels at a phone's own place, in all
LEAST_SHARE = 0.15  # of the rows that fit either, on the smaller side
DELTA_BIC = 8.0  # Raftery's 6 for strong evidence, and 2 for correlated shadowing, false places
LEAST_APART_M = 200.0
MOST_UNLIKE_DB = 10.0  # difference of power; false places look like a far stronger one far off
SUSPICION_NATS = 3.0  # of `pair_gain`
SUSPICION_CELLS = 8
MOVING_NATS = 3.0  # by which two standing transmitters must explain more than one moving one


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Two transmitters. `part` is 0 or 1 for each row, -1 where undecided.

    Part 0 lies further west. `separation_m` is the distance between the two, `delta_bic` the
    difference of the Bayesian information criterion in favour of two (NaN for kinematics).
    """

    part: Ints
    reason: Reason
    separation_m: float
    delta_bic: float


def split(
    reports: Reports, *, prior: PathlossPrior | None = None, key: ArrayLike | None = None
) -> Split | None:
    """The part of each report if there are two transmitters; None if one explains them all.

    `key` holds one radio code a row (channel, scrambling or cell code; -1 unknown). `prior` is
    that of the technology, GSM's by default. Rows without a level at a phone's own place or without
    a time have no part in the decision; they are assigned afterwards, by place. Takes two
    milliseconds where nothing is suspicious, else up to a tenth of a second. Raises ValueError
    where `key` has another length.
    """
    prior = prior or PathlossPrior()
    keys = np.full(len(reports), -1) if key is None else np.asarray(key, np.int64)
    if keys.shape != (len(reports),):
        raise ValueError(f"key must have one code a report, {len(reports)}, not {keys.shape}")
    usable = Usable.of(reports, keys)
    if usable is None:
        return None
    levels, keys = usable.deciding()
    if levels.x.size < LEAST_ROWS or np.unique(levels.device).size < LEAST_DEVICES:
        return None
    return (
        _by_keys(usable, levels, keys, prior)
        or _by_kinematics(usable, levels, prior)
        or _by_levels(usable, levels, prior)
    )


def _by_levels(usable: Usable, levels: LevelRows, prior: PathlossPrior) -> Split | None:
    if pair_gain(levels, prior, SUSPICION_CELLS) < SUSPICION_NATS:
        return None
    two = fit_two(levels, prior)
    chance = responsibilities(levels, two)
    unlike_db = abs(float(two.power_dbm[1] - two.power_dbm[0]))
    if two.separation_m < LEAST_APART_M or unlike_db > MOST_UNLIKE_DB:
        return None
    if not _both_observed(levels, chance):
        return None
    part = np.where(chance[:2].max(axis=0) >= DECIDED, chance.argmax(axis=0), -1)
    if not mixed_in_time(levels.ts_s, part):
        return None
    rows = log(float(levels.weight.sum()))
    one = fit_one(levels, prior)
    gained = two.log_posterior - one.log_posterior
    delta_bic = 2.0 * gained - (two.parameters - one.parameters) * rows
    if delta_bic < DELTA_BIC or not _stands(levels, prior, two, rows):
        return None
    has_level = np.isfinite(usable.levels.level_dbm)
    chance = np.vstack([usable.by_place(two.x, two.y), np.zeros(has_level.size)])
    chance[:, has_level] = responsibilities(usable.levels.take(has_level), two)
    return Split(usable.parts(chance), "levels", two.separation_m, delta_bic)


def _by_kinematics(usable: Usable, levels: LevelRows, prior: PathlossPrior) -> Split | None:
    sides = too_far_apart(levels, prior)
    if sides is None:
        return None
    part = np.full(levels.x.size, -1)
    for number, rows in enumerate(sides.rows):
        part[rows] = number
    if not mixed_in_time(levels.ts_s, part):
        return None
    apart = float(np.hypot(sides.x[1] - sides.x[0], sides.y[1] - sides.y[0]))
    parts = usable.parts(usable.by_place(sides.x, sides.y))
    return Split(parts, "kinematics", apart, float("nan"))


def _by_keys(usable: Usable, levels: LevelRows, key: Ints, prior: PathlossPrior) -> Split | None:
    found = apart_by_keys(levels, key, prior)
    if found is None or found.delta_bic < DELTA_BIC or found.separation_m < LEAST_APART_M:
        return None
    chance = usable.by_place(found.x, found.y)
    for side, code in enumerate(found.keys):
        chance[:, usable.key == code] = np.eye(2)[side][:, None]
    return Split(usable.parts(chance), "keys", found.separation_m, found.delta_bic)


def _stands(levels: LevelRows, prior: PathlossPrior, two: Fitted, rows: float) -> bool:
    """Whether two standing transmitters explain the levels better than one moving one.

    `rows` is the logarithm of the number of rows.
    """
    standing = two.log_likelihood - 0.5 * two.parameters * rows
    # The moving one gets exponent and noise without a penalty for parameters.
    laws = [(two.exponent, two.sigma_db), (prior.exponent, prior.sigma_db)]
    moving = max(log_evidence_moving(levels, prior, *law) for law in laws)
    return standing > moving + MOVING_NATS


def _both_observed(levels: LevelRows, chance: Floats) -> bool:
    """Whether each part has enough of the rows, and enough devices."""
    share = chance[:2] @ levels.weight
    if share.min() < LEAST_SHARE * share.sum():
        return False
    sides = [chance[side] >= DECIDED for side in (0, 1)]
    return all(
        side.sum() >= LEAST_PART_ROWS and np.unique(levels.device[side]).size >= LEAST_PART_DEVICES
        for side in sides
    )
