"""Silent phones and receivers at their top, against sums written out with scipy."""

import numpy as np
import pytest
from scipy.stats import norm

from geo.earth.frame import frame_at
from geo.likelihood.censored_levels import (
    SATURATED_DBM,
    SilentSquares,
    log_saturation,
    log_silence,
    silent_squares,
)
from geo.radio.pathloss import PathlossPrior, log_distance, marginal
from geo.reports.reports import Silent

PRIOR = PathlossPrior()
FRAME = frame_at(39.9, 116.4)
NONE = np.empty(0)


def silent(x: object, y: object, weight: object) -> Silent:
    lat, lon = FRAME.to_latlon(x, y)
    return Silent(np.asarray(lat), np.asarray(lon), np.asarray(weight, float))


def prior_fit(places: int):  # type: ignore[no-untyped-def]
    return marginal(np.empty((0, places)), NONE, np.empty((0, 0)), NONE, PRIOR)


def test_a_square_counts_one_phone_at_most() -> None:
    crowd = silent_squares(silent([10.0] * 50, [20.0] * 50, [1.0] * 50), FRAME, (0.0, 0.0))
    assert crowd.weight.tolist() == [1.0]
    unsure = silent_squares(silent([10.0, 30.0], [20.0, 20.0], [0.2, 0.1]), FRAME, (0.0, 0.0))
    assert unsure.weight == pytest.approx([0.3])
    assert unsure.x == pytest.approx([(0.2 * 10 + 0.1 * 30) / 0.3], abs=1e-6)


def test_bad_silent_rows_are_left_out() -> None:
    rows = Silent(
        np.array([39.9, np.nan, 39.9, 39.9, 10.0]),
        np.array([116.4, 116.4, 116.4, 116.4, 10.0]),
        np.array([1.0, 1.0, 0.0, np.nan, 1.0]),
    )
    assert silent_squares(rows, FRAME, (0.0, 0.0)).x.size == 1
    assert silent_squares(None, FRAME, (0.0, 0.0)).x.size == 0


def test_silence_equals_the_sum_written_out() -> None:
    squares = SilentSquares(
        np.array([0.0, 500.0]),
        np.array([0.0, 100.0]),
        np.array([1.0, 0.4]),
        np.array([np.nan, -80.0]),
        0.9,
    )
    x, y = np.array([50.0, 900.0]), np.array([0.0, -300.0])
    found = log_silence(squares, x, y, prior_fit(4), PRIOR)[[0, 3]]
    for place in range(2):
        total = 0.0
        rows = zip(squares.x, squares.y, squares.weight, (-88.0, -80.0), strict=True)
        for qx, qy, weight, threshold in rows:
            u = 10 * np.log10(np.sqrt((qx - x[place]) ** 2 + (qy - y[place]) ** 2 + 64.0) / 100.0)
            spread = np.sqrt(7.5**2 + 10.0**2 + (0.5 * u) ** 2 + 7.0**2)
            below = norm.cdf((threshold - (-60.0 - 3.3 * u)) / spread)
            total += 0.5 * weight * np.log(1.0 - 0.9 + 0.9 * below)
        assert found[place] == pytest.approx(total, abs=5e-3)
    assert found[1] > found[0]


def test_many_saturated_phones_say_little_more_than_one_while_power_is_unknown() -> None:
    u = log_distance(np.array([[30.0**2, 800.0**2]]), np.zeros(1))
    one = log_saturation(u, np.ones(1), prior_fit(2))
    many = log_saturation(np.repeat(u, 50, axis=0), np.ones(50), prior_fit(2))
    assert one[0] > one[1]
    assert np.ptp(many) < 2.0 * np.ptp(one)
    assert SATURATED_DBM == -51.0
