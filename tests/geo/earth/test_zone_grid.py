"""What is remembered of places is what each has when it is asked about alone."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.earth import zone_grid
from geo.earth.zone_grid import ZoneGrid
from geo.earth.zones import STEPS_A_DEG, zones_near

MARGIN_M = 20_000.0
degrees = st.floats(-400, 400) | st.sampled_from([nan, inf, -inf, 90.0, -90.0, 180.0, -180.0])
places = st.tuples(degrees, degrees)


def singly(lat: float, lon: float) -> tuple[str, ...]:
    if not np.isfinite(lat + lon):
        return ()
    return zones_near(
        round(lat * STEPS_A_DEG) / STEPS_A_DEG, round(lon * STEPS_A_DEG) / STEPS_A_DEG, MARGIN_M
    )


def found(grid: ZoneGrid, asked: list[tuple[float, float]]) -> list[tuple[str, ...]]:
    numbers, answers = grid.numbers(*np.array(asked, dtype=float).reshape(-1, 2).T)
    return [answers[number] for number in numbers.tolist()]


@given(st.lists(st.lists(places, max_size=20), max_size=4), st.integers(1, 3))
def test_anywhere_and_however_little_is_remembered(
    asked: list[list[tuple[float, float]]], most_squares: int
) -> None:
    grid = ZoneGrid(MARGIN_M, most_squares)
    for some in asked:
        assert found(grid, some) == [singly(*place) for place in some]
        assert [grid.of(*place) for place in some] == [singly(*place) for place in some]


def test_a_country_is_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = np.random.default_rng(3)
    lat, lon = 30 + 3 * drawn.random(3_000), 100 + 3 * drawn.random(3_000)
    grid = ZoneGrid(MARGIN_M)
    country = list(zip(lat.tolist(), lon.tolist(), strict=True))
    first = found(grid, country)
    assert first == [singly(*place) for place in country]
    monkeypatch.setattr(zone_grid, "zones_near_each", None)
    monkeypatch.setattr(zone_grid, "zones_near", None)
    assert found(grid, country) == first
    assert [grid.of(*place) for place in country] == first


def test_one_number_for_the_same_zones() -> None:
    lat = np.repeat(np.linspace(30, 33, 60), 60)
    lon = np.tile(np.linspace(100, 103, 60), 60)
    numbers, answers = ZoneGrid(MARGIN_M).numbers(lat, lon)
    assert len({answers[number] for number in numbers.tolist()}) == len(np.unique(numbers)) > 5


def test_answers_are_bounded_and_those_in_hand_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zone_grid, "_MOST_ANSWERS", 20)
    grid, drawn = ZoneGrid(MARGIN_M), np.random.default_rng(5)
    held = []
    for _ in range(30):
        lat, lon = drawn.uniform(-80, 80, 10), drawn.uniform(-180, 180, 10)
        held.append((lat, lon, *grid.numbers(lat, lon)))
    for lat, lon, numbers, answers in held:
        assert len(answers) <= 20 + 10 + 2
        own = [answers[number] for number in numbers.tolist()]
        assert own == [singly(*place) for place in zip(lat.tolist(), lon.tolist(), strict=True)]


@pytest.fixture
def _threads_take_turns_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_threads_take_turns_often")
@pytest.mark.parametrize("most_squares", [3, 2_048])
def test_threads_that_learn_the_same_get_the_same(most_squares: int) -> None:
    grid, drawn = ZoneGrid(MARGIN_M, most_squares), np.random.default_rng(7)
    lat, lon = 30 + 6 * drawn.random((8, 40)), 100 + 6 * drawn.random((8, 40))
    asked = [
        list(zip(*place, strict=True)) for place in zip(lat.tolist(), lon.tolist(), strict=True)
    ]
    right = [[singly(*place) for place in some] for some in asked]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(3):
            answers = list(threads.map(lambda some: found(grid, some), asked * 8))
            assert answers == right * 8
