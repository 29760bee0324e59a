"""What a place is near: against a slow twin on drawn towns, and where the globe is awkward."""

from itertools import combinations

import numpy as np
import pytest
import shapely
from shapely import LineString, Point

from geo.earth.sphere import METRES_A_DEGREE
from geo.landmarks import named_roads
from geo.landmarks.named_roads import NamedRoads
from geo.landmarks.nearby import Areas, Landmarks, Points
from geo.landmarks.squares import Squares

Line = tuple[list[tuple[float, float]], int]
NO_POINTS = Points.of(np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
NO_AREAS = Areas.of([], np.zeros(0, np.int64))


def roads(*lines: Line) -> NamedRoads:
    """From lines of (lat, lon), each with its name's number."""
    places = np.array([place for line, _ in lines for place in line]).reshape(-1, 2)
    ends = np.cumsum([len(line) for line, _ in lines])
    start = np.setdiff1d(np.arange(len(places)), ends - 1)
    name = np.repeat([name for _, name in lines], [len(line) - 1 for line, _ in lines])
    return NamedRoads.of(places[:, 0], places[:, 1], start, name.astype(np.int64))


def points(*places: tuple[float, float, int]) -> Points:
    lat, lon, name = zip(*places, strict=True)
    return Points.of(np.array(lat), np.array(lon), np.array(name))


def town(lines: NamedRoads, sites: Points = NO_POINTS, districts: Points = NO_POINTS,
         areas: Areas = NO_AREAS) -> Landmarks:  # fmt: skip
    return Landmarks(lines, sites, districts, areas)


def drawn(seed: int) -> list[Line]:
    """Streets of one to five segments within some two kilometres of 30.65, 104.06."""
    rng = np.random.default_rng(seed)
    lines: list[Line] = []
    for name in range(rng.integers(3, 40)):
        begin = rng.uniform(-0.01, 0.01, 2)
        steps = rng.normal(0.0, 0.004, (rng.integers(1, 6), 2))
        line = np.vstack([begin, begin + np.cumsum(steps, axis=0)]) + np.array([30.65, 104.06])
        lines.append(([tuple(place) for place in line.tolist()], name % 30))
    return lines


def metric(line: list[tuple[float, float]], lat: float, lon: float) -> LineString:
    across = METRES_A_DEGREE * np.cos(np.radians(lat))
    return LineString([(across * (x - lon), METRES_A_DEGREE * (y - lat)) for y, x in line])


@pytest.mark.parametrize("seed", range(25))
def test_the_nearest_road_and_crossing_are_those_of_a_search_of_all(seed: int) -> None:
    lines, rng = drawn(seed), np.random.default_rng(1000 + seed)
    lat, lon = (np.array([30.65, 104.06]) + rng.uniform(-0.012, 0.012, 2)).tolist()
    shapes = [(metric(line, lat, lon), name) for line, name in lines]
    here, reach_m = Point(0, 0), 1500.0
    near = roads(*lines).around(lat, lon, reach_m)
    nearest = min((shape.distance(here), name) for shape, name in shapes)
    found = near.nearest()
    assert found is None if nearest[0] > reach_m else found is not None
    if found is not None:
        assert found[0] == pytest.approx(nearest[0], abs=1.0)  # ties are to the metre
    crossings = [
        (here.distance(point), *sorted((one[1], other[1])))
        for one, other in combinations(shapes, 2)
        if one[1] != other[1]
        for point in shapely.get_parts(one[0].intersection(other[0])).tolist()
        if not point.is_empty
    ]
    crossing, slow = near.crossing(), min(crossings, default=None)
    # Lines that all but meet count too, so that it may be nearer, but both pass there.
    if slow is not None and slow[0] < reach_m - 3.0:
        assert crossing is not None
        assert crossing[0] <= slow[0] + 1.0
    if crossing is not None:
        one, other = (
            shapely.union_all([shape for shape, name in shapes if name == named]).buffer(2.1)
            for named in crossing[1:]
        )
        rim = here.buffer(crossing[0], quad_segs=64).exterior
        assert one.intersection(other).distance(rim) < 2.0


def test_a_long_straight_road_is_found_from_its_middle() -> None:
    long = roads(([(30.0, 104.0), (30.5, 104.5)], 7))
    found = long.around(30.2501, 104.25, 100.0).nearest()
    assert found is not None
    assert found[1] == 7
    assert found[0] < 12


@pytest.mark.parametrize(("lat", "lon"), [(0.0, 179.9999), (0.0, -179.9999), (-17.0, 180.0)])
def test_roads_go_on_over_the_antimeridian(lat: float, lon: float) -> None:
    around = town(
        roads(([(lat, 179.99), (lat, -179.99)], 1), ([(lat - 0.01, 180.0), (lat, 180.0)], 2))
    )
    near = around.nearby(lat, lon, 50.0)
    assert near is not None
    assert (near.kind, near.names) == ("junction", (1, 2))
    assert near.distance_m < 15


def test_near_the_poles_all_meridians_are_close() -> None:
    squares = Squares.of(np.full(4, 89.9999), np.array([-180.0, -90.0, 0.0, 90.0]))
    assert squares.near(89.9999, 45.0, 50.0).tolist() == [0, 1, 2, 3]


def test_a_crossing_is_named_before_the_road_unless_it_is_far() -> None:
    main, side = ([(30.0, 104.0), (30.0, 104.05)], 0), ([(29.99, 104.01), (30.01, 104.01)], 1)
    around = town(roads(main, side))
    near = around.nearby(30.0002, 104.0121, 300.0)
    assert near is not None
    assert (near.kind, near.names) == ("junction", (0, 1))
    assert near.distance_m == pytest.approx(203, abs=3)
    far = around.nearby(30.0002, 104.0300, 300.0)
    assert far is not None
    assert (far.kind, far.names) == ("road", (0,))


def test_roads_that_miss_each_other_by_a_hair_or_change_their_name_meet() -> None:
    hair = 1.0 / METRES_A_DEGREE
    stops_short = roads(
        ([(30.0, 104.0), (30.0, 104.01)], 3), ([(30.0 + hair, 104.005), (30.01, 104.005)], 1)
    )
    assert stops_short.around(30.0, 104.005, 100.0).crossing() == (0.0, 1, 3)
    goes_on = roads(([(30.0, 104.0), (30.0, 104.01)], 3), ([(30.0, 104.01), (30.0, 104.02)], 4))
    assert goes_on.around(30.0, 104.01, 100.0).crossing() == (0.0, 3, 4)
    beside = roads(([(30.0, 104.0), (30.0, 104.01)], 3), ([(30.0001, 104.0), (30.0001, 104.01)], 4))
    assert beside.around(30.0, 104.005, 100.0).crossing() is None


def test_two_lines_of_one_road_are_no_crossing() -> None:
    around = roads(([(30.0, 104.0), (30.0, 104.01)], 3), ([(29.9, 104.005), (30.1, 104.005)], 3))
    assert around.around(30.0, 104.005, 500.0).crossing() is None


def test_of_too_many_to_compare_the_nearest_crossing_is_still_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines: list[Line] = [
        *(([(30.0 + n / 500, 104.0), (30.0 + n / 500, 104.02)], n) for n in range(10)),
        *(([(30.0, 104.0 + n / 500), (30.02, 104.0 + n / 500)], 20 + n) for n in range(10)),
    ]
    whole = roads(*lines).around(30.0061, 104.0061, 2000.0).crossing()
    monkeypatch.setattr(named_roads, "_MOST_COMPARED", 25)
    assert roads(*lines).around(30.0061, 104.0061, 2000.0).crossing() == whole
    assert whole is not None
    assert whole[1:] == (3, 23)


def test_the_order_of_the_lines_does_not_matter() -> None:
    lines = drawn(3)
    names = set()
    for shift in range(5):
        turned = lines[shift:] + lines[:shift]
        backwards = [(line[::-1], name) for line, name in turned]
        for one in (turned, backwards):
            names.add(str(town(roads(*one)).nearby(30.651, 104.061, 300.0).names))
    assert len(names) == 1


def test_a_rough_fix_is_in_a_district_and_near_no_street() -> None:
    streets = roads(([(30.0, 104.0), (30.0, 104.05)], 0), ([(29.99, 104.01), (30.01, 104.01)], 1))
    small = shapely.box(103.95, 29.95, 104.07, 30.05)
    large = shapely.box(103.0, 29.0, 105.0, 31.0)
    areas = Areas.of([large, small], np.array([8, 9]))
    around = town(streets, areas=areas)
    near = around.nearby(30.0, 104.01, 6000.0)
    assert near is not None
    assert (near.kind, near.names) == ("area", (9,))
    assert 0.5 < near.share < 1.0
    wide = around.nearby(30.0, 104.01, 30_000.0)
    assert wide is not None
    assert (wide.names, wide.share) == ((8,), pytest.approx(1.0))
    assert around.nearby(30.0, 104.01, 400_000.0) is None


def test_without_areas_the_nearest_district_is_named_if_the_fix_reaches_it() -> None:
    around = town(roads(), districts=points((30.1, 104.0, 4), (31.0, 104.0, 5)))
    near = around.nearby(30.0, 104.0, 20_000.0)
    assert near is not None
    assert (near.kind, near.names) == ("district", (4,))
    assert around.nearby(30.5, 104.0, 6_000.0) is None


def test_the_nearer_of_site_and_crossing() -> None:
    main, side = ([(30.0, 104.0), (30.0, 104.05)], 0), ([(29.99, 104.01), (30.01, 104.01)], 1)
    around = town(roads(main, side), points((30.001, 104.012, 6)))
    assert around.nearby(30.001, 104.0119, 100.0).kind == "site"
    assert around.nearby(30.0, 104.0101, 100.0).kind == "junction"


def test_too_many_pieces_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_roads, "MOST_PIECES", 10)
    with pytest.raises(ValueError, match="more than 10 pieces of road"):
        roads(([(30.0, 104.0), (30.1, 104.0)], 0))


def test_nothing_near_is_nothing() -> None:
    empty = town(roads())
    assert empty.nearby(30.0, 104.0, 100.0) is None
