"""Many places at once have the zones that each has by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.earth.zone_columns import zones_near_each
from geo.earth.zones import STEPS_A_DEG, zones_near


def singly(lat: list[int], lon: list[int], margin_m: float) -> list[tuple[str, ...]]:
    places = zip(lat, lon, strict=True)
    return [zones_near(y / STEPS_A_DEG, x / STEPS_A_DEG, margin_m) for y, x in places]


@given(
    st.lists(st.tuples(st.integers(-9100, 9100), st.integers(-18_100, 18_100)), max_size=30),
    st.sampled_from([0.0, 5_000.0, 20_000.0, 60_000.0]),
)
def test_anywhere_on_the_globe(places: list[tuple[int, int]], margin_m: float) -> None:
    lat, lon = [place[0] for place in places], [place[1] for place in places]
    assert zones_near_each(lat, lon, margin_m) == singly(lat, lon, margin_m)


@pytest.mark.parametrize("south", [-8_999, -4_000, 0, 3_000, 8_900])
def test_all_about_the_borders_of_a_country(south: int) -> None:
    drawn = np.random.default_rng(south + 10_000)
    lat = drawn.integers(south, min(south + 200, 9_000), 2_000).tolist()
    lon = drawn.integers(17_900, 18_100, 2_000).tolist()
    found = zones_near_each(lat, lon, 20_000.0)
    assert found == singly(lat, lon, 20_000.0)
    assert len({len(each) for each in found}) > 1
