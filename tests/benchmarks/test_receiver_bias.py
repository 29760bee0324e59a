"""Receivers' offsets are what was put in, agree with the plain solution, and bend to no outlier."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.measuring.location.receiver_bias import (
    NOISE_DB,
    PHONE_SD_DB,
    RECEIVER_SD_DB,
    floors,
    offsets_at_cells,
    offsets_from_places,
)


def crowd(seed: int, devices: int = 200, words: int = 10, noise_db: float = 4.0):
    """Phones that receive cells at 40 places: device, group, level, true offsets."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0.0, 3.0, devices)
    device = np.repeat(np.arange(devices), words)
    group = rng.integers(0, 40, device.size)
    usual = rng.uniform(-110.0, -70.0, 40)
    level = usual[group] + truth[device] + rng.normal(0.0, noise_db, device.size)
    return device, group, level, truth


def measured(seed: int, receivers: int = 20, transmissions: int = 80):
    """Receivers about transmissions of known place, with a law of exponent 3.2."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0.0, 10.0, receivers)
    device = np.tile(np.arange(receivers), transmissions)
    number = np.repeat(np.arange(transmissions), receivers)
    u = 10.0 * np.log10(rng.uniform(50.0, 2500.0, device.size) / 100.0)
    level = -60.0 + rng.normal(0.0, 2.0, transmissions)[number] - 3.2 * u + truth[device]
    return device, number, level + rng.normal(0.0, 7.0, device.size), u, truth


def centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_crowds_offsets_are_recovered_with_ten_words_each(seed: int) -> None:
    device, group, level, truth = crowd(seed)
    found = offsets_at_cells(device, group, level)
    error = found.offset_db - centred(truth)
    assert np.sqrt(np.mean(error**2)) <= 1.5
    # Its deviation is that of its errors.
    assert 0.8 <= np.std(error / found.sd_db) <= 1.2


def test_it_is_the_plain_ridge_solution_where_nothing_stands_out() -> None:
    device, group, level, _ = crowd(4, devices=12, words=6, noise_db=0.5)
    found = offsets_at_cells(device, group, level)
    # Noise far below what is believed before: no level loses weight, the variance is nearly known.
    places = np.unique(group)
    design = np.zeros((level.size, 12 + places.size))
    design[np.arange(level.size), device] = 1.0
    design[np.arange(level.size), 12 + np.searchsorted(places, group)] = 1.0
    variance = NOISE_DB**2
    for _ in range(20):
        ridge = np.diag(np.r_[np.full(12, 1 / PHONE_SD_DB**2), np.full(places.size, 1e-9)])
        solved = np.linalg.solve(design.T @ design / variance + ridge, design.T @ level / variance)
        squares = float(((level - design @ solved) ** 2).sum())
        variance = (squares + 8 * NOISE_DB**2) / (level.size + 8)
    np.testing.assert_allclose(found.offset_db, solved[:12], atol=1e-4)


def test_a_forger_shifts_itself_and_hardly_anyone_else() -> None:
    device, group, level, truth = crowd(5)
    before = offsets_at_cells(device, group, level).offset_db
    after = offsets_at_cells(device, group, np.where(device == 3, level + 40.0, level)).offset_db
    others = np.arange(truth.size) != 3
    assert after[3] - before[3] > 10.0
    assert np.abs(after - before)[others].max() < 1.5


def test_a_group_with_one_device_has_no_effect() -> None:
    device, group, level, _ = crowd(6, devices=20)
    alone = offsets_at_cells(np.r_[device, 7, 99], np.r_[group, 500, 501], np.r_[level, -50, -60])
    plain = offsets_at_cells(device, group, level)
    np.testing.assert_allclose(alone.of(np.arange(20))[0], plain.offset_db, atol=0.05)
    assert alone.of(99)[0] == pytest.approx(0.0, abs=0.01)
    assert alone.of(99)[1] == pytest.approx(PHONE_SD_DB, abs=0.01)


@pytest.mark.slow
@settings(max_examples=15)
@given(st.randoms(use_true_random=False), st.integers(0, 1000))
def test_order_and_codes_do_not_matter(random, shift: int) -> None:
    device, group, level, _ = crowd(7, devices=15, words=5)
    order = list(range(level.size))
    random.shuffle(order)
    plain = offsets_at_cells(device, group, level)
    mixed = offsets_at_cells(device[order] + shift, 7 * group[order] + shift, level[order])
    np.testing.assert_allclose(mixed.of(np.arange(15) + shift)[0], plain.offset_db, atol=1e-6)
    louder = offsets_at_cells(device, group, level + shift % 30)
    np.testing.assert_allclose(louder.offset_db, plain.offset_db, atol=1e-3)


def test_nothing_and_nonsense_do_not_raise() -> None:
    for level in ([], [np.nan], [np.inf]):
        found = offsets_at_cells([1] * len(level), [1] * len(level), level)
        assert found.device.size == 0
        assert found.of([1, 2])[0].tolist() == [0.0, 0.0]
        assert found.of([1])[1].tolist() == [PHONE_SD_DB]
    nobody = offsets_from_places([], [], [], [])
    assert nobody.offsets.of(5)[1].tolist() == [RECEIVER_SD_DB]


@pytest.mark.parametrize("seed", [1, 2])
def test_receivers_and_the_law_are_recovered_from_known_places(seed: int) -> None:
    device, number, level, u, truth = measured(seed)
    found = offsets_from_places(device, number, level, u)
    error = found.offsets.offset_db - centred(truth)
    assert np.sqrt(np.mean(error**2)) <= 1.6
    assert found.exponent == pytest.approx(3.2, abs=0.15)
    assert found.sigma_db == pytest.approx(7.0, abs=0.7)
    assert found.power_dbm_100m == pytest.approx(-60.0 + truth.mean(), abs=1.5)


def test_levels_lost_in_noise_do_not_flatten_the_law() -> None:
    device, number, level, u, truth = measured(3)
    noise = np.full(level.size, -95.0)
    received = 10.0 * np.log10(10.0 ** (level / 10.0) + 10.0 ** (noise / 10.0))
    codes, lowest = floors(device, received)
    naive = offsets_from_places(device, number, received, u)
    tobit = offsets_from_places(device, number, received, u, lowest[np.searchsorted(codes, device)])
    # What noise adds to the levels just above it flattens the law a little all the same.
    assert tobit.exponent == pytest.approx(3.2, abs=0.35)
    assert naive.exponent < tobit.exponent - 0.5
    errors = [
        np.sqrt(np.mean((each.offsets.offset_db - centred(truth)) ** 2)) for each in (tobit, naive)
    ]
    assert errors[0] < 0.7 * errors[1]


def test_a_floor_is_where_levels_crowd() -> None:
    rng = np.random.default_rng(1)
    noisy = np.maximum(rng.normal(-90.0, 12.0, 300), rng.normal(-95.0, 1.0, 300))
    strong = rng.normal(-70.0, 12.0, 300)
    codes, floor = floors(np.repeat([3, 8], 300), np.r_[noisy, strong])
    assert codes.tolist() == [3, 8]
    assert floor[0] == pytest.approx(-95.0 - 1.6 + 6.0, abs=1.0)
    assert np.isnan(floor[1])


def test_too_few_levels_show_no_floor() -> None:
    codes, floor = floors([4, 4, 4, 4, 9, 9, 9, 9, 9], [-90.0] * 9)
    assert codes.tolist() == [4, 9]
    assert np.isnan(floor[0])
    assert floor[1] == pytest.approx(-84.0)
