"""Where a transmitter is, from reports of phones: reports in, posterior out.

At every cell of a grid the log-likelihoods are added: levels (path loss with power, slope and noise
integrated out), receivers at their top, timing advances (common offset integrated out), bearings,
places that were merely within reach, and silent phones. A coarse grid finds the likely area; with
its result the levels are reweighted (misfits, selection of phones that camped), and a fine grid
over the likely area gives the posterior. The sum is tempered (multiplied by `alpha` < 1), since
real shadowing is more correlated than any model of it; how much is measured in
`geo.posterior.tempering`. Where some phones, or the transmitter itself, may report something false,
the hypotheses with and without their reports are mixed by their probabilities.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from scipy.special import softmax

from geo.earth.frame import Frame
from geo.earth.sphere import Floats
from geo.fix.grid_search import COARSE, Box, Found, first_box, narrowed, over, spread
from geo.fix.timing_conflict import CELLS, conflicting
from geo.fix.trust_hypotheses import TrustHypothesis, trust_hypotheses
from geo.likelihood import censored_levels
from geo.likelihood.evidence_terms import Evidence, EvidenceTerms
from geo.posterior.posterior import Posterior, evenly_drawn, hill_top, normalised
from geo.posterior.tempering import ALPHA
from geo.radio.pathloss import Fit, PathlossPrior
from geo.reports.crowd_centre import geometric_median
from geo.reports.device_weights import weighted_reports
from geo.reports.reports import Reports, Silent, gated

__all__ = ["PathlossPrior", "Posterior", "Reports", "Silent", "locate"]

FINE = 49  # cells a side; odd, so that every second line reaches both edges
SURVEY = 4  # levels of instruments, from which on the posterior is more than a ring
LEAST_CHANCE = 0.02  # probability up to which a hypothesis is left out


def locate(
    reports: Reports,
    *,
    at_s: float | None = None,
    prior: PathlossPrior | None = None,
    silent: Silent | None = None,
    alpha: float = ALPHA,
) -> Posterior | None:
    """Posterior of the place of one transmitter; None where no row has a usable place.

    Rows later than `at_s` (seconds) are ignored. `prior` is that of the technology
    (`geo.radio.pathloss.PRIORS`), GSM's by default. `silent` holds phones that could have been
    captured and were not. Independent of the order of rows and of the values of device codes.
    Raises ValueError where `alpha` lies outside (0, 1].
    """
    if not 0.0 < alpha <= 1.0:
        raise ValueError(f"alpha must lie in (0, 1], not {alpha}")
    found = weighted_reports(gated(reports, at_s))
    if found is None:
        return None
    frame, weighted = found
    middle = geometric_median(weighted.x, weighted.y, weighted.weight)
    squares = censored_levels.silent_squares(silent, frame, middle)
    hypotheses = trust_hypotheses(weighted, squares, prior or PathlossPrior(), alpha)
    box = first_box(weighted, middle)
    timed = hypotheses[0].terms.timed
    plain = [
        replace(hypothesis, terms=hypothesis.terms.without_timing()) for hypothesis in hypotheses
    ]
    fits = _fit_hypotheses(plain, box, alpha)
    if timed.x.size and conflicting(timed, *_drawn(fits), *box.axes(COARSE), alpha):
        return replace(_posterior(fits, frame, alpha), ta_conflict=True)
    if timed.x.size:
        fits = _fit_hypotheses([hypotheses[one.number] for one in fits], _common_box(fits), alpha)
    return _posterior(fits, frame, alpha)


@dataclass(frozen=True, slots=True)
class _HypothesisFit:
    """A hypothesis (`number` in the list of all), its probability, and where it has the place."""

    number: int
    terms: EvidenceTerms
    chance: float
    found: Found


def _fit_hypotheses(
    hypotheses: list[TrustHypothesis], box: Box, alpha: float
) -> list[_HypothesisFit]:
    """The hypotheses that are likely enough, each with its area within the box or beyond it."""
    box, first = spread(hypotheses[0].terms, box, alpha)
    evidence = [first, *(over(hypothesis.terms, box) for hypothesis in hypotheses[1:])]
    chance = _chances(hypotheses, evidence, alpha)
    fits = [
        _HypothesisFit(number, hypothesis.terms, share, narrowed(hypothesis.terms, box, one, alpha))
        for number, (hypothesis, one, share) in enumerate(
            zip(hypotheses, evidence, chance, strict=True)
        )
        if share > 0.0
    ]
    if len(fits) < 2:
        return fits
    box = _common_box(fits)  # in a smaller box the grid is finer and the probabilities more exact
    chance = _chances(hypotheses, [over(one.terms, box) for one in fits], alpha)
    return [replace(one, chance=c) for one, c in zip(fits, chance, strict=True) if c > 0.0]


def _chances(
    hypotheses: list[TrustHypothesis], evidence: list[Evidence], alpha: float
) -> list[float]:
    """Probabilities of the hypotheses, 0 for those that are too unlikely."""
    log_chance = [
        hypothesis.log_constant + np.logaddexp.reduce(one.tempered(alpha))
        for hypothesis, one in zip(hypotheses, evidence, strict=True)
    ]
    chance = np.maximum(softmax(log_chance) - LEAST_CHANCE, 0.0)
    return [float(share) for share in chance / chance.sum()]


def _drawn(fits: list[_HypothesisFit]) -> tuple[Floats, Floats]:
    """Equally likely places, from the areas of all hypotheses."""
    parts = [
        evenly_drawn(one.found.x, one.found.y, one.found.mass, round(CELLS * one.chance))
        for one in fits
    ]
    return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])


def _common_box(fits: list[_HypothesisFit]) -> Box:
    return reduce(Box.around, [one.found.box for one in fits])


def _posterior(fits: list[_HypothesisFit], frame: Frame, alpha: float) -> Posterior:
    x, y = _common_box(fits).axes(FINE)
    evidence = [one.found.terms.evidence(x, y, one.found.trust) for one in fits]
    parts = [
        one.chance * normalised(seen.tempered(alpha))
        for one, seen in zip(fits, evidence, strict=True)
    ]
    p = np.sum(parts, axis=0).reshape(y.size, x.size)
    terms = max(fits, key=lambda one: one.terms.devices).terms
    has_level = terms.level.x.size > 0
    # For a ring or two lobes the mean of the posterior, not a point on the rim.
    surveyed = terms.pointed.x.size >= 2 or terms.level.trusted.sum() >= SURVEY
    if terms.devices < 3 and not surveyed:
        mode = float(p.sum(axis=0) @ x), float(p.sum(axis=1) @ y)
    else:
        mode = hill_top(x, y, p)

    def mean(of_fit: Callable[[Fit], Floats]) -> float | None:
        each = (float(part @ of_fit(seen.fit)) for part, seen in zip(parts, evidence, strict=True))
        return sum(each) if has_level else None

    return Posterior(
        frame=frame,
        x=x,
        y=y,
        p=p,
        mode_xy=mode,
        devices=terms.devices,
        power_dbm_100m=mean(lambda fit: fit.power_dbm),
        exponent=mean(lambda fit: fit.exponent),
        sigma_db=mean(lambda fit: np.sqrt(fit.variance_db2)),
    )
