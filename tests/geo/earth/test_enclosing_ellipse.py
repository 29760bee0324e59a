"""The ellipse about an area: it holds all corners, and is not much larger than it must be."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyproj import Geod

from geo.earth.enclosing_ellipse import LEAST_AXIS_M, Ellipse, enclosing_ellipse
from geo.earth.sphere import offset

PLACES = st.lists(
    st.tuples(st.floats(-3000.0, 3000.0), st.floats(-3000.0, 3000.0)), min_size=1, max_size=12
)


def shares(ellipse: Ellipse, lat: Any, lon: Any) -> np.ndarray:
    """How far out of the ellipse places are; 1 is its border."""
    lat, lon = np.atleast_1d(lat), np.atleast_1d(lon)
    here = np.full(lat.shape, ellipse.lon), np.full(lat.shape, ellipse.lat)
    course, _, away_m = Geod(ellps="WGS84").inv(*here, lon, lat)
    turn = np.radians(course - ellipse.angle_deg)
    ahead = away_m * np.cos(turn) / ellipse.major_m
    aside = away_m * np.sin(turn) / ellipse.minor_m
    return np.hypot(ahead, aside)


@example(places=[(0.0, -952.0), (1209.0, 1539.0), (-616.0, -2228.0)], lat=44.0, lon=-1.65625)
@given(places=PLACES, lat=st.floats(-70.0, 70.0), lon=st.floats(-180.0, 180.0))
def test_it_holds_every_corner_anywhere_on_earth(
    places: list[tuple[float, float]], lat: float, lon: float
) -> None:
    east_m, north_m = np.array(places).T
    corners = offset(lat, lon, east_m, north_m)
    made = enclosing_ellipse(np.atleast_1d(corners[0]), np.atleast_1d(corners[1]))
    assert made.major_m >= made.minor_m >= LEAST_AXIS_M
    assert 0.0 <= made.angle_deg < 180.0
    assert shares(made, *corners).max() <= 1.0 + 1e-6


def test_an_ellipse_comes_back_with_its_axes_and_course() -> None:
    turn = np.linspace(0.0, 2.0 * np.pi, 60, endpoint=False)
    along, across, course = 800.0 * np.cos(turn), 200.0 * np.sin(turn), np.radians(30.0)
    east_m = along * np.sin(course) + across * np.cos(course)
    north_m = along * np.cos(course) - across * np.sin(course)
    made = enclosing_ellipse(*offset(30.0, 104.0, east_m, north_m))
    assert made.major_m == pytest.approx(800.0, rel=0.03)
    assert made.minor_m == pytest.approx(200.0, rel=0.03)
    assert made.angle_deg == pytest.approx(30.0, abs=1.0)


def test_a_point_and_a_line_have_the_least_axes() -> None:
    point = enclosing_ellipse(np.array([30.0]), np.array([104.0]))
    assert (point.major_m, point.minor_m) == (LEAST_AXIS_M, LEAST_AXIS_M)
    line = enclosing_ellipse(np.array([30.0, 30.0]), np.array([104.0, 104.01]))
    assert line.minor_m == pytest.approx(LEAST_AXIS_M, rel=0.01)
    assert line.angle_deg == pytest.approx(90.0, abs=0.1)


def test_an_area_as_narrow_as_a_street_gets_no_wider_ellipse() -> None:
    """Far from the middle of its map tile, where grid north and true north differ."""
    corners = offset(44.049, -1.651, [0.0, 1209.0, -616.0], [-952.0, 1539.0, -2228.0])
    made = enclosing_ellipse(*corners)
    assert made.minor_m < 1.5 * LEAST_AXIS_M


def test_the_date_line_cuts_nothing() -> None:
    made = enclosing_ellipse(np.array([0.0, 0.01]), np.array([179.99, -179.99]))
    assert made.major_m < 2000.0
    assert abs(made.lon) == pytest.approx(180.0, abs=0.001)
