"""The index misses no box that is near, wherever on Earth, and forgets what is dropped."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.incident.place_index import PlaceIndex
from geo.earth.bounds import Bounds
from geo.earth.sphere import great_circle_m

LATS = st.floats(-89.99, 89.99)
LONS = st.floats(-180.0, 179.99)
PLACES = st.tuples(LATS, LONS)
#: Some beside a place, some far from it.
OFFSETS = st.tuples(st.floats(-0.05, 0.05), st.floats(-0.1, 0.1))


def box_of(*places: tuple[float, float]) -> Bounds:
    return Bounds.of(places)


@given(PLACES, st.lists(OFFSETS, min_size=1, max_size=5), st.floats(1.0, 5000.0))
def test_whatever_has_a_report_within_the_distance_is_found(
    at: tuple[float, float], offsets: list[tuple[float, float]], within_m: float
) -> None:
    index = PlaceIndex()
    places = [(max(-90.0, min(90.0, at[0] + lat)), at[1] + lon) for lat, lon in offsets]
    places = [(lat, (lon + 180.0) % 360.0 - 180.0) for lat, lon in places]
    for place in places:
        index.put(7, box_of(place))
    if min(great_circle_m(*at, *place) for place in places) <= within_m:
        assert 7 in index.near(Bounds.at(*at), within_m)


@given(st.lists(PLACES, min_size=1, max_size=4), PLACES)
def test_what_was_dropped_is_gone(
    places: list[tuple[float, float]], at: tuple[float, float]
) -> None:
    index = PlaceIndex()
    for place in places:
        index.put(1, box_of(place))
    index.put(2, box_of(at))
    index.drop(1)
    index.drop(3)
    assert index.near(Bounds.at(*at), 100.0) == {2}
    index.drop(2)
    assert index.near(Bounds.at(*at), 100.0) == set()


def test_what_is_far_is_not_looked_at() -> None:
    index = PlaceIndex()
    for number in range(200):
        index.put(number, box_of((39.0 + 0.01 * number, 116.0)))
    assert len(index.near(Bounds.at(40.0, 116.0), 1_650.0)) < 12


@given(st.lists(PLACES, min_size=1, max_size=3), OFFSETS, st.lists(OFFSETS, min_size=1, max_size=3))
def test_boxes_are_no_farther_apart_than_their_places(
    ones: list[tuple[float, float]], off: tuple[float, float], others: list[tuple[float, float]]
) -> None:
    lat, lon = ones[0]
    near = [
        (max(-90.0, min(90.0, lat + off[0] + y)), (lon + off[1] + x + 180.0) % 360.0 - 180.0)
        for y, x in others
    ]
    one, other = box_of(*ones), box_of(*near)
    least_m = min(great_circle_m(*a, *b) for a in ones for b in near)
    assert max(one.apart_m(other), other.apart_m(one)) <= least_m + 1e-3
