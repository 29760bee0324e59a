"""Platt's fit: known parameters come back, weights are samples, and one class alone is refused."""

import numpy as np
import pytest

from benchmarks.measuring.detection.platt import Platt, calibrated, fit, log_odds_of
from replay.scoring.calibration import Sample, reliability


def drawn(slope: float, offset: float, count: int, seed: int = 1) -> list[Sample]:
    """Samples that state log-odds of which the truth is another function."""
    rng = np.random.default_rng(seed)
    odds = rng.uniform(-6.0, 6.0, count)
    true = rng.random(count) < 1.0 / (1.0 + np.exp(-(slope * odds + offset)))
    stated = 1.0 / (1.0 + np.exp(-odds))
    return [
        Sample(probability, bool(is_true), str(number), 0)
        for number, (probability, is_true) in enumerate(zip(stated.tolist(), true, strict=True))
    ]


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.5, -1.0), (2.0, 1.5)])
def test_known_parameters_come_back(slope: float, offset: float) -> None:
    found = fit(drawn(slope, offset, 20_000))
    assert found.slope == pytest.approx(slope, rel=0.06)
    assert found.offset == pytest.approx(offset, abs=0.1)


def test_what_was_fitted_is_better_on_samples_that_it_never_saw() -> None:
    by = fit(drawn(0.4, -1.0, 3000))
    unseen = drawn(0.4, -1.0, 3000, seed=2)
    before, after = reliability(unseen), reliability(calibrated(unseen, by))
    assert after.brier_score < before.brier_score
    assert after.expected_calibration_error < 0.04 < before.expected_calibration_error


def test_the_fit_is_where_the_gradient_is_zero() -> None:
    samples = drawn(0.8, 0.3, 300)
    by = fit(samples)
    odds = log_odds_of(np.array([sample.probability for sample in samples]))
    positive = sum(sample.true for sample in samples)
    targets = [
        (positive + 1) / (positive + 2) if sample.true else 1 / (len(samples) - positive + 2)
        for sample in samples
    ]
    left = by.probability(odds) - np.array(targets)
    assert abs(left.sum()) < 1e-4
    assert abs((left * odds).sum()) < 1e-4


def test_a_weight_of_two_is_a_sample_twice() -> None:
    samples = drawn(1.0, 0.5, 200)
    double = [Sample(s.probability, s.true, s.alert_id, s.ts, weight=2.0) for s in samples[:50]]
    weighted, repeated = fit(double + samples[50:]), fit(samples[:50] + samples)
    assert weighted.slope == pytest.approx(repeated.slope, abs=1e-5)
    assert weighted.offset == pytest.approx(repeated.offset, abs=1e-5)


def test_a_perfect_separation_gives_a_finite_slope_and_less_than_certainty() -> None:
    samples = [Sample(0.9, True, "a", 0), Sample(0.1, False, "b", 0)] * 5
    by = fit(samples)
    assert 0.0 < by.slope < 10.0
    # Ten samples, one imagined beside those of each class: six of seven.
    assert by.probability(log_odds_of(np.array([0.9])))[0] == pytest.approx(6 / 7, abs=1e-3)


@pytest.mark.parametrize("true", [True, False])
def test_one_class_alone_is_refused(true: bool) -> None:
    with pytest.raises(ValueError, match="only of one kind"):
        fit([Sample(0.8, true, "a", 0), Sample(0.6, true, "b", 0)])


def test_log_odds_come_back_from_rounded_probabilities() -> None:
    odds = np.array([-3.0, -0.5, 0.0, 2.0, 6.0])
    stated = np.round(Platt().probability(odds), 4)
    assert log_odds_of(stated) == pytest.approx(odds, abs=0.03)
    assert np.isfinite(log_odds_of(np.array([0.0, 1.0]))).all()
