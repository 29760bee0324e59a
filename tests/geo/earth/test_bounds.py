"""Bounds of places: never farther than the nearest of them, at the date line and poles too."""

from hypothesis import given
from hypothesis import strategies as st

from geo.earth.bounds import Bounds
from geo.earth.sphere import great_circle_m

NEAR = st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))


@given(
    st.floats(-89.0, 89.0),
    st.floats(-180.0, 180.0),
    st.lists(NEAR, min_size=1, max_size=6),
    st.floats(-89.9, 89.9),
    st.floats(-180.0, 180.0),
)
def test_no_place_within_is_nearer_than_the_bound(
    lat: float, lon: float, near: list[tuple[float, float]], at_lat: float, at_lon: float
) -> None:
    places = [(lat + up, (lon + over + 180.0) % 360.0 - 180.0) for up, over in near]
    bound = Bounds.of(places).least_m(at_lat, at_lon)
    assert bound <= min(great_circle_m(at_lat, at_lon, *place) for place in places) + 1e-6


def test_the_bound_is_near_the_distance_beside_a_small_box() -> None:
    bounds = Bounds.of([(10.0, 179.99), (10.01, -179.99)])
    assert bounds.least_m(10.005, -179.9) > 9_500.0
    assert bounds.least_m(10.005, 179.995) == 0.0
