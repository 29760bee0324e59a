"""Particles on roads: they keep to them, also on broken maps, and go as far as off them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import PCG64, Generator

from geo.earth.frame import frame_at
from geo.earth.sphere import Floats
from geo.reports.device_weights import weighted_reports
from geo.reports.reports import Reports
from geo.track.particles.motion_model import move
from geo.track.particles.particle_set import Cloud
from geo.track.particles.prior import initial_cloud
from geo.track.particles.resampling import resampled
from geo.track.particles.road_motion import OFF_SHARE
from geo.track.road_graph import RoadMap, Roads

PLACE = (39.95, 116.35)


def blocks(side: int = 9, step_m: float = 150.0) -> tuple[Floats, Floats, np.ndarray]:
    """Nodes (metres) of a square of streets about the origin, and its segments."""
    node = np.arange(side**2).reshape(side, side)
    row, column = np.divmod(node.ravel(), side)
    east = np.column_stack([node[:, :-1].ravel(), node[:, 1:].ravel()])
    north = np.column_stack([node[:-1].ravel(), node[1:].ravel()])
    middle = (side - 1) / 2
    return (column - middle) * step_m, (row - middle) * step_m, np.concatenate([east, north])


def cloud_on(roads: Roads, count: int = 2000) -> Cloud:
    lat, lon = frame_at(*PLACE).to_latlon([0.0, 50.0, -80.0, 20.0], [0.0, 30.0, 0.0, -60.0])
    found = weighted_reports(Reports.of(lat, lon, accuracy_m=10.0, level_dbm=-70.0))
    assert found is not None
    return initial_cloud(found[1], 0, count, roads, Generator(PCG64(1)))


def off_road_m(cloud: Cloud, step_m: float = 150.0) -> Floats:
    """Distance to the nearest street of `blocks`, whose lines lie at multiples of the step."""
    apart = np.abs(cloud.place / step_m - np.rint(cloud.place / step_m)) * step_m
    return np.asarray(apart.min(axis=0))


@given(st.lists(st.tuples(st.integers(-2, 9), st.integers(-2, 9)), max_size=30), st.integers(0, 99))
def test_any_map_keeps_particles_on_it_or_free(pairs: list[tuple[int, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    lat, lon = frame_at(*PLACE).to_latlon(*rng.uniform(-300.0, 300.0, (2, 8)))
    lat[0] = np.nan
    drawn = RoadMap.of(lat, lon, np.array(pairs, int).reshape(-1, 2))
    cloud = cloud_on(drawn.within(frame_at(*PLACE)), 200)
    move(cloud, 30.0, Generator(PCG64(seed)))
    assert np.isfinite(cloud.place).all()
    on = cloud.edge >= 0
    assert cloud.roads is not None
    length = cloud.roads.length_m[cloud.edge[on]]
    assert (cloud.along_m[on] >= 0.0).all()
    assert (cloud.along_m[on] <= length + 1e-6).all()


def test_particles_keep_to_streets_through_crossings_and_draws() -> None:
    x, y, segments = blocks()
    cloud = cloud_on(Roads.of(x, y, segments[:, 0], segments[:, 1]))
    rng = Generator(PCG64(2))
    for _ in range(5):
        move(cloud, 20.0, rng)
        cloud = resampled(cloud, cloud.size, rng)
    on = cloud.edge >= 0
    assert 0.4 < on.mean() < 1.0 - 0.5 * OFF_SHARE
    assert off_road_m(cloud)[on].max() < 1e-6
    assert off_road_m(cloud)[~on].max() > 20.0


def test_as_far_is_gone_on_roads_as_off_them() -> None:
    x, y, segments = blocks(side=41)
    roads = Roads.of(x, y, segments[:, 0], segments[:, 1])
    spread = []
    for graph in (roads, None):
        cloud = cloud_on(roads)
        if graph is None:
            cloud.edge[:], cloud.roads = -1, None
        before = cloud.place.copy()
        move(cloud, 60.0, Generator(PCG64(3)))
        spread.append(float(np.hypot(*(cloud.place - before)).mean()))
    assert spread[0] == pytest.approx(spread[1], rel=0.4)


def test_dead_ends_turn_back() -> None:
    roads = Roads.of(np.array([0.0, 100.0]), np.zeros(2), np.array([0]), np.array([1]))
    cloud = cloud_on(roads, 400)
    move(cloud, 120.0, Generator(PCG64(4)))
    on = cloud.edge >= 0
    assert (np.abs(cloud.y[on]) < 1e-9).all()
    assert ((cloud.x[on] >= -1e-6) & (cloud.x[on] <= 100.0 + 1e-6)).all()
