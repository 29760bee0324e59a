"""How likely a cell that nobody reports is not on the air where the register has it: retired rows.

Of each cell that is on the air some phones should report, in proportion to those in front of it
(`geo.fix.serving_share`). How far cells are from that, busy and quiet ones, is learned from the
network's own cells: counts of phones are negative-binomial about it, and some cells are silent
because they are off the air (or at another place at which nobody reports them either). Both
unknowns, how uneven cells are and how many are off, are integrated out over a grid (Lambert 1992
has the model, zero-inflated counts).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import gammaln, logsumexp

from detectors.audit.listed_cells import ListedCells, places_of
from detectors.model.codes import CELL_KINDS, code_of
from detectors.model.columns import F8
from geo.fix.serving_share import expected_phones

#: How uneven cells are (shape of a gamma density) and which share of rows is off the air.
_SHAPES: Final = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
_OFF_SHARES: Final = np.array([0.005, 0.01, 0.02, 0.04, 0.08])
#: Fewer phones than this are expected of no cell, and such a share of cells is not where it is
#: registered, so that their counts say nothing.
_LEAST_MEAN, _ELSEWHERE = 1e-3, 0.05
#: Share of rows whose cell is elsewhere than registered.
_DISPLACED: Final = 0.03
#: What a network's cells must be before anything is learned from them.
_LEAST_CELLS, _LEAST_PHONES = 12, 30
#: Cells that serve a flat or an event may well be silent.
_SMALL: Final = tuple(code_of(kind, CELL_KINDS) for kind in ("indoor", "femto", "temporary"))


@dataclass(frozen=True, slots=True, eq=False)
class Silence:
    """By listed cell: phones that should have reported it, chance that it is not on the air there
    given that none did, and the chance of that silence if it were. The last two say nothing of
    cells that are reported, or of networks with too few phones: 0 and 1."""

    expected: F8
    off_air: F8
    silent_though_on_air: F8


def silence_of(cells: ListedCells) -> Silence:
    """What silence means, for each listed cell."""
    silence = Silence(np.zeros(len(cells)), np.zeros(len(cells)), np.ones(len(cells)))
    for network in cells.networks():
        places = [_places(cells, at) for at in network.tolist()]
        phones = np.array([len(lat) for lat, _ in places], dtype=float)
        if len(network) < _LEAST_CELLS or phones.sum() < _LEAST_PHONES:
            continue
        lat, lon = (np.concatenate(axis) for axis in zip(*places, strict=True))
        expected = expected_phones(cells.antennas(network), lat, lon, np.ones(len(lat)))
        common = ~np.isin(cells.rows.kind[cells.row[network]], _SMALL)
        weights = _weights(phones[common], expected[common])
        quiet = common & (phones == 0)
        none = _silent(expected[quiet])
        # It may be on the air elsewhere, and as little reported there as cells are on the whole.
        astray = _DISPLACED * float((phones == 0).mean())
        off = _OFF_SHARES + astray
        off = off / (off + (1.0 - _OFF_SHARES) * none[:, :, None])
        silence.expected[network] = expected
        silence.off_air[network[quiet]] = (off * weights).sum(axis=(1, 2))
        silence.silent_though_on_air[network[quiet]] = none @ weights.sum(axis=1)
    return silence


def _places(cells: ListedCells, at: int) -> tuple[F8, F8]:
    tally = cells.tallies.get(at)
    return (np.zeros(0), np.zeros(0)) if tally is None else places_of(tally)


def _weights(phones: F8, expected: F8) -> F8:
    """How likely each shape (row) and share of cells off the air (column) is, by a network's own
    counts of phones; the sum is one."""
    count, mean = np.rint(phones), np.maximum(expected, _LEAST_MEAN)
    shape = _SHAPES[:, None]
    usual = gammaln(count + shape) - gammaln(shape) - gammaln(count + 1.0)
    usual += shape * np.log(shape / (shape + mean)) + count * np.log(mean / (shape + mean))
    elsewhere = np.log(_ELSEWHERE) - np.log((count + 1.0) * (count + 2.0))
    seen = np.logaddexp(np.log1p(-_ELSEWHERE) + usual, elsewhere)
    off = np.log(_OFF_SHARES)[:, None]
    # Of a cell that is off nobody reports; axes: shape, share off, cell.
    by_share = np.log1p(-_OFF_SHARES)[:, None] + seen[:, None, :]
    none = np.where(count == 0, off, -np.inf)
    logs = np.logaddexp(by_share, none).sum(axis=-1)
    return np.asarray(np.exp(logs - logsumexp(logs)))


def _silent(expected: F8) -> F8:
    """Chance that no phone reports a cell on the air, by cell and shape."""
    mean = np.maximum(expected, _LEAST_MEAN)[:, None]
    return np.asarray((_SHAPES / (_SHAPES + mean)) ** _SHAPES)
