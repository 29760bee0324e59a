"""Fits of one and two laws: gradients, the maximum of two Gaussians, and order."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime

from geo.radio.pathloss import PathlossPrior
from geo.separate import two_site_fit
from geo.separate.level_rows import LevelRows, slack_m2
from geo.separate.two_site_fit import CLUTTER, Fitted, fit_one, fit_two, responsibilities
from geo.separate.two_site_seeds import pair_gain

PRIOR = PathlossPrior()


def levels(
    count: int, at: list[tuple[float, float]], seed: int = 1, noise_db: float = 6.0
) -> LevelRows:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-1_200.0, 1_200.0, (2, count))
    slack = slack_m2(np.full(count, 10.0))
    places = np.array(at)
    squared = (x - places[:, :1]) ** 2 + (y - places[:, 1:]) ** 2 + slack
    level = -60.0 - 3.3 * (5.0 * np.log10(squared) - 20.0)
    level = (level + rng.normal(0.0, noise_db, level.shape)).max(axis=0)
    return LevelRows(x, y, slack, level, np.ones(count), np.arange(count), np.arange(count) * 5.0)


@pytest.mark.parametrize("fit", [fit_one, fit_two])
def test_gradients_agree_with_differences(fit: object, monkeypatch: pytest.MonkeyPatch) -> None:
    caught = []

    def best(objective, starts, places, rows, prior):  # type: ignore[no-untyped-def]
        caught.extend((objective, start) for start in starts)
        return Fitted(*(np.zeros(1),) * 3, 3.0, 7.0, (0.0, 1.0), 0.0, 0.0, 0)

    monkeypatch.setattr(two_site_fit, "_best", best)
    fit(levels(40, [(-500.0, 0.0), (500.0, 100.0)]), PRIOR)  # type: ignore[operator]
    assert caught
    for objective, start in caught:
        _, slope = objective(start)
        naive = approx_fprime(start, lambda at, f=objective: f(at)[0], 1e-6)
        np.testing.assert_allclose(slope, naive, rtol=2e-3, atol=2e-3)


def test_two_places_are_found_and_the_first_lies_west() -> None:
    fitted = fit_two(levels(150, [(600.0, 100.0), (-600.0, -100.0)]), PRIOR)
    np.testing.assert_allclose(fitted.x, [-600.0, 600.0], atol=120.0)
    np.testing.assert_allclose(fitted.y, [-100.0, 100.0], atol=120.0)
    assert fitted.separation_m == pytest.approx(1217.0, abs=150.0)


def test_one_place_is_found_though_a_tenth_of_the_rows_is_false() -> None:
    rows = levels(120, [(200.0, -300.0)])
    rows.x[:12], rows.y[:12] = rows.x[:12][::-1].copy(), -rows.y[:12]
    fitted = fit_one(rows, PRIOR)
    assert np.hypot(fitted.x[0] - 200.0, fitted.y[0] + 300.0) < 100.0


def test_one_power_for_each_group() -> None:
    rows = levels(120, [(200.0, -300.0)])
    group = np.arange(120) % 2
    rows.level_dbm[group == 1] -= 12.0
    fitted = fit_one(rows, PRIOR, group)
    assert fitted.power_dbm[0] - fitted.power_dbm[1] == pytest.approx(12.0, abs=3.0)


def test_chances_are_those_of_the_greater_of_two() -> None:
    rows = levels(6, [(-300.0, 0.0), (300.0, 0.0)])
    fitted = Fitted(
        np.array([-300.0, 300.0]), np.zeros(2), np.array([-60.0, -63.0]), 3.3, 7.0,
        (-80.0, 9.0), 0.0, 0.0, 8,
    )  # fmt: skip
    squared = (rows.x - fitted.x[:, None]) ** 2 + rows.y**2 + rows.slack_m2
    mean = fitted.power_dbm[:, None] - 3.3 * (5.0 * np.log10(squared) - 20.0)

    def bell(y: float, middle: float, spread: float) -> float:
        return float(np.exp(-0.5 * ((y - middle) / spread) ** 2) / spread / np.sqrt(2 * np.pi))

    got = responsibilities(rows, fitted)
    for row in range(6):
        y = rows.level_dbm[row]
        below = [quad(bell, m - 60.0, y, args=(m, 7.0))[0] for m in mean[:, row]]
        density = np.array([
            (1 - CLUTTER) * bell(y, mean[0, row], 7.0) * below[1],
            (1 - CLUTTER) * bell(y, mean[1, row], 7.0) * below[0],
            CLUTTER * bell(y, -80.0, 9.0),
        ])  # fmt: skip
        np.testing.assert_allclose(got[:, row], density / density.sum(), atol=1e-5)


def test_a_pair_gains_where_there_are_two() -> None:
    one = pair_gain(levels(100, [(0.0, 0.0)]), PRIOR, 8)
    two = pair_gain(levels(100, [(-600.0, 0.0), (600.0, 0.0)]), PRIOR, 8)
    assert two > one + 5.0
