"""Which listed cells are received where, or as, the register doesn't have them."""

import numpy as np

from detectors.features.rows.sightings import Sightings, sightings_of
from detectors.model.codes import GSM, NETWORK_POSITION
from detectors.model.columns import I8, Bool, Measurements
from detectors.register.register import Register
from geo.earth.sphere import distance_m

#: A position without an accuracy, a cell without a range, and what an estimated place of few
#: samples may be off (m); how many samples are enough.
_ACCURACY_M, _RANGE_M, _GUESS_M, _TRUSTED_SAMPLES = 100.0, 1000.0, 3000.0, 10.0


def misplaced(
    batch: Measurements, register: Register, ranges: float, least_m: float
) -> tuple[Sightings, Bool]:
    """Sightings with a place of listed cells that the register has otherwise, or so many ranges of
    the cell away, ``least_m`` at least; and which of them are the former."""
    seen = sightings_of(batch, register)
    own = np.isfinite(batch.lat) & (batch.position_source != NETWORK_POSITION)
    listed = seen.by_message(np.flatnonzero((seen.found >= 0) & own[seen.row]))
    otherwise = _are_off_plan(seen, listed, register)
    far = _are_far_off(batch, seen.row[listed], seen.found[listed], register, ranges, least_m)
    odd = otherwise | far
    return seen.take(listed[odd]), otherwise[odd]


def _are_off_plan(seen: Sightings, entries: I8, register: Register) -> Bool:
    """Which entries have another code than planned or, among GSM's neighbours, which are known by
    the channel of their BCCH, another channel; what isn't given contradicts nothing."""
    cells, cell = register.rows, seen.found[entries]
    # Comparisons with NaN are false.
    other_code = np.abs(seen.pci[entries] - cells.pci[cell]) > 0
    other_channel = np.abs(seen.arfcn[entries] - cells.arfcn[cell]) > 0
    by_channel = (seen.rat[entries] == GSM) & seen.neighbour[entries]
    off: Bool = other_code | other_channel & by_channel
    return off


def _are_far_off(
    batch: Measurements, row: I8, cell: I8, register: Register, ranges: float, least_m: float
) -> Bool:
    """Which of some rows of a batch are away from the registered place of a cell each, all doubt
    given."""
    cells = register.rows
    away_m = distance_m(batch.lat[row], batch.lon[row], *register.masts(cell))
    range_m = np.nan_to_num(cells.range_m[cell], nan=_RANGE_M)
    estimated = np.nan_to_num(cells.changeable[cell], nan=1.0) > 0
    few = np.nan_to_num(cells.samples[cell], nan=1.0) < _TRUSTED_SAMPLES
    doubt_m = 2.0 * np.nan_to_num(batch.accuracy_m[row], nan=_ACCURACY_M)
    doubt_m += np.where(estimated & few, _GUESS_M, 0.0)
    far: Bool = away_m - doubt_m > np.maximum(ranges * range_m, least_m)
    return far
