"""Whether the timing advances are honest, given the place that levels and bearings make likely.

The transmitter sets the timing advance and may send a false one. So four hypotheses are compared:
the advances belong to the place of the levels, as `geo.radio.timing_advance` has it; they belong to
some other place; they are made up, whatever the distance; they belong to the place, but all are
wrong by one large delay. The evidence of each (the probability of the advances under it) gives the
probability that they are honest (Kass and Raftery 1995).
"""

import numpy as np
from scipy.special import gammaln, logsumexp

from geo.earth.sphere import Floats
from geo.radio import timing_advance
from geo.reports.device_weights import WeightedReports

FORGED_CHANCE = 0.1  # prior probability of each of the three dishonest hypotheses
CELLS = 150  # places drawn from the posterior of the levels, in place of all
ROWS = 40  # most advances used
FAR_OFFSETS_M = np.arange(-1_800.0, 1_801.0, 300.0)  # large delays; 300 m count as honest


def conflicting(
    rows: WeightedReports,
    place_x: Floats,
    place_y: Floats,
    wide_x: Floats,
    wide_y: Floats,
    alpha: float,
) -> bool:
    """Whether the advances of `rows` are likelier to be dishonest than not.

    `place_x`, `place_y` are equally likely places by all other evidence, `wide_x`, `wide_y` the
    axes of the area where the transmitter can be at all; everything in metres of one frame.
    `alpha` tempers the advances as it does in the posterior.
    """
    if rows.x.size == 0:
        return False
    rows = rows.take(np.arange(0, rows.x.size, -(-rows.x.size // ROWS)))
    apart = np.hypot(place_x - rows.x[:, None], place_y - rows.y[:, None])
    honest = _mean(alpha * _log_likelihood(rows, apart))
    delayed = np.concatenate([apart + offset for offset in FAR_OFFSETS_M], axis=1)
    grid_x, grid_y = (grid.ravel() for grid in np.meshgrid(wide_x, wide_y))
    elsewhere = np.hypot(grid_x - rows.x[:, None], grid_y - rows.y[:, None])
    cell_m = max(wide_x[1] - wide_x[0], wide_y[1] - wide_y[0])
    dishonest = [
        _mean(alpha * _log_likelihood(rows, delayed)),
        _mean(alpha * _log_likelihood(rows, elsewhere, cell_m / np.sqrt(12.0))),
        alpha * _log_made_up(rows, np.hypot(np.ptp(wide_x), np.ptp(wide_y))),
    ]
    odds = honest + np.log(1.0 - 3.0 * FORGED_CHANCE) - np.log(FORGED_CHANCE)
    return bool(logsumexp(dishonest) > odds)


def _log_likelihood(rows: WeightedReports, distance_m: Floats, blur_m: float = 0.0) -> Floats:
    sigma_m = np.hypot(rows.sigma_m, blur_m)
    return timing_advance.log_likelihood(
        distance_m, rows.timing_advance, rows.ta_step_m, sigma_m, rows.weight
    )


def _mean(log_likelihood: Floats) -> float:
    return float(logsumexp(log_likelihood) - np.log(log_likelihood.size))


def _log_made_up(rows: WeightedReports, span_m: float) -> float:
    """Evidence of values that do not depend on distance, but may all be the same.

    Dirichlet-multinomial: a value is more likely the more often it has come before.
    """
    values, code = np.unique(
        np.stack([rows.ta_step_m, rows.timing_advance]), axis=1, return_inverse=True
    )
    count = np.bincount(code.ravel(), weights=rows.weight)
    share = np.minimum(values[0] / span_m, 0.5)
    each = gammaln(count + share) - gammaln(share)
    return float(each.sum() - gammaln(count.sum() + 1.0))
