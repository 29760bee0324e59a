"""Ways of moving: probability is kept, spreads as it should, and mixes."""

import numpy as np
import pytest

from geo.sphere import Floats
from geo.ways import DRIVING_MPS, HEADINGS, WANDERING, WAYS, Singles, moved, switch

AXIS = np.linspace(-1500.0, 1500.0, 31)


def spike() -> Singles:
    chance = np.zeros((WAYS, 1, 31, 31), np.float32)
    chance[:, :, 15, 15] = 1.0
    return chance


def means_m(chance: Singles) -> Floats:
    east = chance.sum(axis=(1, 2)) @ AXIS
    north = chance.sum(axis=(1, 3)) @ AXIS
    return np.array([east, north])


@pytest.mark.parametrize("span_s", [0.0, 0.3, 5.0, 30.0, 600.0])
def test_probability_is_kept(span_s: float) -> None:
    after = moved(spike(), AXIS, AXIS, span_s)
    assert after.min() >= 0.0
    assert after.sum(axis=(1, 2, 3)) == pytest.approx(1.0, abs=1e-4)


def test_what_rests_stays_and_what_drives_drives_on() -> None:
    after = moved(spike(), AXIS, AXIS, 60.0)
    assert (after[:2, 0, 15, 15] == 1.0).all()
    gone = np.hypot(*means_m(after))
    assert gone[2 : 2 + len(WANDERING)] == pytest.approx(0.0, abs=1.0)
    assert gone[-HEADINGS:] == pytest.approx(60.0 * DRIVING_MPS, rel=0.05)


@pytest.mark.parametrize("span_s", [10.0, 40.0, 300.0])
def test_wandering_spreads_as_the_root_of_time_even_below_a_cell(span_s: float) -> None:
    after = moved(spike(), AXIS, AXIS, span_s)
    for way, spread in enumerate(WANDERING, 2):
        if spread * span_s**0.5 > 500.0:  # the grid's edge holds it back
            continue
        variance = after[way].sum(axis=(0, 1)) @ AXIS**2
        assert np.sqrt(variance) == pytest.approx(spread * np.sqrt(span_s), rel=0.15)


def test_ways_mix_in_time_but_resting_for_good_does_not() -> None:
    chance, log_evidence = spike(), np.zeros(WAYS)
    log_evidence[2] = 5.0
    total = np.exp(log_evidence[1:]).sum()
    switch(chance, log_evidence, 1e6)
    assert log_evidence[0] == 0.0
    assert np.exp(log_evidence[1:]).sum() == pytest.approx(total, rel=1e-4)
    assert log_evidence[1:] == pytest.approx(np.full(WAYS - 1, log_evidence[1]), abs=1e-4)


def test_a_way_long_given_up_can_come_back() -> None:
    chance, log_evidence = spike(), np.full(WAYS, -2000.0)
    log_evidence[3] = 0.0
    switch(chance, log_evidence, 40.0)
    assert np.isfinite(chance).all()
    assert log_evidence[1] > -5.0
