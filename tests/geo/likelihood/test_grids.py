"""Grids: distances to their places, and filling them from every second line."""

import numpy as np
import pytest

from geo.likelihood.grids import SecondLines, squared_m2

X, Y = np.linspace(-300.0, 500.0, 9), np.linspace(0.0, 600.0, 7)


def test_squared_distances_go_row_by_row() -> None:
    found = squared_m2(np.array([0.0, 40.0]), np.array([10.0, -20.0]), X, Y)
    east, north = np.tile(X, Y.size), np.repeat(Y, X.size)
    np.testing.assert_allclose(found[0], east**2 + (north - 10.0) ** 2)
    np.testing.assert_allclose(found[1], (east - 40.0) ** 2 + (north + 20.0) ** 2)


def test_what_is_straight_is_the_same_on_every_line() -> None:
    lines = SecondLines.of(X, Y)
    assert (lines.x.size, lines.y.size) == (5, 4)
    values = np.add.outer(2.0 * lines.y, 3.0 * lines.x).ravel()
    np.testing.assert_allclose(lines.filled(values), np.add.outer(2.0 * Y, 3.0 * X).ravel())


def test_what_is_bent_is_off_by_an_eighth_of_the_change_of_slope() -> None:
    lines = SecondLines.of(X, Y)
    found = lines.filled(np.add.outer(lines.y**2, lines.x**2).ravel())
    off = found - np.add.outer(Y**2, X**2).ravel()
    apart_m = lines.x[1] - lines.x[0]
    assert off.max() == pytest.approx(2.0 * (2.0 * apart_m**2) / 8.0)
    assert off.min() == 0.0


def test_places_are_the_numbers_of_those_computed() -> None:
    every_x = np.tile(X, Y.size)
    lines = SecondLines.of(X, Y)
    np.testing.assert_array_equal(every_x[lines.places], np.tile(lines.x, lines.y.size))


@pytest.mark.parametrize(("columns", "rows"), [(8, 7), (9, 6), (8, 6)])
def test_a_grid_whose_end_second_lines_would_miss_is_computed_whole(
    columns: int, rows: int
) -> None:
    lines = SecondLines.of(X[:columns], Y[:rows])
    values = np.arange(float(columns * rows))
    assert lines.filled(values) is values
    np.testing.assert_array_equal(lines.places, np.arange(values.size))
