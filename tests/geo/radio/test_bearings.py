"""Bearings: a beam and its reflections, against slow twins and the ellipsoid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from scipy.stats import vonmises

from geo.earth.frame import frame_at
from geo.radio.bearings import REFLECTIONS, convergence_deg, log_each, merged

GEOD = Geod(ellps="WGS84")


def circle(metres: float, points: int = 3600) -> tuple[np.ndarray, np.ndarray]:
    course = 2.0 * np.pi * np.arange(points) / points
    return metres * np.sin(course)[None], metres * np.cos(course)[None]


@pytest.mark.parametrize("sigma_deg", [1.0, 5.0, 30.0, 90.0])
def test_it_is_von_mises_with_a_uniform_share(sigma_deg: float) -> None:
    rng = np.random.default_rng(1)
    east, north = rng.uniform(-900.0, 900.0, (2, 3, 40))
    bearing, place_sigma = np.array([10.0, 200.0, 359.0]), np.array([0.0, 5.0, 40.0])
    fast = log_each(east, north, bearing, np.full(3, sigma_deg), place_sigma)
    for row, column in np.ndindex(east.shape):
        off = np.arctan2(east[row, column], north[row, column]) - np.radians(bearing[row])
        subtended = place_sigma[row] / np.hypot(east[row, column], north[row, column])
        spread = np.hypot(np.radians(sigma_deg), subtended)
        density = vonmises.pdf(np.angle(np.exp(1j * off)), spread**-2) * 2.0 * np.pi
        slow = np.log((1.0 - REFLECTIONS) * density + REFLECTIONS)
        assert fast[row, column] == pytest.approx(slow, rel=1e-6, abs=1e-9)


@given(st.floats(1.0, 90.0), st.floats(0.0, 360.0), st.floats(5.0, 5000.0))
def test_all_directions_together_are_certain(sigma: float, bearing: float, metres: float) -> None:
    each = log_each(
        *circle(metres), np.array([bearing]), np.array([sigma]), np.array([0.1 * metres])
    )
    assert np.exp(each).mean() == pytest.approx(1.0, rel=1e-6)


def test_near_the_team_a_bearing_is_weak_evidence() -> None:
    near, far = (
        np.ptp(log_each(*circle(metres), np.zeros(1), np.full(1, 5.0), np.full(1, 5.0)))
        for metres in (5.0, 500.0)
    )
    assert near < 0.5 * far
    nowhere = log_each(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1), np.ones(1), np.zeros(1))
    assert np.isfinite(nowhere).all()


def test_a_reflection_among_readings_of_a_spot_is_outvoted() -> None:
    bearing, sigma = merged(np.array([358.0, 170.0, 2.0, 0.0, 359.0]), np.full(5, 5.0))
    assert bearing == 0.0
    assert 5.0 <= sigma < 7.0


def test_many_readings_of_a_spot_are_no_surer_than_one_and_contradiction_is_less_sure() -> None:
    assert merged(np.full(50, 30.0), np.full(50, 5.0)) == (30.0, 5.0)
    _, sigma = merged(np.array([0.0, 180.0]), np.full(2, 5.0))
    assert sigma > 80.0


@pytest.mark.parametrize("centre", [(39.9, 116.4), (70.0, 20.0), (-70.0, -179.98), (0.0, 0.0)])
def test_true_north_is_where_the_ellipsoid_has_it(centre: tuple[float, float]) -> None:
    rng = np.random.default_rng(2)
    frame = frame_at(*centre)
    x, y = rng.uniform(-20_000.0, 20_000.0, (2, 50))
    course = rng.uniform(0.0, 360.0, 50)
    lat, lon = frame.to_latlon(x, y)
    to_lon, to_lat, _ = GEOD.fwd(lon, lat, course, np.full(50, 800.0))
    to_x, to_y = frame.to_xy(to_lat, to_lon)
    grid = np.degrees(np.arctan2(to_x - x, to_y - y))
    off = (course + convergence_deg(frame, lat, lon) - grid + 180.0) % 360.0 - 180.0
    assert np.abs(off).max() < 0.01


def test_half_a_degree_at_most_in_the_far_north() -> None:
    frame = frame_at(70.0, 20.0)
    lat, lon = frame.to_latlon(20_000.0, 0.0)
    assert float(convergence_deg(frame, lat, lon)) == pytest.approx(-0.49, abs=0.02)
    assert float(convergence_deg(frame, 70.0, 20.0)) == pytest.approx(0.0, abs=1e-3)
    assert np.isfinite(convergence_deg(frame_at(90.0, 0.0), [90.0, 89.9], [0.0, 120.0])).all()
