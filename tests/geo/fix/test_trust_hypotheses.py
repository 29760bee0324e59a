"""Two hypotheses about the reports: their evidence, and which rows may be false."""

import numpy as np
import pytest
from scipy.stats import multivariate_t

from geo.fix.trust_hypotheses import FEWEST, _log_constant, trust_hypotheses
from geo.likelihood.censored_levels import NO_SQUARES
from geo.likelihood.evidence_terms import EvidenceTerms
from geo.posterior.posterior import normalised
from geo.radio.pathloss import PathlossPrior, precision
from geo.reports.device_weights import WeightedReports

PRIOR = PathlossPrior()


def weighted(
    x: np.ndarray, y: np.ndarray, level: np.ndarray, trusted: object = False
) -> WeightedReports:
    nothing = np.full(x.size, np.nan)
    return WeightedReports(
        x=x, y=y, sigma_m=np.full(x.size, 10.0), level_dbm=level, timing_advance=nothing,
        ta_step_m=nothing, place_sigma_m=nothing, weight=np.ones(x.size),
        device=np.arange(x.size), ts_s=np.zeros(x.size), bearing_deg=nothing,
        bearing_sigma_deg=nothing, trusted=np.array(np.broadcast_to(trusted, x.shape), bool),
    )  # fmt: skip


def crowd(false_phones: int = 0, seed: int = 1) -> WeightedReports:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-700.0, 700.0, (2, 30))
    level = -66.0 - 33.0 * np.log10(np.hypot(np.hypot(x, y), 8.0) / 100.0)
    level = np.minimum(level + rng.normal(0.0, 5.0, 30), -56.0)
    x[:false_phones], y[:false_phones] = 1000.0 + 15.0 * np.arange(false_phones), 900.0
    level[:false_phones] = -55.0
    return weighted(x, y, level)


def chance_of_lies(all_votes: WeightedReports) -> float:
    axis = np.linspace(-1500.0, 1500.0, 61)
    hypotheses = trust_hypotheses(all_votes, NO_SQUARES, PRIOR, 1.0)
    log_chance = []
    for hypothesis in hypotheses:
        evidence = hypothesis.terms.evidence(axis, axis, np.ones(hypothesis.terms.level.x.size))
        log_chance.append(hypothesis.log_constant + np.logaddexp.reduce(evidence.tempered(1.0)))
    return float(normalised(np.array(log_chance))[1])


def test_the_evidence_is_that_of_a_multivariate_t() -> None:
    rows = crowd().take(np.arange(12))
    terms = EvidenceTerms.of(rows, NO_SQUARES, PRIOR)
    x, y = np.array([40.0, 41.0]), np.array([-90.0, -89.0])
    evidence = terms.evidence(x, y, np.ones(12))
    fast = evidence.fit.log_marginal + _log_constant(terms, PRIOR)
    for place in range(4):
        u = evidence.u[:, place].astype(float)
        design = np.column_stack([np.ones(12), -u])
        scale = (PRIOR.sigma_shape - 1.0) * PRIOR.sigma_db**2 / PRIOR.sigma_shape
        spread = np.diag([PRIOR.power_sd_db**2, PRIOR.exponent_sd**2]) / PRIOR.sigma_db**2
        shape = np.linalg.inv(precision(rows.x, rows.y)) + design @ spread @ design.T
        mean = design @ [PRIOR.power_dbm_100m, PRIOR.exponent]
        slow = multivariate_t(mean, scale * shape, df=2.0 * PRIOR.sigma_shape)
        assert fast[place] == pytest.approx(slow.logpdf(rows.level_dbm), abs=1e-3)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_who_agrees_on_a_wrong_place_is_doubted_and_an_honest_crowd_is_not(seed: int) -> None:
    assert chance_of_lies(crowd(false_phones=3, seed=seed)) > 0.5
    assert chance_of_lies(crowd(seed=seed)) < 0.2


def test_the_doubted_are_the_strongest_and_who_stands_by_them() -> None:
    others = trust_hypotheses(crowd(false_phones=3), NO_SQUARES, PRIOR, 1.0)[1].terms
    assert others.devices == 27
    assert not np.isin([0, 1, 2], others.level.device).any()


def test_teams_are_never_doubted() -> None:
    plain = crowd(false_phones=3)
    trusted = weighted(plain.x, plain.y, plain.level_dbm, np.arange(30) < 3)
    doubting = trust_hypotheses(trusted, NO_SQUARES, PRIOR, 1.0)[-1].terms
    assert np.isin([0, 1, 2], doubting.level.device).all()


def test_a_handful_of_phones_or_one_street_corner_is_one_account() -> None:
    assert len(trust_hypotheses(crowd().take(np.arange(FEWEST - 1)), NO_SQUARES, PRIOR, 1.0)) == 1
    corner = weighted(np.arange(20.0), np.zeros(20), np.full(20, -60.0))
    assert len(trust_hypotheses(corner, NO_SQUARES, PRIOR, 1.0)) == 1
