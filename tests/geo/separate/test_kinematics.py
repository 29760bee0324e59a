"""Strong reports from two ends of a town at one moment."""

import numpy as np

from geo.radio.pathloss import PRIORS, PathlossPrior
from geo.separate.kinematics import too_far_apart
from geo.separate.level_rows import LevelRows, slack_m2

PRIOR = PathlossPrior()


def strong(x: np.ndarray, ts_s: np.ndarray, level_dbm: float = -58.0) -> LevelRows:
    """Strong reports of phones that all differ, about (x, 0)."""
    rng = np.random.default_rng(5)
    count = x.size
    return LevelRows(
        x + rng.normal(0.0, 60.0, count),
        rng.normal(0.0, 60.0, count),
        slack_m2(np.full(count, 10.0)),
        np.full(count, level_dbm),
        np.ones(count),
        np.arange(count),
        ts_s,
    )


def ends(count: int, apart_m: float) -> np.ndarray:
    return np.where(np.arange(count) % 2 == 0, 0.5, -0.5) * apart_m


def test_two_ends_of_a_town_at_once() -> None:
    sides = too_far_apart(strong(ends(16, 3_000.0), 4.0 * np.arange(16)), PRIOR)
    assert sides is not None
    np.testing.assert_allclose(sides.x, [-1_500.0, 1_500.0], atol=80.0)
    assert [rows.size for rows in sides.rows] == [8, 8]


def test_time_enough_to_drive_over_or_near_enough_to_be_received() -> None:
    assert too_far_apart(strong(ends(16, 3_000.0), 90.0 * np.arange(16)), PRIOR) is None
    assert too_far_apart(strong(ends(16, 700.0), 4.0 * np.arange(16)), PRIOR) is None
    assert too_far_apart(strong(ends(16, 3_000.0), 4.0 * np.arange(16), -80.0), PRIOR) is None


def test_what_is_strong_depends_on_the_technology() -> None:
    rows = strong(ends(16, 3_000.0), 4.0 * np.arange(16), -80.0)
    assert too_far_apart(rows, PRIORS["lte"]) is not None


def test_a_few_false_positions_or_one_false_spot_are_not_a_transmitter() -> None:
    x = np.zeros(30)
    x[[3, 17]] = 4_000.0
    assert too_far_apart(strong(x, 4.0 * np.arange(30)), PRIOR) is None
    x[3::4] = 4_000.0
    rows = strong(x, 4.0 * np.arange(30))
    assert too_far_apart(rows, PRIOR) is not None
    far = rows.x > 2_000.0
    rows.x[far], rows.y[far] = (
        4_010.0,
        10.0,
    )  # one false place for all phones
    assert too_far_apart(rows, PRIOR) is None


def test_one_device_on_a_side_shows_nothing() -> None:
    rows = strong(ends(16, 3_000.0), 4.0 * np.arange(16))
    rows.device[::2] = 0
    assert too_far_apart(rows, PRIOR) is None
