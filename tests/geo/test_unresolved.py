"""When is one place no answer?"""

import numpy as np

from geo.frame import frame_at
from geo.posterior import Posterior, normalised
from geo.unresolved import shape_of


def hills(at: list[tuple[float, float]], sigma_m: float, devices: int = 30) -> Posterior:
    axis = np.linspace(-2_000.0, 2_000.0, 81)
    x, y = np.meshgrid(axis, axis)
    density = sum(np.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * sigma_m**2)) for a, b in at)
    p = normalised(np.log(density + 1e-30))
    return Posterior(frame_at(39.9, 116.4), axis, axis, p, at[0], devices)


def test_one_hill_is_one_place() -> None:
    shape = shape_of(hills([(0.0, 0.0)], 100.0))
    assert (shape.parts, shape.apart_m, shape.is_unresolved) == (1, 0.0, False)
    assert abs(shape.radius_m - 100.0 * np.sqrt(2.0 * np.log(10.0))) < 15.0


def test_two_hills_far_apart_are_two_places() -> None:
    shape = shape_of(hills([(-500.0, 0.0), (500.0, 200.0)], 100.0))
    assert shape.parts == 2
    assert abs(shape.apart_m - np.hypot(1_000.0, 200.0)) < 30.0
    assert shape.is_unresolved


def test_a_small_second_hill_does_not_count() -> None:
    shape = shape_of(hills([(-500.0, 0.0)] * 9 + [(500.0, 0.0)], 60.0))
    assert (shape.parts, shape.is_unresolved) == (1, False)


def test_many_phones_and_a_large_region_do_not_fit() -> None:
    wide = [(0.0, 0.0)]
    assert shape_of(hills(wide, 300.0, devices=60)).is_unresolved
    assert not shape_of(hills(wide, 300.0, devices=11)).is_unresolved
    assert not shape_of(hills([(-500.0, 0.0), (500.0, 0.0)], 60.0, devices=2)).is_unresolved
