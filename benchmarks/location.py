"""How well and how fast `geo.fix.locate` finds a transmitter: against baselines, and against the
bound.

All estimators see the same simulated towns (`measuring/location/towns.py`). The last lines of each
block are the least errors that anyone could make from levels, and from levels and advances, by the
Cramer-Rao bound (`measuring/location/bound.py`). Run it: ``python benchmarks/location.py --scenario
B1``; with ``--must-hold`` it prints what locating promises, gate by gate, and fails where one isn't
held.
"""

import argparse
import sys
from collections.abc import Sequence
from time import process_time

import numpy as np

from benchmarks.measuring.location.baselines import BASELINES, Baseline, error_m
from benchmarks.measuring.location.bound import (
    RADII_M,
    chance_within,
    place_covariance,
    pooled_quantile,
)
from benchmarks.measuring.location.estimators import ESTIMATORS, Estimator, column, fits_of
from benchmarks.measuring.location.gates import Sizes, gates
from benchmarks.measuring.location.towns import WORLDS, Episode, World, episode, without
from geo.earth.sphere import Floats
from geo.fix.locate import locate

__all__ = ["ESTIMATORS", "WORLDS", "Episode", "World", "episode", "locate", "measure", "without"]

PORTIONS = (0.5, 0.67, 0.95)
HEAD = f"{'estimator':20}{'N':>4}{'50 %':>7}{'67 %':>6}{'95 %':>6}   in 50/90/95 %  r_eq90 m     ms"


def measure(estimate: Estimator, towns: Sequence[Episode]) -> tuple[Floats, Floats, Floats]:
    """Errors (m), mass needed to reach the truth, and milliseconds, one a town."""
    fits = fits_of(estimate, towns)
    return column(fits, "error_m"), column(fits, "mass_needed"), column(fits, "took_ms")


def main() -> None:
    """Print one line for each estimator and number of phones, or the gates."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scenario", choices=sorted(WORLDS), default="B1")
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--reporting", type=int, nargs="+", default=[5, 10, 20, 50, 100, 200])
    parser.add_argument("--seed", type=int, default=1_000_000)
    parser.add_argument("--must-hold", action="store_true")
    args = parser.parse_args()
    if args.must_hold:
        sys.exit(0 if _print_gates(args.seed) else 1)
    print(HEAD)
    for reporting in args.reporting:
        world = WORLDS[args.scenario]
        towns = [episode(args.seed + k, reporting, world) for k in range(args.episodes)]
        for name, place in BASELINES.items():
            print(_baseline_line(name, reporting, place, towns))
        for name, estimate in ESTIMATORS.items():
            print(_line(name, reporting, estimate, towns))
        print(_bound_line("bound, levels", reporting, towns, timing=False))
        print(_bound_line("bound, levels+TA", reporting, towns, timing=True), flush=True)


def _print_gates(seed: int) -> bool:
    every = True
    for gate in gates(seed, Sizes()):
        print(gate.line(), flush=True)
        every &= gate.held
    return every


def _baseline_line(name: str, reporting: int, place: Baseline, towns: Sequence[Episode]) -> str:
    start = process_time()
    places = [place(town) for town in towns]
    took_ms = 1e3 * (process_time() - start) / len(towns)
    errors = [error_m(town, found) for town, found in zip(towns, places, strict=True)]
    return f"{_errors(name, reporting, np.quantile(errors, PORTIONS))}{'':26}{took_ms:7.1f}"


def _line(name: str, reporting: int, estimate: Estimator, towns: Sequence[Episode]) -> str:
    fits = fits_of(estimate, towns)
    needed = column(fits, "mass_needed")
    inside = "/".join(f"{100 * (needed <= level).mean():.0f}" for level in (0.5, 0.9, 0.95))
    radius, took_ms = np.median(column(fits, "r_eq90_m")), np.median(column(fits, "took_ms"))
    errors = np.quantile(column(fits, "error_m"), PORTIONS)
    return f"{_errors(name, reporting, errors)}{inside:>16}{radius:10.0f}{took_ms:7.1f}"


def _bound_line(name: str, reporting: int, towns: Sequence[Episode], timing: bool) -> str:
    chances = np.array([chance_within(place_covariance(t, timing), RADII_M) for t in towns])
    return _errors(name, reporting, [pooled_quantile(chances, portion) for portion in PORTIONS])


def _errors(name: str, reporting: int, errors_m: Sequence[float] | Floats) -> str:
    median, common, most = errors_m
    return f"{name:20}{reporting:4}{median:7.0f}{common:6.0f}{most:6.0f}"


if __name__ == "__main__":
    main()
