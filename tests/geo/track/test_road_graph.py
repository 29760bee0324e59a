"""The road graph: half-edges, what is left out of a map, and one projection for each frame."""

import numpy as np

from geo.earth.frame import frame_at
from geo.track.road_graph import RoadMap, Roads

PLACE = (39.95, 116.35)
#: A square with a diagonal and a dead end, metres.
X = np.array([0.0, 100.0, 100.0, 0.0, 250.0])
Y = np.array([0.0, 0.0, 80.0, 80.0, 80.0])
SEGMENTS = np.array([[0, 1], [1, 2], [2, 3], [3, 0], [0, 2], [2, 4]])


def test_half_edges_leave_their_node_and_lead_back() -> None:
    roads = Roads.of(X, Y, SEGMENTS[:, 0], SEGMENTS[:, 1])
    assert roads.length_m.size == 2 * len(SEGMENTS)
    tail = np.repeat(np.arange(X.size), np.diff(roads.first))
    np.testing.assert_array_equal(roads.end[roads.back], tail)
    np.testing.assert_array_equal(roads.back[roads.back], np.arange(tail.size))
    np.testing.assert_allclose(roads.x + roads.length_m * roads.east, X[roads.end])
    np.testing.assert_allclose(roads.y + roads.length_m * roads.north, Y[roads.end])


def test_half_edges_near_a_box_are_those_that_meet_it() -> None:
    roads = Roads.of(X, Y, SEGMENTS[:, 0], SEGMENTS[:, 1])
    near = roads.near(200.0, 300.0, 0.0, 300.0)
    assert {tuple(sorted((int(roads.end[e]), int(roads.end[roads.back[e]])))) for e in near} == {
        (2, 4)
    }
    assert roads.near(300.0, 400.0, 0.0, 300.0).size == 0


def test_segments_that_lead_nowhere_are_left_out() -> None:
    lat, lon = np.array([39.95, 39.96, np.nan, 91.0]), np.full(4, 116.35)
    drawn = RoadMap.of(lat, lon, [[0, 1], [1, 1], [0, 2], [0, 3], [0, 4], [-1, 0]])
    assert (drawn.start.tolist(), drawn.end.tolist()) == ([0], [1])


def test_a_map_is_projected_once_for_a_frame() -> None:
    lat, lon = frame_at(*PLACE).to_latlon(X, Y)
    drawn = RoadMap.of(lat, lon, SEGMENTS)
    assert drawn.within(frame_at(*PLACE)) is drawn.within(frame_at(*PLACE))
