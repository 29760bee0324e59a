"""Rows of the table of `geo.posterior.tempering`, fitted to episodes whose truth is known."""

from math import ceil
from typing import Final

import numpy as np

from geo.earth.sphere import Floats
from geo.posterior.tempering import NOMINAL, Kind, Temper

ALPHAS: Final = (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)


def tempered(p: Floats, ratio: float) -> Floats:
    """A posterior with its logarithm times `ratio`, over the same grid, sum 1."""
    scaled = np.asarray(p / p.max()) ** ratio
    return np.asarray(scaled / scaled.sum())


def fitted(kind: Kind, devices: int, needed: Floats) -> Temper:
    """The row that fits episodes; `needed` is that of `fitted_alpha`."""
    alpha = fitted_alpha(needed)
    return Temper(kind, devices, alpha, drawn_levels(needed[ALPHAS.index(alpha)]))


def fitted_alpha(needed: Floats, level: float = 0.9) -> float:
    """The alpha whose regions of `level` hold most nearly that share of truths.

    `needed` has shape (alphas, episodes): the mass of the smallest region that holds the truth, at
    each of `ALPHAS`. Of equally near ones the smallest is taken, which gives the widest regions.

    >>> fitted_alpha(np.linspace(0.5, 1.0, len(ALPHAS))[:, None] * np.linspace(0, 1.2, 100))
    0.8
    """
    held = (needed <= level).mean(axis=1)
    return float(ALPHAS[int(np.argmin(np.abs(held - level)))])


def drawn_levels(needed: Floats) -> tuple[float, float, float]:
    """Levels at which regions hold `NOMINAL` of further episodes, from the mass that past ones
    needed; shape (episodes,).

    Quantiles are rounded up, so that few episodes give wider regions.

    >>> drawn_levels(np.linspace(0.0, 1.0, 101))
    (0.5, 0.91, 0.96)
    """
    ranked = np.sort(needed)
    at = [min(ceil((ranked.size + 1) * level), ranked.size) - 1 for level in NOMINAL]
    half, most, nearly_all = (round(float(ranked[index]), 2) for index in at)
    return half, most, nearly_all


def level_of(row: Temper, nominal: float) -> float:
    """The level at which to draw a region that shall hold `nominal`, both in [0, 1].

    Linear between the levels measured; 0 and 1 are mapped to themselves.

    >>> level_of(Temper("levels", 0, 0.85, (0.6, 0.92, 0.96)), 0.7)
    0.76
    """
    knots, levels = (0.0, *NOMINAL, 1.0), (0.0, *row.levels, 1.0)
    return round(float(np.interp(nominal, knots, levels)), 6)
