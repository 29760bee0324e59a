"""How well and how fast a moving transmitter is tracked, on simulated streets.

The same drives (`measuring/location/streets.py`) for all: a static fix of the last minute, the grid
filter `geo.track.grid.grid_filter`, the particle filter `geo.track.particles.particle_filter` with
and without the street map, and the particle filter of Stone-Soup where that is installed (it isn't
needed for anything else). Each answers from the newest 200 reports at several times of each drive,
as in service. `cost` is processor time for one such answer. Run it: ``python benchmarks/tracking.py
--episodes 40``.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from time import process_time

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring.location.streets import Drive, World, drive, road_grid
from geo.fix.locate import locate
from geo.posterior.posterior import Posterior, area_m2
from geo.reports.reports import Reports
from geo.track.forecast import forecast
from geo.track.grid.grid_filter import follow
from geo.track.particles.particle_filter import track
from geo.track.road_graph import RoadMap

try:
    from benchmarks.measuring.location.soup import soup
except ImportError as missing:
    soup = None  # type: ignore[assignment]
    WHY_NO_SOUP = f"Stone-Soup is not installed here ({missing}): its row is left out"

Estimator = Callable[[Reports, float], Posterior | None]

BUFFER = 200  # reports that an incident keeps
WINDOW_S = 60.0  # of the static fix
FIRST_S, EVERY_S = 120.0, 120.0  # when answers are asked for
AHEAD_S = 45.0  # until an alert is read
CASES = (
    ("drives 8 m/s", 0.5, World(rate_hz=0.5)),
    ("drives 8 m/s", 2.0, World(rate_hz=2.0)),
    ("walks 1.4 m/s", 0.5, World(rate_hz=0.5, speed_mps=1.4, stop_chance=0.0)),
    ("walks 1.4 m/s", 2.0, World(rate_hz=2.0, speed_mps=1.4, stop_chance=0.0)),
    ("never moves", 0.5, World(rate_hz=0.5, speed_mps=0.0)),
    ("never moves", 2.0, World(rate_hz=2.0, speed_mps=0.0)),
)


def static(reports: Reports, at_s: float) -> Posterior | None:
    """A fix of the last minute, or of all where that holds too little."""
    recent = reports.take(reports.ts_s > at_s - WINDOW_S)
    return locate(recent if len(recent) >= 6 else reports)


def still(reports: Reports, at_s: float) -> Posterior | None:
    """A fix of everything, as if it stood."""
    return locate(reports)


def grid(reports: Reports, at_s: float) -> Posterior | None:
    """The grid filter."""
    found = follow(reports, at_s)
    return found.posterior if found is not None else None


def particles(count: int, roads: RoadMap | None = None) -> Estimator:
    """The particle filter with so many particles."""

    def estimate(reports: Reports, at_s: float) -> Posterior | None:
        found = track(reports, at_s, particles=count, roads=roads)
        return found.posterior if found is not None else None

    return estimate


def ahead(reports: Reports, at_s: float) -> Posterior | None:
    """The particle filter's forecast for a time, made `AHEAD_S` before it."""
    found = track(reports.take(reports.ts_s <= at_s - AHEAD_S), at_s - AHEAD_S)
    return forecast(found, AHEAD_S) if found is not None else None


@dataclass(frozen=True)
class Measured:
    """Of all answers: errors (m), mass needed to reach the truth, radius (m) of a circle as large
    as the 90 % region, milliseconds, and reports behind each."""

    error_m: NDArray[np.float64]
    needed: NDArray[np.float64]
    radius_m: NDArray[np.float64]
    took_ms: NDArray[np.float64]
    reports: NDArray[np.float64]

    def line(self) -> str:
        """Error, coverage, size of the region, cost."""
        errors = "/".join(f"{e:.0f}" for e in np.quantile(self.error_m, [0.5, 0.67, 0.95]))
        inside = "/".join(f"{100 * (self.needed <= q).mean():.0f}" for q in (0.5, 0.9, 0.95))
        cost = float(np.median(self.took_ms))
        each = float(np.median(self.took_ms / self.reports))
        return f"{errors:>14}{inside:>12}{np.median(self.radius_m):8.0f}{cost:9.1f}{each:9.2f}"


def measure(estimate: Estimator, drives: list[Drive], times_s: list[float]) -> Measured:
    """One estimator at the given times of some drives."""
    rows = []
    for one in drives:
        for at_s in times_s:
            reports = one.newest(at_s, BUFFER)
            start = process_time()
            posterior = estimate(reports, at_s)
            took_ms = 1e3 * (process_time() - start)
            if posterior is None:
                continue
            rows.append(
                (
                    one.error_m(posterior, at_s),
                    one.mass_needed(posterior, at_s),
                    np.sqrt(area_m2(posterior.p, posterior.cell_area_m2, 0.9) / np.pi),
                    took_ms,
                    len(reports),
                )
            )
    return Measured(*np.array(rows, float).T)


def estimators(only: str | None) -> dict[str, Estimator]:
    """By name; some of them where `only` says so."""
    streets = RoadMap.of(*road_grid())
    every: dict[str, Estimator] = {
        "static, 60 s": static,
        "static, all": still,
        "geo.track.grid.grid_filter": grid,
        "particles 500": particles(500),
        "particles 1000": particles(1000),
        "particles 2000": particles(2000),
        "1000 on roads": particles(1000, streets),
        f"1000, {AHEAD_S:.0f} s ahead": ahead,
    }
    if soup is not None:
        every["Stone-Soup 2000"] = soup
    names = only.split(",") if only else list(every)
    return {name: every[name] for name in every if any(part in name for part in names)}


def main() -> None:
    """Print one line for each estimator and kind of drive."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1_000_000)
    parser.add_argument("--only", help="parts of names of estimators, with commas between")
    parser.add_argument("--cases", type=int, nargs="+", default=list(range(len(CASES))))
    args = parser.parse_args()
    if soup is None:
        print(WHY_NO_SOUP)
    print(f"{'':16}{'1/s':>5}  {'estimator':18}{'50/67/95 %, m':>14}", end="")
    print(f"{'in 50/90/95':>12}{'r90, m':>8}{'cost, ms':>9}{'a report':>9}")
    for name, rate_hz, world in (CASES[index] for index in args.cases):
        drives = [drive(args.seed + k, world) for k in range(args.episodes)]
        times_s = list(np.arange(FIRST_S, world.seconds + 1.0, EVERY_S))
        for estimator, estimate in estimators(args.only).items():
            measured = measure(estimate, drives, times_s)
            print(f"{name:16}{rate_hz:5}  {estimator:18}{measured.line()}", flush=True)


if __name__ == "__main__":
    main()
