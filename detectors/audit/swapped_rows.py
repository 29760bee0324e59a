"""Rows of which two have each other's data: crossed sectors of a mast, exchanged masts.

*Sectors*: the phones of each of two cells of a mast and technology are where the antenna of the
other points. Beside the register's azimuths and the crossed ones stands a third answer, that
azimuths of this mast say nothing, so that a mast which is merely turned is not called crossed.

*Places*: rows of which each is elsewhere (`detectors.sites.site_places`), and the learned place of
each is where the register has the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log
from typing import Final

import numpy as np

from detectors.audit.listed_cells import ListedCells, places_of
from detectors.model.columns import F8, I8
from geo.earth.sphere import distance_m, great_circle_m
from geo.fix.serving_share import served_chance

#: Prior chances: that two given sectors are crossed, and that azimuths of a mast say nothing.
_CROSSED, _MEANINGLESS = 0.005, 0.05
#: Phones so near say nothing of a direction (m); so many witnesses are needed of the two together,
#: and of each.
_NEAR_M, _LEAST_WITNESSES, _LEAST_OF_EACH = 100.0, 8, 2
#: A witness counts half, since phones of one street share what reflects there.
_TEMPER: Final = 0.5
#: Learned and registered place are the same within this (m), or within so many standard deviations.
_SAME_M, _SIGMAS = 400.0, 3.0


@dataclass(frozen=True, slots=True)
class Crossed:
    """Two listed cells (by their numbers) whose azimuths are the other's."""

    cells: tuple[int, int]
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A row, or all rows of a mast, whose place is wrong: registered and learned (degrees), the
    latter's standard deviation along one axis (m), and the chance that it is wrong."""

    registered: tuple[float, float]
    learned: tuple[float, float]
    sigma_m: float
    probability: float
    network: int


def crossed_sectors(cells: ListedCells, in_place: Sequence[bool]) -> list[Crossed]:
    """Pairs that are likelier crossed than not; ``in_place`` says of which cells the mast is."""
    found = []
    for mast in _masts(cells, in_place):
        antennas = cells.antennas(mast)
        witnesses = {at: _witnesses(cells, int(mast[at])) for at in range(len(mast))}
        for one, other in combinations(range(len(mast)), 2):
            counts = [len(witnesses[at][0]) for at in (one, other)]
            if min(counts) < _LEAST_OF_EACH or sum(counts) < _LEAST_WITNESSES:
                continue
            logs = np.zeros(3)
            for own, theirs in ((one, other), (other, one)):
                lat, lon = witnesses[own]
                every = np.arange(len(mast))[:, None]
                shares = served_chance(antennas, every, lat, lon)
                shares = np.log(shares / shares.sum(axis=0))
                logs += (*shares[[own, theirs]].sum(axis=1), -log(len(mast)) * len(lat))
            prior = log(1.0 - _CROSSED - _MEANINGLESS), log(_CROSSED), log(_MEANINGLESS)
            logs = prior + _TEMPER * logs
            probability = float(np.exp(logs[1] - np.logaddexp.reduce(logs)))
            if probability > 0.5:
                pair = int(mast[one]), int(mast[other])
                found.append(Crossed(pair, probability))
    return found


def exchanged(places: Sequence[Elsewhere]) -> Iterator[tuple[int, int, float]]:
    """Pairs of entries, each of which is where the other is registered, and the chance that both
    rows are wrong. That the two agree isn't counted on top, so the chance is on the safe side."""
    if not places:
        return
    lat, lon = np.array([place.registered for place in places]).T
    for one, mine in enumerate(places):
        near_m = distance_m(*mine.learned, lat[one + 1 :], lon[one + 1 :])
        for other in (np.flatnonzero(near_m <= _tolerance_m(mine)) + one + 1).tolist():
            theirs = places[other]
            back_m = great_circle_m(*theirs.learned, *mine.registered)
            if mine.network == theirs.network and back_m <= _tolerance_m(theirs):
                yield one, other, mine.probability * theirs.probability


def _tolerance_m(place: Elsewhere) -> float:
    return max(_SAME_M, _SIGMAS * place.sigma_m)


def _masts(cells: ListedCells, in_place: Sequence[bool]) -> Iterator[I8]:
    """Cells of one mast, network and technology that have an azimuth, two at least."""
    rows = cells.rows
    aimed = np.isfinite(rows.azimuth_deg[cells.row]) & np.asarray(in_place, dtype=np.bool_)
    masts: dict[tuple[int, float, float], list[int]] = {}
    for at in np.flatnonzero(aimed).tolist():
        masts.setdefault((int(cells.network[at]), *cells.place(at)), []).append(at)
    for mast in masts.values():
        if len(mast) > 1:
            yield np.array(mast, dtype=np.int64)


def _witnesses(cells: ListedCells, at: int) -> tuple[F8, F8]:
    """Places of a cell's phones that say something of its direction."""
    tally = cells.tallies.get(at)
    if tally is None:
        return np.zeros(0), np.zeros(0)
    lat, lon = places_of(tally)
    far = distance_m(*cells.place(at), lat, lon) > _NEAR_M
    return lat[far], lon[far]
