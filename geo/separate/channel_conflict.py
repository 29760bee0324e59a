"""Two channels of one identity that are in use at the same time in different places.

One transmitter may use two carriers at once, or change its channel: then both channels come from
one place at a time. Two transmitters that claim one identity on different channels are in two
places. Channels (or other codes of the radio) are called keys here.
"""

from dataclasses import dataclass
from math import log

import numpy as np

from geo.earth.sphere import Floats
from geo.radio.pathloss import PathlossPrior
from geo.separate.level_rows import Ints, LevelRows
from geo.separate.single_mover import mixed_in_time
from geo.separate.two_site_fit import fit_one

LEAST_PART_ROWS, LEAST_PART_DEVICES = 5, 3  # of each transmitter
MOST_KEYS = 4  # the commonest
KEYS_APART_M = 150.0  # distance of middles, below which two keys count as one place


@dataclass(frozen=True, slots=True)
class Apart:
    """Two keys and their places (metres of the frame), the first further west."""

    keys: tuple[int, int]
    x: Floats
    y: Floats
    delta_bic: float

    @property
    def separation_m(self) -> float:
        """Between the two places."""
        return float(np.hypot(self.x[1] - self.x[0], self.y[1] - self.y[0]))


def apart_by_keys(levels: LevelRows, key: Ints, prior: PathlossPrior) -> Apart | None:
    """The two of the common keys (codes from 0) with the strongest evidence for two places at the
    same time; None where no two keys have any."""
    codes, count = np.unique(key[key >= 0], return_counts=True)
    enough = [
        int(code)
        for code in codes[np.lexsort([codes, -count])][:MOST_KEYS]
        if (key == code).sum() >= LEAST_PART_ROWS
        and np.unique(levels.device[key == code]).size >= LEAST_PART_DEVICES
    ]
    pairs = [(one, other) for at, one in enumerate(enough) for other in enough[at + 1 :]]
    found = [_pair(levels, key, pair, prior) for pair in pairs]
    return max((one for one in found if one is not None), key=lambda o: o.delta_bic, default=None)


def _pair(
    levels: LevelRows, key: Ints, pair: tuple[int, int], prior: PathlossPrior
) -> Apart | None:
    either = (key == pair[0]) | (key == pair[1])
    levels, is_other = levels.take(either), (key[either] == pair[1]).astype(np.int64)
    middles = [_loud_middle(levels.take(is_other == side)) for side in (0, 1)]
    if np.hypot(middles[1][0] - middles[0][0], middles[1][1] - middles[0][1]) < KEYS_APART_M:
        return None
    if not mixed_in_time(levels.ts_s, is_other):
        return None
    # With one transmitter, moving or not, both keys are received at the same places and with the
    # same law but for the power. So both a difference between the places of the phones and one
    # between the fitted laws are evidence against it. A second transmitter has six more parameters:
    # a middle of its phones, its place, exponent and noise.
    same = fit_one(levels, prior, is_other)
    each = [fit_one(levels.take(is_other == side), prior) for side in (0, 1)]
    gained = each[0].log_likelihood + each[1].log_likelihood - same.log_likelihood
    delta_bic = 2.0 * max(gained, 0.0) + _log_spread(levels, is_other)
    delta_bic -= 6.0 * log(float(levels.weight.sum()))
    x, y = (np.array([one.x[0] for one in each]), np.array([one.y[0] for one in each]))
    order = np.lexsort([y, x])
    return Apart((pair[order[0]], pair[order[1]]), x[order], y[order], delta_bic)


def _log_spread(levels: LevelRows, side: Ints) -> float:
    """Twice the log-likelihood ratio of two middles of the phones against one (Gaussian)."""
    at = np.stack([levels.x, levels.y])
    weight = levels.weight / levels.weight.sum()
    share = np.stack([weight * (side == 0), weight * (side == 1)])
    middles = at @ (share / share.sum(axis=1, keepdims=True)).T
    about_all, about_own = at - (at @ weight)[:, None], at - middles[:, side]
    # One square metre is added for phones that all stand on a line.
    wide, narrow = (
        float(np.linalg.slogdet((off * weight) @ off.T + np.eye(2))[1])
        for off in (about_all, about_own)
    )
    return float(levels.weight.sum()) * (wide - narrow)


def _loud_middle(levels: LevelRows) -> tuple[float, float]:
    weight = levels.weight * 10.0 ** ((levels.level_dbm - levels.level_dbm.max()) / 20.0)
    weight = weight / weight.sum()
    return float(weight @ levels.x), float(weight @ levels.y)
