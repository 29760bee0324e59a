"""Phones are shared out among the cells in front of which they are."""

import numpy as np
import pytest

from geo.fix.serving_share import Antennas, expected_phones

STEP_DEG = 0.01


def grid(side: int) -> Antennas:
    lat, lon = (axis.ravel() * STEP_DEG for axis in np.meshgrid(np.arange(side), np.arange(side)))
    return Antennas(lat, lon, np.full(len(lat), np.nan), np.full(len(lat), 500.0))


def test_all_phones_are_shared_out() -> None:
    rng = np.random.default_rng(2)
    lat, lon = rng.uniform(0.0, 9 * STEP_DEG, (2, 500))
    expected = expected_phones(grid(10), lat, lon, np.full(500, 2.0))
    assert expected.sum() == pytest.approx(1000.0)
    assert (expected > 0.0).all()


def test_most_go_to_the_nearest_cell() -> None:
    expected = expected_phones(grid(5), np.array([0.02]), np.array([0.03]), np.ones(1))
    assert np.argmax(expected) == int(
        np.flatnonzero((grid(5).lat == 0.02) & (grid(5).lon == 0.03))[0]
    )
    assert expected.max() > 0.6


def test_a_sector_that_looks_away_expects_few() -> None:
    mast = Antennas(np.zeros(3), np.zeros(3), np.array([0.0, 120.0, 240.0]), np.full(3, 500.0))
    north, *others = expected_phones(mast, np.array([0.005]), np.zeros(1), np.array([9.0]))
    assert north > 6.0
    assert max(others) < 1.5


def test_across_the_date_line() -> None:
    cells = Antennas(
        np.zeros(2), np.array([179.999, -179.9]), np.full(2, np.nan), np.full(2, 500.0)
    )
    near, far = expected_phones(cells, np.zeros(1), np.array([-179.999]), np.ones(1))
    assert near > 10 * far
