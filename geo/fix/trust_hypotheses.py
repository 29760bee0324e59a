"""Which reports to trust: two hypotheses about the strongest levels, compared by their evidence.

One wrong report misfits and loses weight. But several phones that agree on a strong level at a
wrong place pull the estimate there, and then it is the honest ones that misfit. So besides the
hypothesis that all reports are of the transmitter there is one in which those around the strongest
are of something else. The probability of either follows from the reports themselves (Bayes factor
of two normal-inverse-gamma models; Gelman et al., Bayesian Data Analysis, ch. 7 and 14).
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

LIE_CHANCE = 0.02  # prior probability that the strongest reports are of something else
NEIGHBOURS_M = 100.0  # from the strongest report, within which phones may be false together
FEWEST = 10  # phones, with fewer of which there is only one hypothesis
MOST_SHARE = 0.3  # of the phones that may be false together
LIE_SD_DB = 25.0  # prior standard deviation of the mean of made-up levels
TOP_CHANCE = 0.3  # probability that a made-up level is the top of the scale


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
    """The hypothesis of all rows, and where some may be false together, the one without those."""
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
    """Rows of untrusted phones around the strongest of them.

    None where these are too many, or there are too few phones in all.
    """
    untrusted = np.isfinite(weighted.level_dbm) & ~weighted.trusted
    phones = np.unique(weighted.device[untrusted]).size
    if phones < FEWEST:
        return None
    loudest = untrusted & (weighted.level_dbm >= weighted.level_dbm[untrusted].max())
    apart = np.hypot(weighted.x[loudest, None] - weighted.x, weighted.y[loudest, None] - weighted.y)
    near = (apart <= NEIGHBOURS_M) & untrusted
    lying = np.asarray(near[int(np.argmax(near.sum(axis=1)))])
    # All rows of a phone that reports something false are left out.
    lying = untrusted & np.isin(weighted.device, weighted.device[lying])
    return lying if np.unique(weighted.device[lying]).size <= MOST_SHARE * phones else None


def _log_constant(terms: EvidenceTerms, prior: PathlossPrior) -> float:
    """Factor of the density of the levels besides `Fit.log_marginal`, the same at all places."""
    return _log_factor(terms.level_precision, terms.level.weight, prior)


def _log_alone(liars: WeightedReports, prior: PathlossPrior) -> float:
    """Evidence of levels that depend on each other but not on any distance."""
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
