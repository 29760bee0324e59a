"""Counting in cubes agrees with measuring distances, everywhere on the globe."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.plan import spatial_counts
from detectors.features.plan.spatial_counts import Ground, cubes, distinct_pairs
from geo.earth.sphere import distance_m, offset

SIDE_M = 5000.0
PLACES = [(39.9, 116.4), (0.0, 179.99), (89.99, 10.0), (-90.0, 0.0), (51.5, 0.0)]


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize(("lat", "lon"), PLACES)
@given(data=st.data())
def test_all_within_a_side_and_none_beyond_three_and_a_half(
    lat: float, lon: float, data: st.DataObject
) -> None:
    metres = st.floats(-25_000.0, 25_000.0)
    drawn = data.draw(st.lists(st.tuples(metres, metres), min_size=1, max_size=20))
    things = [offset(lat, lon, *each) for each in drawn]
    lats, lons = column(*(float(t[0]) for t in things)), column(*(float(t[1]) for t in things))
    ground = Ground.build(np.zeros(len(lats), dtype=np.int64), lats, lons, SIDE_M)
    counted = int(ground.count(np.array([0]), cubes(column(lat), column(lon), SIDE_M))[0])
    far_m = distance_m(lat, lon, lats, lons)
    assert int((far_m <= SIDE_M).sum()) <= counted <= int((far_m <= 3.5 * SIDE_M).sum())


def test_only_things_of_the_key_count() -> None:
    lat, lon = column(39.9, 39.9, np.nan), column(116.4, 116.4, 116.4)
    ground = Ground.build(np.array([7, 9, 7]), lat, lon, SIDE_M)
    here = np.repeat(cubes(column(39.9), column(116.4), SIDE_M), 4)
    assert ground.count(np.array([7, 8, 9, -1]), here).tolist() == [1, 0, 1, 0]


def test_whether_anything_is_near_is_answered_alike_however_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where all questions share one place among the answers that are kept."""
    rng = np.random.default_rng(1)
    lat, lon = 39.9 + rng.uniform(-0.5, 0.5, 300), 116.4 + rng.uniform(-0.5, 0.5, 300)
    ground = Ground.build(rng.integers(0, 9, 100), lat[:100], lon[:100], SIDE_M)
    keys, cube = rng.integers(-1, 12, 300), cubes(lat, np.append(lon[1:], np.nan), SIDE_M)
    near = (ground.count(keys, cube) > 0).tolist()
    assert 20 < sum(near) < 280
    assert ground.holds(keys, cube).tolist() == near
    assert ground.holds(keys[::-1], cube[::-1]).tolist() == near[::-1]
    monkeypatch.setattr(spatial_counts, "slots_of", lambda one, *_: np.zeros_like(one))
    one_by_one = [bool(ground.holds(keys[n : n + 1], cube[n : n + 1])[0]) for n in range(300)]
    assert one_by_one == near


def test_without_a_place_nothing_is_near() -> None:
    ground = Ground.build(np.array([7]), column(39.9), column(116.4), SIDE_M)
    nowhere = cubes(column(np.nan), column(116.4), SIDE_M)
    assert ground.count(np.array([7]), nowhere).tolist() == [0]


def test_an_empty_ground_and_no_questions() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    ground = Ground.build(nothing, column(), column(), SIDE_M)
    assert ground.count(nothing, nothing).tolist() == []
    assert ground.count(np.array([1]), np.array([5])).tolist() == [0]


def test_too_many_keys_for_cubes_so_small() -> None:
    keys = np.arange(1 << 18, dtype=np.int64)
    places = np.zeros(len(keys))
    with pytest.raises(ValueError, match="don't fit"):
        Ground.build(keys, places, places, 400.0)


@given(pairs=st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), max_size=50))
def test_every_row_is_stood_for_by_an_equal_one(pairs: list[tuple[int, int]]) -> None:
    one = np.array([pair[0] for pair in pairs], dtype=np.int64)
    other = np.array([pair[1] for pair in pairs], dtype=np.int64)
    first, back = distinct_pairs(one, other)
    assert list(zip(one[first][back].tolist(), other[first][back].tolist(), strict=True)) == pairs
