"""Whose word counts: two accounts of the same reports, weighed against each other.

One wrong report is told by its misfit, but some phones that agree on a strong level at a wrong
place draw the answer to themselves, and then it is the honest ones that misfit. So besides the
account in which all reports are of the transmitter there is one in which those about the strongest
are of something else. How likely either is, the reports themselves say (Bayes factor of two
normal-inverse-gamma models; Gelman et al., Bayesian Data Analysis, ch. 7 and 14).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from geo.earth.sphere import Floats
from geo.likelihood import censored_levels
from geo.likelihood.evidence_terms import EvidenceTerms
from geo.radio.pathloss import PathlossPrior, marginal, precision
from geo.reports.device_weights import WeightedReports

LIE_CHANCE = 0.02  # of the strongest reports being of something else, before anything is seen
NEIGHBOURS_M = 100.0  # from the strongest report: what stands there may lie together
FEWEST = 10  # phones from which on the others may outvote the strongest
MOST_SHARE = 0.3  # of the phones: more than that are no minority
LIE_SD_DB = 25.0  # of made-up levels: they may be anything
TOP_CHANCE = 0.3  # of one being the top of the scale


@dataclass(frozen=True, slots=True)
class TrustHypothesis:
    """The reports taken as of the transmitter, and what makes hypotheses comparable.

    `log_constant` is the logarithm of the prior probability and of all factors that
    `EvidenceTerms` leaves out because they are the same at all places.
    """

    terms: EvidenceTerms
    log_constant: float


def trust_hypotheses(
    weighted: WeightedReports,
    squares: censored_levels.SilentSquares,
    prior: PathlossPrior,
    alpha: float,
) -> list[TrustHypothesis]:
    """The account of all votes, and where some may lie together that without them."""
    everything = EvidenceTerms.of(weighted, squares, prior)
    lying = _strongest(weighted)
    if lying is None:
        return [TrustHypothesis(everything, 0.0)]
    others = EvidenceTerms.of(weighted.take(~lying), squares, prior)
    log_evidence = _log_constant(others, prior) + _log_alone(weighted.take(lying), prior)
    return [
        TrustHypothesis(
            everything, float(np.log(1.0 - LIE_CHANCE)) + alpha * _log_constant(everything, prior)
        ),
        TrustHypothesis(others, float(np.log(LIE_CHANCE)) + alpha * log_evidence),
    ]


def _strongest(weighted: WeightedReports) -> NDArray[np.bool_] | None:
    """The strangers' rows about their strongest; None where those are too many or all too few."""
    strangers = np.isfinite(weighted.level_dbm) & ~weighted.trusted
    phones = np.unique(weighted.device[strangers]).size
    if phones < FEWEST:
        return None
    loudest = strangers & (weighted.level_dbm >= weighted.level_dbm[strangers].max())
    apart = np.hypot(weighted.x[loudest, None] - weighted.x, weighted.y[loudest, None] - weighted.y)
    near = (apart <= NEIGHBOURS_M) & strangers
    lying = np.asarray(near[int(np.argmax(near.sum(axis=1)))])
    # All that a liar says is a lie.
    lying = strangers & np.isin(weighted.device, weighted.device[lying])
    return lying if np.unique(weighted.device[lying]).size <= MOST_SHARE * phones else None


def _log_constant(terms: EvidenceTerms, prior: PathlossPrior) -> float:
    """What the density of the levels has besides `Fit.log_marginal`, the same at all places."""
    return _log_factor(terms.level_precision, terms.level.weight, prior)


def _log_alone(liars: WeightedReports, prior: PathlossPrior) -> float:
    """Evidence of levels that have to do with each other, not with any distance."""
    prior = replace(prior, power_sd_db=LIE_SD_DB)
    top = liars.level_dbm >= censored_levels.SATURATED_DBM
    measured = liars.take(~top)
    matrix = precision(measured.x, measured.y)
    fit = marginal(
        np.zeros((measured.x.size, 1)), measured.level_dbm, matrix, measured.weight, prior
    )
    log_evidence = float(fit.log_marginal[0]) + _log_factor(matrix, measured.weight, prior)
    return log_evidence + float(np.log(TOP_CHANCE)) * min(float(liars.weight[top].sum()), 1.0)


def _log_factor(matrix: Floats, weight: Floats, prior: PathlossPrior) -> float:
    shape, rate = prior.sigma_shape, (prior.sigma_shape - 1.0) * prior.sigma_db**2
    count = float(weight.sum())
    pull = (prior.sigma_db**2 / (prior.power_sd_db * prior.exponent_sd)) ** 2
    return float(
        0.5 * (np.linalg.slogdet(matrix)[1] if weight.size else 0.0)
        + 0.5 * np.log(pull)
        - 0.5 * count * np.log(2.0 * np.pi)
        + gammaln(shape + 0.5 * count)
        - gammaln(shape)
        + shape * np.log(rate)
    )
