"""Whether what is heard under one name comes from two places at once.

A filter that is told of one transmitter explains two that stand kilometres apart by one between
them that is strong, or by one that flies to and fro. So the reports of the last minute are split
into two crowds by where the phones stood; where two transmitters, each with a place and a law of
its own, explain levels and places far better than one does, and both are heard in turn, the name
is torn.
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

WINDOW_S: Final = 60.0  # a car drives on half a kilometre ..
WINDOW_ROWS: Final = 24  # .. but so many reports are looked at however long they took
ROWS_MOST: Final = 40
LEAST: Final = 4  # reports of either crowd
APART_M: Final = 1_000.0  # of the crowds' middles
LEAST_NATS: Final = 7.0  # by which two must explain it better than one: a thousand to one
TURNS: Final = 0.5  # of the changes between crowds that chance would make
CELLS: Final = 41
MARGIN_M: Final = 700.0


@dataclass(frozen=True, slots=True, eq=False)
class TwoPlaces:
    """Two places at once: the probability over a grid of axes x and y, shape (y, x), half each."""

    x: Floats
    y: Floats
    p: Floats
    nats: float


def two_places(rows: WeightedReports, prior: PathlossPrior, alpha: float) -> TwoPlaces | None:
    """Judges the newest of rows in order of time; None where one transmitter will do."""
    own = np.flatnonzero(np.isnan(rows.place_sigma_m) & np.isfinite(rows.level_dbm))[-ROWS_MOST:]
    if own.size < 2 * LEAST:
        return None
    recent = rows.ts_s[own] >= rows.ts_s[own[-1]] - WINDOW_S
    recent[-WINDOW_ROWS:] = True
    rows = rows.take(own[recent])
    second = _crowds(rows)
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


def _crowds(rows: WeightedReports) -> NDArray[np.bool_] | None:
    """Which rows belong to the second of two crowds by place; None where there aren't two that are
    heard in turn."""
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
    # What `geo.radio.pathloss.marginal` leaves out as the same at all places (Gelman et al., 3.3).
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
