"""What a team's bearings add to the crowd, and what it's worth to take them where advised.

The towns are those of `location.py`, thirty phones each, levels only. First three bearings from
500 m in random directions are added, honest ones and such as are a reflection one time in ten.
Then a team goes from place to place, once where `geo.advise.next_measurement` advises and once to
places drawn from the same surroundings, and reads a bearing at each. Run it: ``python
benchmarks/homing.py --episodes 60``.
"""

import argparse
from dataclasses import fields
from time import perf_counter

import numpy as np

from benchmarks.measuring.location import towns
from geo.advise.next_measurement import next_place
from geo.fix.locate import Posterior, Reports, locate
from geo.posterior.posterior import area_m2

REPORTING = 30
LEVEL = 0.9
DISTANCE_M = 500.0
SIGMA_DEG = 5.0
READINGS = 3
STEPS = 3
SURROUNDINGS_M = (100.0, 1_500.0)  # from the mode, where a team goes that isn't advised


def joined(*parts: Reports) -> Reports:
    """The rows of all."""
    names = [field.name for field in fields(Reports)]
    return Reports(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def bearings_from(
    town: towns.Episode,
    rng: np.random.Generator,
    x: np.ndarray,
    y: np.ndarray,
    reflections: float = 0.0,
    first_team: int = 0,
) -> Reports:
    """Bearings to the truth from places of the town's frame (metres), one team each."""
    bearing = np.degrees(np.arctan2(town.x - x, town.y - y)) + rng.normal(0.0, SIGMA_DEG, x.size)
    wrong = rng.random(x.size) < reflections
    bearing = np.where(wrong, rng.uniform(0.0, 360.0, x.size), bearing)
    return Reports.of(
        *town.frame.to_latlon(x, y),
        accuracy_m=8.0,
        bearing_deg=bearing,
        bearing_sigma_deg=SIGMA_DEG,
        trusted=True,
        device=1_000_000 + first_team + np.arange(x.size),
    )


def crowd_and_bearings(seed: int, reflections: float) -> tuple[float, float, float, float]:
    """Area (m2) of the region and mass needed to reach the truth: crowd alone, with bearings."""
    town = towns.episode(seed, REPORTING)
    rng = np.random.default_rng([seed, 2])
    course = rng.uniform(0.0, 2.0 * np.pi, READINGS)
    x, y = town.x + DISTANCE_M * np.cos(course), town.y + DISTANCE_M * np.sin(course)
    alone = found(town.reports)
    both = found(joined(town.reports, bearings_from(town, rng, x, y, reflections)))
    return _area_m2(alone), _area_m2(both), town.mass_needed(alone), town.mass_needed(both)


def on_the_way(seed: int, advised: bool) -> list[tuple[float, float]]:
    """Area (m2) of the region and mass needed to reach the truth, before the first bearing and
    after each of `STEPS`."""
    town = towns.episode(seed, REPORTING)
    rng = np.random.default_rng([seed, 3])
    reports, seen = town.reports, []
    for step in range(STEPS + 1):
        posterior = found(reports)
        seen.append((_area_m2(posterior), town.mass_needed(posterior)))
        mode_x, mode_y = town.frame.to_xy(*posterior.mode)
        reach, course = rng.uniform(*SURROUNDINGS_M), rng.uniform(0.0, 2.0 * np.pi)
        x, y = mode_x + reach * np.cos(course), mode_y + reach * np.sin(course)
        if advised:
            advice = next_place(posterior, sigma_deg=SIGMA_DEG)
            assert advice is not None
            x, y = town.frame.to_xy(advice.lat, advice.lon)
        taken = bearings_from(town, rng, np.atleast_1d(x), np.atleast_1d(y), first_team=step)
        reports = joined(reports, taken)
    return seen


def found(reports: Reports) -> Posterior:
    """The posterior, which there always is."""
    posterior = locate(reports)
    assert posterior is not None
    return posterior


def _area_m2(posterior: Posterior) -> float:
    return area_m2(posterior.p, posterior.cell_area_m2, LEVEL)


def main() -> None:
    """Print what bearings add, and the way of an advised team and another."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=int, default=60)
    parser.add_argument("--seed", type=int, default=3_000_000)
    args = parser.parse_args()
    seeds = range(args.seed, args.seed + args.episodes)
    for reflections in (0.0, 0.1):
        seen = np.array([crowd_and_bearings(seed, reflections) for seed in seeds])
        alone, both = np.median(seen[:, :2], axis=0)
        inside = 100.0 * (seen[:, 2:] <= LEVEL).mean(axis=0)
        print(
            f"{READINGS} bearings, {100 * reflections:2.0f} % reflections: "
            f"region {alone:.0f} -> {both:.0f} m2 ({both / alone:.2f}; "
            f"median of ratios {np.median(seen[:, 1] / seen[:, 0]):.2f}), "
            f"truth inside {inside[0]:.0f} % -> {inside[1]:.0f} %"
        )
    advised, other = (
        np.array([on_the_way(seed, advised) for seed in seeds]) for advised in (True, False)
    )
    for name, way in (("advised", advised), ("random places", other)):
        areas, inside = (
            np.median(way[:, :, 0], axis=0),
            100.0 * (way[:, :, 1] <= LEVEL).mean(axis=0),
        )
        print(f"{name:14}" + "".join(f"{area:9.0f}" for area in areas) + " m2, median")
        print(f"{'':14}" + "".join(f"{share:9.0f}" for share in inside) + " % truth inside")
    for step in range(1, STEPS + 1):
        ratio = advised[:, step, 0] / other[:, step, 0]
        better = 100.0 * (ratio < 1.0).mean()
        print(f"after {step}: advised is smaller in {better:.0f} %, ratio {np.median(ratio):.2f}")
    posterior = found(towns.episode(args.seed, REPORTING).reports)
    start = perf_counter()
    for _ in range(20):
        next_place(posterior)
    print(f"advice: {50.0 * (perf_counter() - start):.1f} ms")


if __name__ == "__main__":
    main()
