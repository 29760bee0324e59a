"""The law of levels, an antenna's pattern, and what is around."""

from typing import Any

import numpy as np
import pytest

from detectors.rules.odd_shape.level_model import loss_db, medians, pattern_db


def test_the_law_is_flat_next_to_the_mast() -> None:
    lost = loss_db(np.array([-500.0, 0.0, 50.0, 100.0, 10_000.0]))
    assert lost == pytest.approx([-10.54, -10.54, -10.54, 0.0, 70.0], abs=0.01)


def test_an_antenna_takes_off_three_decibels_at_half_its_width_and_twenty_behind(make: Any) -> None:
    register = make.register(azimuth_deg=90.0)
    places = [make.at(1000.0, north_m) for north_m in (0.0, 1000.0 * np.tan(np.radians(32.5)))]
    lat, lon = np.array([*places, make.at(-1000.0)]).T
    cell = np.zeros(3, dtype=np.int64)
    assert pattern_db(register, cell, lat, lon, 5.0) == pytest.approx([0.0, 3.0, 20.0], abs=0.05)
    assert pattern_db(make.register(), cell, lat, lon, 5.0).tolist() == [5.0] * 3


def test_medians_against_a_plain_twin() -> None:
    rng = np.random.default_rng(3)
    group, values = rng.integers(0, 9, 60), rng.normal(size=60)
    count = np.bincount(group, minlength=10)
    plain = [np.median(values[group == n]) if count[n] else np.nan for n in range(10)]
    np.testing.assert_allclose(medians(group, values, count), plain)
