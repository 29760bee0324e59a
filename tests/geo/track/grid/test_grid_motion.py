"""Ways of moving: probability is kept, spreads as it should, and mixes."""

import numpy as np
import pytest

from geo.earth.sphere import Floats
from geo.track.grid.grid_motion import (
    DRIVING_MPS,
    HEADINGS,
    LEAST_CHANCE,
    MODES,
    WANDERING,
    Singles,
    changed,
    moved,
    sum_over_modes,
)

AXIS = np.linspace(-1500.0, 1500.0, 31)
STEP_M = 100.0
REST = 1 + len(WANDERING)  # the modes without direction come first


def spike() -> Singles:
    """Each mode certain, in one place."""
    chance = np.zeros((MODES, 31, 1, 31), np.float32)
    chance[:, 15, :, 15] = 1.0
    return chance


def means_m(chance: Singles) -> Floats:
    east = chance.sum(axis=(1, 2)) @ AXIS
    north = chance.sum(axis=(2, 3)) @ AXIS
    return np.array([east, north])


@pytest.mark.parametrize("span_s", [0.0, 0.3, 5.0, 30.0, 600.0])
def test_probability_is_kept(span_s: float) -> None:
    after = moved(spike(), STEP_M, STEP_M, span_s)
    assert after.min() >= 0.0
    assert after.sum(axis=(1, 2, 3)) == pytest.approx(1.0, abs=1e-4)


def test_what_rests_stays_and_what_drives_drives_on() -> None:
    after = moved(spike(), STEP_M, STEP_M, 60.0)
    assert after[0, 15, 0, 15] == 1.0
    gone = np.hypot(*means_m(after))
    assert gone[1:REST] == pytest.approx(0.0, abs=1.0)
    assert gone[-HEADINGS:] == pytest.approx(60.0 * DRIVING_MPS, rel=0.05)


def test_headings_go_all_round_whatever_the_steps_of_the_grid() -> None:
    east, north = means_m(moved(spike(), STEP_M, STEP_M, 60.0))[:, -HEADINGS:]
    bearings = np.sort(np.degrees(np.arctan2(east, north)) % 360.0)
    assert np.diff(bearings) == pytest.approx(np.full(HEADINGS - 1, 360.0 / HEADINGS), abs=3.0)
    oblong = moved(spike(), 2.0 * STEP_M, STEP_M, 60.0)
    np.testing.assert_allclose(2.0 * means_m(oblong)[0, -HEADINGS:], east, atol=25.0)
    np.testing.assert_allclose(means_m(oblong)[1, -HEADINGS:], north, atol=1.0)


def test_laws_and_modes_move_independently_as_matrices_written_out_would() -> None:
    rng = np.random.default_rng(1)
    joint = rng.random((MODES, 5, 3, 5)).astype(np.float32)
    after = moved(joint, STEP_M, STEP_M, 20.0)
    for law in range(3):
        alone = moved(np.ascontiguousarray(joint[:, :, law : law + 1]), STEP_M, STEP_M, 20.0)
        np.testing.assert_allclose(after[:, :, law : law + 1], alone, rtol=1e-5)
    for mode in range(MODES):
        one = np.zeros_like(joint)
        one[mode] = joint[mode]
        np.testing.assert_allclose(moved(one, STEP_M, STEP_M, 20.0)[mode], after[mode], rtol=1e-5)


@pytest.mark.parametrize("span_s", [10.0, 40.0, 300.0])
def test_wandering_spreads_as_the_root_of_time_even_below_a_cell(span_s: float) -> None:
    after = moved(spike(), STEP_M, STEP_M, span_s)
    for mode, spread in enumerate(WANDERING, 1):
        if spread * span_s**0.5 > 500.0:  # the grid's edge holds it back
            continue
        variance = after[mode].sum(axis=(0, 1)) @ AXIS**2
        assert np.sqrt(variance) == pytest.approx(spread * np.sqrt(span_s), rel=0.15)


def test_modes_mix_in_time() -> None:
    joint = spike()
    joint[2] *= 100.0
    before = sum_over_modes(joint)
    total = changed(joint, 1e6, np.ones_like(before))
    np.testing.assert_allclose(total, before, rtol=1e-5)
    each = joint.sum(axis=(1, 2, 3))
    assert each == pytest.approx(np.full(MODES, (99.0 + MODES) / MODES), rel=1e-4)


def test_in_no_time_nothing_changes_but_what_reports_say() -> None:
    joint, factor = spike(), np.zeros((31, 1, 31), np.float32)
    factor[15, 0, 15] = 0.25
    total = changed(joint, 0.0, factor)
    assert joint.sum(axis=(1, 2, 3)) == pytest.approx(0.25)
    np.testing.assert_allclose(
        total, sum_over_modes(joint), rtol=1e-5, atol=2.0 * MODES * LEAST_CHANCE
    )


def test_nothing_becomes_so_unlikely_that_arithmetic_slows_down() -> None:
    joint, against = spike(), np.full((31, 1, 31), np.exp(-60.0), np.float32)
    against[15, 0, 15] = 1.0
    for _ in range(5):
        joint = moved(joint, STEP_M, STEP_M, 10.0)
        changed(joint, 10.0, against)
        joint /= joint.sum()
    # The least float that is held in full, and so is worked with at full speed.
    assert joint.min() > np.finfo(np.float32).tiny
    assert moved(joint, STEP_M, STEP_M, 10.0).min() > np.finfo(np.float32).tiny
    assert joint[:, 15, 0, 15].sum() == pytest.approx(1.0, abs=1e-6)


def test_a_way_long_given_up_can_come_back() -> None:
    joint = spike()
    joint[np.arange(MODES) != 3] = 0.0
    changed(joint, 40.0, np.ones((31, 1, 31), np.float32))
    each = joint.sum(axis=(1, 2, 3))
    assert np.isfinite(joint).all()
    assert each[1] > np.exp(-5.0)
