"""Where most phones are, whatever a distant minority reports."""

import numpy as np

from geo.reports.crowd_centre import CORE_M, STRAY_M, core, geometric_median, without_strays


def test_geometric_median_ignores_a_distant_minority() -> None:
    x = np.r_[np.linspace(-100, 100, 9), 1e5]
    middle = geometric_median(x, np.zeros(10), np.ones(10))
    assert abs(middle[0]) < 60.0


def test_strays_are_those_beyond_a_cell_s_reach_of_the_middle() -> None:
    x = np.r_[np.zeros(8), STRAY_M - 100.0, STRAY_M + 100.0]
    assert without_strays(x, np.zeros(10), np.ones(10)).tolist() == [True] * 9 + [False]


def test_of_two_distant_crowds_the_one_nearer_to_the_middle_is_kept() -> None:
    x = np.r_[np.full(3, -50_000.0), np.full(3, 50_000.0)]
    kept = without_strays(x, np.zeros(6), np.ones(6))
    assert sorted([kept[:3].sum(), kept[3:].sum()]) == [0, 3]


def test_the_core_grows_with_the_spread_of_most_rows() -> None:
    near = np.array([0.0, 10.0, 20.0, CORE_M - 1.0, CORE_M + 1.0])
    assert core(near, np.zeros(5), (0.0, 0.0)).tolist() == [True] * 4 + [False]
    wide = np.array([0.0, 800.0, -800.0, 2_300.0, 2_500.0])
    assert core(wide, np.zeros(5), (0.0, 0.0)).tolist() == [True] * 4 + [False]
