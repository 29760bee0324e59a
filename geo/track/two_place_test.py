"""Test whether the reports of one identity come from two places at once.

A filter for one transmitter explains two that stand kilometres apart by a strong one between them,
or by one that moves to and fro at impossible speed. So the reports of the last minute are split
into two groups by the places of the phones. There are two transmitters if two places, each with a
path-loss law of its own, explain the reports far better than one, and reports of the two groups
alternate in time.
"""

from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from geo.earth.sphere import Floats
from geo.likelihood.censored_levels import NO_SQUARES
from geo.likelihood.evidence_terms import EvidenceTerms
from geo.posterior.posterior import normalised
from geo.radio.pathloss import PathlossPrior
from geo.reports.device_weights import WeightedReports

WINDOW_S: Final = 60.0  # of reports, in which a car drives half a kilometre ..
WINDOW_ROWS: Final = 24  # .. but at least so many reports ..
OLDEST_S: Final = 120.0  # .. none older: one that drives is kilometres from where it was
ROWS_MOST: Final = 40
LEAST: Final = 4  # reports of either group
APART_M: Final = 1_000.0  # least distance of the groups' middles
LEAST_NATS: Final = 7.0  # least log Bayes factor in favour of two: a thousand to one
TURNS: Final = 0.5  # least share of the changes between groups that a random order would have
CELLS: Final = 31
MARGIN_M: Final = 700.0


@dataclass(frozen=True, slots=True, eq=False)
class TwoPlaces:
    """Two places at once: probability over a grid of axes x and y, shape (y, x), half for each.

    `nats` is the log Bayes factor against one place.
    """

    x: Floats
    y: Floats
    p: Floats
    nats: float


def two_places(rows: WeightedReports, prior: PathlossPrior, alpha: float) -> TwoPlaces | None:
    """Tests the newest rows (given in order of time); None where one transmitter explains them."""
    own = np.flatnonzero(np.isnan(rows.place_sigma_m) & np.isfinite(rows.level_dbm))[-ROWS_MOST:]
    if own.size < 2 * LEAST:
        return None
    recent = rows.ts_s[own] >= rows.ts_s[own[-1]] - WINDOW_S
    recent[-WINDOW_ROWS:] = True
    recent &= rows.ts_s[own] >= rows.ts_s[own[-1]] - OLDEST_S
    rows = rows.take(own[recent])
    second = _groups(rows)
    if second is None:
        return None
    x, y = _axis(rows.x), _axis(rows.y)
    one = _log_evidence(rows, x, y, prior)
    here = _log_evidence(rows.take(~second), x, y, prior)
    there = _log_evidence(rows.take(second), x, y, prior)
    nats = alpha * (_log_mean(here) + _log_mean(there) - _log_mean(one))
    if nats < LEAST_NATS:
        return None
    p = 0.5 * normalised(alpha * here) + 0.5 * normalised(alpha * there)
    return TwoPlaces(x, y, p.reshape(y.size, x.size), nats)


def _groups(rows: WeightedReports) -> NDArray[np.bool_] | None:
    """Which rows belong to the second of two groups by place.

    None where there are no two groups whose reports alternate in time.
    """
    places = np.column_stack([rows.x, rows.y])
    centred = places - places.mean(axis=0)
    along = centred @ np.linalg.eigh(centred.T @ centred)[1][:, -1]
    second = along > 0.0
    for _ in range(20):
        if min(second.sum(), (~second).sum()) < LEAST:
            return None
        middle = np.stack([np.median(places[~second], axis=0), np.median(places[second], axis=0)])
        apart = np.hypot(*(places[:, None] - middle).transpose(2, 0, 1))
        again = apart[:, 1] < apart[:, 0]
        if (again == second).all():
            break
        second = again
    if np.hypot(*(middle[1] - middle[0])) < APART_M:
        return None
    share = float(second.mean())
    changes = int((second[1:] != second[:-1]).sum())
    by_chance = 2.0 * share * (1.0 - share) * (second.size - 1)
    return second if changes >= TURNS * by_chance else None


def _log_evidence(rows: WeightedReports, x: Floats, y: Floats, prior: PathlossPrior) -> Floats:
    terms = EvidenceTerms.of(rows, NO_SQUARES, prior)
    log_all = terms.evidence(x, y, np.ones(terms.level.x.size)).log_all
    # The factors that `geo.radio.pathloss.marginal` leaves out (Gelman et al., 3.3).
    shape = prior.sigma_shape + 0.5 * float(terms.level.weight.sum())
    rate = (prior.sigma_shape - 1.0) * prior.sigma_db**2
    left_out = gammaln(shape) - gammaln(prior.sigma_shape) + prior.sigma_shape * log(rate)
    left_out += log(prior.sigma_db / prior.power_sd_db * prior.sigma_db / prior.exponent_sd)
    return np.asarray(log_all + left_out)


def _log_mean(values: Floats) -> float:
    top = float(values.max())
    return top + float(np.log(np.exp(values - top).mean()))


def _axis(values: Floats) -> Floats:
    return np.linspace(float(values.min()) - MARGIN_M, float(values.max()) + MARGIN_M, CELLS)
