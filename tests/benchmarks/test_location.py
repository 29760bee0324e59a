"""The location benchmark's parts: towns, baselines, gates, and what the program prints."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.measuring.location import gates as location_gates
from benchmarks.measuring.location.baselines import BASELINES, error_m
from benchmarks.measuring.location.bound import RADII_M, chance_within
from benchmarks.measuring.location.estimators import everything, fits_of, independent
from benchmarks.measuring.location.gates import (
    REPORTING_FOR_COVERAGE,
    coverage_towns,
    ratio_to_bound,
)
from benchmarks.measuring.location.towns import WORLDS, World, episode
from geo.posterior.posterior import Posterior
from geo.radio.pathloss import ANTENNA_HEIGHT_M


def test_the_same_seed_gives_the_same_town() -> None:
    one, two = episode(5, 20, WORLDS["B1"]), episode(5, 20, WORLDS["B1"])
    assert (one.x, one.y) == (two.x, two.y)
    np.testing.assert_array_equal(one.reports.level_dbm, two.reports.level_dbm)
    assert len(one.reports) == 20
    assert one.x != episode(6, 20, WORLDS["B1"]).x


def test_towns_differ_as_their_worlds_say() -> None:
    sided = episode(1, 30, WORLDS["B3"])
    assert (sided.truth.x < 0).all()
    assert sided.x >= 100.0
    strays = np.mean([episode(k, 50, WORLDS["B2"]).truth.stray.mean() for k in range(10)])
    assert strays == pytest.approx(0.1, abs=0.04)
    timed = np.isfinite(episode(1, 50, WORLDS["B5"]).reports.timing_advance)
    assert timed.all()


@pytest.mark.parametrize("name", list(BASELINES))
def test_baselines_stay_where_phones_are(name: str) -> None:
    town = episode(3, 30)
    x, y = BASELINES[name](town)
    assert np.hypot(x, y) < 1600.0
    assert error_m(town, (town.x, town.y)) == 0.0


def test_least_squares_finds_a_law_without_noise() -> None:
    town = episode(4, 60)
    x, y = town.frame.to_xy(town.reports.lat, town.reports.lon)
    widened = (town.reports.accuracy_m / 1.51) ** 2 + ANTENNA_HEIGHT_M**2
    distance = np.sqrt((x - town.x) ** 2 + (y - town.y) ** 2 + widened)
    town.reports.level_dbm[:] = -58.0 - 34.0 * np.log10(distance / 100.0)
    assert error_m(town, BASELINES["least squares"](town)) < 3.0


def test_a_posterior_all_at_the_truth_needs_no_mass_and_scores_best() -> None:
    town = episode(3, 30, WORLDS["B1"])
    posterior = everything(town)
    assert posterior is not None
    x, y = town.xy_in(posterior)
    grid = np.hypot(posterior.x - x, (posterior.y - y)[:, None])

    def about(spread_m: float) -> Posterior:
        p = np.exp(-0.5 * (grid / spread_m) ** 2)
        return Posterior(posterior.frame, posterior.x, posterior.y, p / p.sum(), (x, y), 30)

    assert town.error_m(about(50.0)) == pytest.approx(0.0, abs=1e-6)
    assert town.mass_needed(about(50.0)) < 0.05
    assert town.log_score(about(30.0)) > town.log_score(about(60.0))


def test_coverage_towns_have_all_numbers_of_phones() -> None:
    reporting = {len(town.reports) for town in coverage_towns("B1", 0, 6)}
    assert reporting == set(REPORTING_FOR_COVERAGE)


@pytest.mark.slow
def test_an_estimator_as_good_as_the_bound_has_ratio_one() -> None:
    rng = np.random.default_rng(1)
    spread = rng.uniform(20.0, 60.0, 400)
    errors = np.hypot(*rng.normal(0.0, spread, (2, 400)))
    chances = np.array([chance_within(sd**2 * np.eye(2), RADII_M) for sd in spread])
    ratio, (low, high) = ratio_to_bound(errors, chances, 200, 1)
    assert low < 1.0 < high
    assert low < ratio < high
    assert high - low < 0.4


@pytest.mark.slow
def test_treating_phones_as_independent_promises_too_much() -> None:
    towns = [episode(k, 100, World()) for k in range(12)]
    alike, alone = fits_of(everything, towns), fits_of(independent, towns)
    assert np.median([fit.r_eq90_m for fit in alone]) < np.median([fit.r_eq90_m for fit in alike])


@pytest.mark.slow
def test_every_gate_shows_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(location_gates, "BOUND_REPORTING", 20)
    sizes = location_gates.Sizes(coverage=6, accuracy=3, bound=10, crowd=1)
    found = list(location_gates.gates(50, sizes))
    names = [gate.name for gate in found]
    assert len(set(names)) == len(names) >= 35
    assert all(gate.figure and gate.gate for gate in found)
    offset = next(gate for gate in found if "offset sd" in gate.name)
    assert offset.held == (float(offset.figure) >= 80.0)


@pytest.mark.slow
def test_the_program_prints_each_estimator_and_the_bound() -> None:
    program = Path(__file__).parents[2] / "benchmarks" / "location.py"
    asked = ["--episodes", "3", "--reporting", "5", "--scenario", "B2"]
    ran = subprocess.run(
        [sys.executable, str(program), *asked],
        capture_output=True,
        text=True,
        check=True,
        cwd=program.parents[1],
        env={"PYTHONPATH": str(program.parents[1]), "PATH": "/usr/bin:/bin"},
    )
    lines = ran.stdout.splitlines()
    assert len(lines) == 1 + len(BASELINES) + 4 + 2
    assert lines[-1].startswith("bound, levels+TA")
