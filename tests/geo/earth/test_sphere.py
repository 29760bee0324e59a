"""Distances, bearings and displacements against a geodesic on the ellipsoid, and at the edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.earth.sphere import EARTH_RADIUS_M, bearing_deg, distance_m, offset, wrap_lon_deg

WGS84 = Geod(ellps="WGS84")
LAT = st.floats(-89.0, 89.0)
LON = st.floats(-180.0, 179.999)


@given(LAT, LON, LAT, LON)
def test_distance_is_that_of_the_ellipsoid_within_its_flattening(
    lat1: float, lon1: float, lat2: float, lon2: float
) -> None:
    _, _, exact = WGS84.inv(lon1, lat1, lon2, lat2)
    assert float(distance_m(lat1, lon1, lat2, lon2)) == pytest.approx(exact, rel=6e-3, abs=1e-3)


@pytest.mark.parametrize(
    ("start", "end", "metres"),
    [
        ((0.0, 179.9), (0.0, -179.9), np.radians(0.2) * EARTH_RADIUS_M),
        ((90.0, 0.0), (90.0, 120.0), 0.0),
        ((89.9, 0.0), (89.9, 180.0), np.radians(0.2) * EARTH_RADIUS_M),
        ((10.0, 20.0), (10.0, 20.0), 0.0),
        ((0.0, 0.0), (0.0, 180.0), np.pi * EARTH_RADIUS_M),
    ],
)
def test_distance_at_date_line_poles_and_antipodes(
    start: tuple[float, float], end: tuple[float, float], metres: float
) -> None:
    assert float(distance_m(*start, *end)) == pytest.approx(metres, abs=1e-3)


def test_nan_in_gives_nan_out_and_leaves_the_rest() -> None:
    found = distance_m([0.0, np.nan, 0.0], [0.0, 0.0, np.nan], 0.0, 1.0)
    assert np.isnan(found).tolist() == [False, True, True]
    assert np.isnan(bearing_deg(np.nan, 0.0, 0.0, 1.0))
    assert all(np.isnan(part) for part in offset(np.nan, 0.0, 1.0, 1.0))


@pytest.mark.parametrize(
    ("end", "bearing"),
    [((1.0, 0.0), 0.0), ((0.0, 1.0), 90.0), ((-1.0, 0.0), 180.0), ((0.0, -1.0), 270.0)],
)
def test_bearings_of_the_four_winds(end: tuple[float, float], bearing: float) -> None:
    assert float(bearing_deg(0.0, 0.0, *end)) == pytest.approx(bearing)


@given(LAT, LON, st.floats(-50_000, 50_000), st.floats(-50_000, 50_000))
def test_offset_goes_as_far_as_asked_and_in_that_direction(
    lat: float, lon: float, east_m: float, north_m: float
) -> None:
    reached = offset(lat, lon, east_m, north_m)
    length = np.hypot(east_m, north_m)
    assert -180.0 <= float(reached[1]) < 180.0
    assert abs(float(reached[0])) <= 90.0
    assert float(distance_m(lat, lon, *reached)) == pytest.approx(length, rel=1e-6, abs=1e-3)
    if length > 1.0:
        turn = np.radians(bearing_deg(lat, lon, *reached) - np.degrees(np.arctan2(east_m, north_m)))
        assert np.cos(turn) > 1.0 - 1e-5


def test_wrapping_keeps_what_is_already_inside() -> None:
    assert wrap_lon_deg([-180.0, 180.0, 190.0, -190.0, 12.3, 540.0]).tolist() == [
        -180.0, -180.0, -170.0, 170.0, 12.3, -180.0,
    ]  # fmt: skip
