"""Zones: one rounding for all, NaN has none, none within the margin is missed."""

import h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.earth.sphere import distance_m, offset
from geo.earth.zones import zone_of, zones_near, zones_of

LAT = st.floats(-90.0, 90.0)
LON = st.floats(-180.0, 180.0)


@given(st.lists(st.tuples(LAT, LON), max_size=20))
def test_columns_and_single_places_agree(places: list[tuple[float, float]]) -> None:
    columns = np.array(places).reshape(-1, 2)
    assert zones_of(columns[:, 0], columns[:, 1]).tolist() == [zone_of(*p) for p in places]


@given(LAT, LON)
def test_a_zone_holds_its_place_but_for_rounding(lat: float, lon: float) -> None:
    zone = zone_of(lat, lon)
    assert h3.get_resolution(zone) == 3
    assert zone == h3.latlng_to_cell(round(lat, 2), round(lon, 2), 3)


@pytest.mark.parametrize("place", [(np.nan, 0.0), (0.0, np.nan), (91.0, 0.0), (0.0, np.inf)])
def test_no_place_no_zone(place: tuple[float, float]) -> None:
    assert zone_of(*place) == ""
    assert zones_near(*place, 5000.0) == ()


def test_missing_places_leave_the_others_alone() -> None:
    assert zones_of([39.9, np.nan], [116.4, 1.0]).tolist() == [zone_of(39.9, 116.4), ""]
    assert zones_of([], []).size == 0


@given(LAT, LON, st.floats(0.0, 360.0), st.floats(0.0, 1.0))
def test_no_zone_within_the_margin_is_missing(
    lat: float, lon: float, bearing: float, share: float
) -> None:
    away = 5000.0 * share
    turn = np.radians(bearing)
    near_lat, near_lon = offset(lat, lon, away * np.sin(turn), away * np.cos(turn))
    assert zone_of(float(near_lat), float(near_lon)) in zones_near(lat, lon, 5000.0)


@given(LAT, LON)
def test_own_zone_first_then_the_others_sorted_and_adjoining(lat: float, lon: float) -> None:
    own, *others = zones_near(lat, lon, 5000.0)
    assert own == zone_of(lat, lon)
    assert others == sorted(set(others) - {own})
    assert len(others) <= 2
    assert set(others) <= set(h3.grid_disk(own, 1))


def test_the_middle_of_a_zone_is_near_no_other_and_its_corner_near_two() -> None:
    zone = zone_of(39.91, 116.40)
    assert zones_near(*h3.cell_to_latlng(zone), 5000.0) == (zone,)  # type: ignore[call-arg]
    corner = h3.cell_to_boundary(zone)[0]
    assert len(zones_near(*corner, 5000.0)) == 3  # type: ignore[call-arg]


def test_a_wide_margin_reaches_past_the_neighbours() -> None:
    near = zones_near(39.91, 116.40, 300_000.0)
    centres = np.array([h3.cell_to_latlng(zone) for zone in near])
    assert len(near) > 19
    assert distance_m(39.91, 116.40, centres[:, 0], centres[:, 1]).max() < 400_000.0
