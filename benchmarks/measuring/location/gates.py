"""What locating must hold on simulated towns: coverage, sharpness, accuracy, cost; all figures.

The bands about a nominal coverage are its 99 % binomial ones for 400 episodes; the gates on
errors leave some 15 % to what a prototype reached.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import process_time
from types import MappingProxyType
from typing import Final

import numpy as np
from scipy.stats import kstest

from geo.earth.sphere import Floats
from geo.posterior.region import highest_density_region, to_geojson

from .baselines import error_m, ichnaea, weighted_centroid
from .bound import RADII_M, chance_within, place_covariance, pooled_quantile
from .estimators import Fit, column, everything, fits_of, independent, levels
from .towns import WORLDS, Episode, episode

REPORTING_FOR_COVERAGE = (10, 20, 50)
BANDS: Final = MappingProxyType({0.5: (0.435, 0.565), 0.9: (0.86, 0.938), 0.95: (0.92, 0.975)})
#: A slope that breaks is no part of the model: there the wider regions have a floor only.
BROKEN_BANDS: Final = MappingProxyType({0.5: (0.435, 0.565), 0.9: (0.85, 1.0), 0.95: (0.9, 1.0)})
ERRORS_M: Final = MappingProxyType(
    {20: (85.0, 115.0, 230.0), 50: (48.0, 62.0, 110.0), 100: (34.0, 44.0, 80.0)}
)
R_EQ90_M: Final = MappingProxyType({20: 135.0, 50: 85.0, 100: 60.0})
BEATEN_CENTROID, BEATEN_ICHNAEA, ICHNAEA_FROM = 1.4, 2.5, 50
BOUND_RATIO, BOUND_REPORTING = 1.35, 100
OFFSET_LEAST = 80.0  # % of truths, in spite of it
CONFLICT_SHARE = 0.05
FIT_MS: Final = MappingProxyType({50: 30.0, 200: 120.0})
REGION_MS = 5.0
KS_CHANCE = 0.01
PORTIONS = (0.5, 0.67, 0.95)


@dataclass(frozen=True, slots=True)
class Gate:
    """One promise: what was measured, what it must be, and whether it is."""

    name: str
    figure: str
    gate: str
    held: bool

    def line(self) -> str:
        """As printed."""
        return f"{self.name:44}{self.figure:>28}   {self.gate:24}{'held' if self.held else 'NOT'}"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many towns each part draws."""

    coverage: int = 400
    accuracy: int = 200
    bound: int = 2000
    crowd: int = 30


def gates(seed: int, sizes: Sizes) -> Iterator[Gate]:
    """All promises, as they are measured on towns of seeds from `seed` on."""
    plain: list[Fit] = []
    for name in WORLDS:
        towns = coverage_towns(name, seed, sizes.coverage)
        fits = fits_of(everything, towns)
        yield from _coverage(name, fits)
        if name == "B1":
            plain = fits
            alone = column(fits_of(independent, towns), "log_score")
            yield _uniform(column(fits, "mass_needed"))
            yield _log_score(column(fits, "log_score"), alone)
        if name in ("B1", "B5"):
            share = column(fits, "ta_conflict").mean()
            yield _most(
                f"{name} honest advances called a conflict", share, CONFLICT_SHARE, "{:.3f}"
            )
    assert plain
    for reporting in ERRORS_M:
        towns = [episode(seed + k, reporting, WORLDS["B1"]) for k in range(sizes.accuracy)]
        yield from _accuracy(reporting, towns)
    crowd = [episode(seed + k, 200, WORLDS["B1"]) for k in range(sizes.crowd)]
    yield from _accuracy(200, crowd)
    yield bound_gate(seed, sizes.bound)
    yield _region_cost(towns[:50])


def coverage_towns(name: str, seed: int, count: int) -> list[Episode]:
    """Towns of one scenario with ten, twenty and fifty phones in turn."""
    reporting = REPORTING_FOR_COVERAGE
    return [episode(seed + k, reporting[k % len(reporting)], WORLDS[name]) for k in range(count)]


def bound_gate(seed: int, count: int, resamples: int = 1000) -> Gate:
    """Median error from levels alone against the median that the bound implies.

    The interval is that of a bootstrap over towns, error and bound of a town drawn together.
    """
    errors, chances = np.empty(count), np.empty((count, RADII_M.size))
    for row in range(count):
        town = episode(seed + row, BOUND_REPORTING)
        errors[row] = fits_of(levels, [town])[0].error_m
        chances[row] = chance_within(place_covariance(town), RADII_M)
    ratio, (low, high) = ratio_to_bound(errors, chances, resamples, seed)
    figure = f"{ratio:.3f} ({low:.3f} to {high:.3f})"
    name = f"levels N={BOUND_REPORTING} median / bound's, {count} towns"
    return Gate(name, figure, f"<= {BOUND_RATIO}", ratio <= BOUND_RATIO)


def ratio_to_bound(
    errors_m: Floats, chances: Floats, resamples: int, seed: int
) -> tuple[float, tuple[float, float]]:
    """Ratio of the medians, and its 95 % bootstrap interval."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, errors_m.size, (resamples, errors_m.size))
    ratios = []
    for rows in drawn:
        times = np.bincount(rows, minlength=errors_m.size).astype(float)
        ratios.append(np.median(errors_m[rows]) / pooled_quantile(chances, 0.5, times))
    low, high = np.quantile(ratios, [0.025, 0.975])
    ratio = float(np.median(errors_m) / pooled_quantile(chances, 0.5))
    return ratio, (float(low), float(high))


def _coverage(name: str, fits: Sequence[Fit]) -> Iterator[Gate]:
    needed = column(fits, "mass_needed")
    bands = BROKEN_BANDS if name == "B4" else BANDS
    for level, (least, most) in bands.items():
        share = float((needed <= level).mean())
        limits = f"{100 * least:.1f} to {100 * most:.1f}" if most < 1 else f">= {100 * least:.0f}"
        title = f"{name} truths in the {100 * level:.0f} % region (%)"
        yield Gate(title, f"{100 * share:.1f}", limits, least <= share <= most)
    if name == "B5":
        share = 100 * float((needed <= 0.9).mean())
        yield _least("B5 offset sd 200 m, 90 % region (%)", share, OFFSET_LEAST, "{:.1f}")


def _accuracy(reporting: int, towns: Sequence[Episode]) -> Iterator[Gate]:
    fits = fits_of(everything, towns)
    errors = column(fits, "error_m")
    median = float(np.median(errors))
    if reporting in ERRORS_M:
        reached = np.quantile(errors, PORTIONS)
        figure = "/".join(f"{value:.0f}" for value in reached)
        limits = "<= " + "/".join(f"{value:.0f}" for value in ERRORS_M[reporting])
        held = bool((reached <= ERRORS_M[reporting]).all())
        yield Gate(f"N={reporting} error 50/67/95 % (m)", figure, limits, held)
        radius = np.median(column(fits, "r_eq90_m"))
        yield _most(f"N={reporting} median r_eq90 (m)", radius, R_EQ90_M[reporting])
    centroid = np.median([error_m(town, weighted_centroid(town)) for town in towns])
    yield _least(
        f"N={reporting} weighted centroid's median / ours", centroid / median, BEATEN_CENTROID
    )
    if reporting >= ICHNAEA_FROM:
        theirs = np.median([error_m(town, ichnaea(town)) for town in towns])
        yield _least(f"N={reporting} ichnaea's median / ours", theirs / median, BEATEN_ICHNAEA)
    if reporting in FIT_MS:
        yield _most(
            f"N={reporting} a fix (ms)", np.median(column(fits, "took_ms")), FIT_MS[reporting]
        )


def _uniform(needed: Floats) -> Gate:
    chance = float(kstest(needed, "uniform").pvalue)
    held = chance > KS_CHANCE
    return Gate("B1 mass needed is uniform (KS p)", f"{chance:.3f}", f"> {KS_CHANCE}", held)


def _log_score(ours: Floats, alone: Floats) -> Gate:
    figure = f"{ours.mean():.2f} against {alone.mean():.2f}"
    held = bool(ours.mean() > alone.mean())
    return Gate("B1 log score against phones as independent", figure, "higher", held)


def _region_cost(towns: Sequence[Episode]) -> Gate:
    took_ms = []
    for town in towns:
        posterior = everything(town)
        assert posterior is not None
        start = process_time()
        to_geojson(highest_density_region(posterior))
        took_ms.append(1e3 * (process_time() - start))
    return _most("region to GeoJSON (ms)", np.median(took_ms), REGION_MS, "{:.1f}")


def _most(name: str, value: float, most: float, form: str = "{:.0f}") -> Gate:
    return Gate(name, form.format(value), f"<= {most:g}", bool(value <= most))


def _least(name: str, value: float, least: float, form: str = "{:.2f}") -> Gate:
    return Gate(name, form.format(value), f">= {least:g}", bool(value >= least))
