"""GCJ-02 and BD-09: against another's code, there and back, and only where maps are shifted."""

import numpy as np
import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.earth.gcj02 import from_bd09, from_gcj02, is_shifted_here, to_bd09, to_gcj02
from geo.earth.sphere import distance_m

CENTIMETRE = 0.01
SHIFTED = {
    "Beijing": (39.9042, 116.4074),
    "Shanghai": (31.2304, 121.4737),
    "Shenzhen": (22.5431, 114.0579),
    "Kashgar": (39.4704, 75.9898),
    "Harbin": (45.8038, 126.5350),
    "Haikou": (20.0440, 110.3200),
    "Zhuhai": (22.2710, 113.5500),
    "Lhasa": (29.6500, 91.1000),
    "Zhoushan": (29.9900, 122.2000),
}
UNSHIFTED = {
    "Hong Kong": (22.2793, 114.1628),
    "Yuen Long": (22.4450, 114.0300),
    "Macau": (22.1930, 113.5450),
    "Taipei": (25.0330, 121.5654),
    "Kinmen": (24.4400, 118.3500),
    "Seoul": (37.5665, 126.9780),
    "Hanoi": (21.0278, 105.8342),
    "Ulaanbaatar": (47.9200, 106.9200),
    "Thimphu": (27.4700, 89.6400),
    "Vladivostok": (43.1200, 131.9000),
    "Almaty": (43.2500, 76.9000),
    "Yangon": (16.8000, 96.2000),
    "London": (51.5000, -0.1200),
    "Sydney": (-33.8700, 151.2000),
}


def mainland(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Random places of the mainland."""
    rng = np.random.default_rng(5)
    lat, lon = rng.uniform(18.0, 53.5, 4 * count), rng.uniform(73.5, 135.0, 4 * count)
    inside = is_shifted_here(lat, lon)
    assert inside.sum() >= count
    return lat[inside][:count], lon[inside][:count]


@pytest.mark.parametrize("name", sorted(SHIFTED))
def test_maps_of_the_mainland_are_shifted_by_some_hundred_metres(name: str) -> None:
    lat, lon = SHIFTED[name]
    assert is_shifted_here(lat, lon)
    assert 20.0 < distance_m(lat, lon, *to_gcj02(lat, lon)) < 700.0
    assert 300.0 < distance_m(lat, lon, *to_bd09(lat, lon)) < 2000.0


@pytest.mark.parametrize("name", sorted(UNSHIFTED))
def test_maps_of_all_other_places_are_left_as_they_are(name: str) -> None:
    place = UNSHIFTED[name]
    assert not is_shifted_here(*place)
    for change in (to_gcj02, from_gcj02, to_bd09, from_bd09):
        assert change(*place) == place


def test_macau_is_shifted_only_on_request_and_hong_kong_never() -> None:
    macau, hong_kong = UNSHIFTED["Macau"], UNSHIFTED["Hong Kong"]
    assert distance_m(*macau, *to_gcj02(*macau, macau=True)) > 100.0
    assert from_gcj02(*to_gcj02(*macau, macau=True), macau=True) == pytest.approx(macau, abs=1e-8)
    assert to_gcj02(*hong_kong, macau=True) == hong_kong


def test_random_places_of_the_mainland_agree_with_prcoords() -> None:
    lat, lon = mainland(2000)
    theirs = {
        "gcj": np.array([prcoords.wgs_gcj(place) for place in zip(lat, lon, strict=True)]),
        "bd": np.array([prcoords.wgs_bd(place) for place in zip(lat, lon, strict=True)]),
    }
    for ours, name in ((to_gcj02(lat, lon), "gcj"), (to_bd09(lat, lon), "bd")):
        assert distance_m(*ours, *theirs[name].T).max() < CENTIMETRE
    back = np.array([prcoords.gcj_wgs_bored(place) for place in theirs["gcj"]])
    assert distance_m(*from_gcj02(*theirs["gcj"].T), *back.T).max() < CENTIMETRE


@given(lat=st.floats(18.0, 53.5), lon=st.floats(73.5, 135.0))
def test_there_and_back_is_the_same_place(lat: float, lon: float) -> None:
    if not is_shifted_here(lat, lon):
        assert to_gcj02(lat, lon) == to_bd09(lat, lon) == (lat, lon)
        return
    for there, back in ((to_gcj02, from_gcj02), (to_bd09, from_bd09)):
        again = back(*there(lat, lon))
        # At the very border rounding may put the place that results on the other side.
        if is_shifted_here(*again):
            assert distance_m(lat, lon, *again) < CENTIMETRE / 10.0


def test_arrays_give_what_floats_give() -> None:
    places = [*SHIFTED.values(), *UNSHIFTED.values(), (float("nan"), 100.0)]
    lat, lon = np.array(places).T
    for change in (to_gcj02, from_gcj02, to_bd09, from_bd09):
        together = np.column_stack(change(lat, lon))
        alone = np.array([change(*place) for place in places])
        assert together == pytest.approx(alone, abs=1e-8, nan_ok=True)
    assert is_shifted_here(lat, lon).tolist() == [is_shifted_here(*place) for place in places]


def test_nothing_is_nowhere() -> None:
    none = np.empty(0)
    assert [each.size for each in from_bd09(none, none)] == [0, 0]
    assert not is_shifted_here(float("nan"), float("nan"))
