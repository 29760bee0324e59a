"""From a sum of weights to a probability."""

from math import log

import pytest

from detectors.incident.fusion import Fusion, log_odds, probability

FUSION = Fusion(calibration_slope=1.0, calibration_offset=0.0)


def test_a_raised_base_rate_raises_the_odds() -> None:
    usual = log_odds({"unknown_cell": 3.0}, FUSION)
    assert log_odds({"unknown_cell": 3.0}, FUSION, raised=2.0) == pytest.approx(usual + 2.0)


@pytest.mark.parametrize("nats", [-7.0, -0.5, 0.0, 2.2, 6.0])
def test_probability_is_the_inverse_of_log_odds(nats: float) -> None:
    chance = probability(nats)
    assert log(chance / (1 - chance)) == pytest.approx(nats)
