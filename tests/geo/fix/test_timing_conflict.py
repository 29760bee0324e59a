"""Advances against the levels: honest ones are kept, made-up ones detected."""

import numpy as np
import pytest

from geo.fix.timing_conflict import _log_made_up, conflicting
from geo.radio.timing_advance import TA_STEP_M
from geo.reports.device_weights import WeightedReports

WIDE = np.linspace(-1500.0, 1500.0, 41)


def rows(advance: np.ndarray, x: np.ndarray, y: np.ndarray, step_m: float) -> WeightedReports:
    nothing, zeros = np.full(x.size, np.nan), np.zeros(x.size)
    return WeightedReports(
        x=x, y=y, sigma_m=np.full(x.size, 10.0), level_dbm=nothing, timing_advance=advance,
        ta_step_m=np.full(x.size, step_m), place_sigma_m=nothing, weight=np.ones(x.size),
        device=np.arange(x.size), ts_s=zeros, bearing_deg=nothing, bearing_sigma_deg=nothing,
        trusted=zeros > 0.0,
    )  # fmt: skip


def believed(rat: str, forge: str, seed: int) -> bool:
    """Twelve phones about the origin; levels leave it within 100 m or so."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-800.0, 800.0, (2, 12))
    travelled = np.hypot(x, y) + rng.exponential(60.0, 12) + rng.normal(0.0, 30.0, 12)
    travelled += rng.normal(0.0, 100.0)
    metres = {
        "honest": travelled,
        "zero": np.zeros(12),
        "constant": np.full(12, 1200.0),
        "delayed": travelled + 1100.0,
        "elsewhere": np.hypot(x - 900.0, y + 500.0),
        "noise": rng.uniform(0.0, 2000.0, 12),
    }[forge]
    advance = np.maximum(np.rint(metres / TA_STEP_M[rat]), 0.0)
    places = rng.normal(0.0, 70.0, (2, 150))
    return not conflicting(rows(advance, x, y, TA_STEP_M[rat]), *places, WIDE, WIDE, 0.85)  # type: ignore[call-arg]


@pytest.mark.parametrize("rat", ["gsm", "lte"])
def test_honest_advances_are_believed(rat: str) -> None:
    assert np.mean([believed(rat, "honest", seed) for seed in range(30)]) >= 0.96


@pytest.mark.parametrize("rat", ["gsm", "lte"])
@pytest.mark.parametrize("forge", ["zero", "constant", "delayed", "elsewhere", "noise"])
def test_dishonest_advances_are_detected(rat: str, forge: str) -> None:
    assert np.mean([believed(rat, forge, seed) for seed in range(20)]) <= 0.15


def test_without_advances_there_is_no_conflict() -> None:
    nobody = rows(np.empty(0), np.empty(0), np.empty(0), 78.07)
    assert not conflicting(nobody, np.zeros(3), np.zeros(3), WIDE, WIDE, 0.85)


def test_a_single_advance_near_the_place_is_believed() -> None:
    one = rows(np.array([5.0]), np.array([390.0]), np.zeros(1), 78.07)
    assert not conflicting(one, np.zeros(50), np.linspace(-80, 80, 50), WIDE, WIDE, 0.85)


def test_made_up_values_are_the_likelier_the_oftener_they_came_before() -> None:
    advance = np.array([3.0, 3.0, 7.0, 3.0, 0.0, 7.0])
    share, seen, slow = 78.07 / 4000.0, {}, 0.0
    for turn, value in enumerate(advance):
        slow += np.log((seen.get(value, 0) + share) / (turn + 1))
        seen[value] = seen.get(value, 0) + 1
    fast = _log_made_up(rows(advance, np.zeros(6), np.zeros(6), 78.07), 4000.0)
    assert fast == pytest.approx(slow)
