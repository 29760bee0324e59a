"""Which listed cells are received where, or as, the register doesn't have them."""

import numpy as np

from detectors.features.rows.sightings import Sightings, sightings_of
from detectors.model.codes import GSM, NETWORK_POSITION
from detectors.model.columns import Bool, Measurements
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
    seen = seen.take(np.flatnonzero((seen.found >= 0) & own[seen.row]))
    otherwise = _are_off_plan(seen, register)
    odd = np.flatnonzero(otherwise | _are_far_off(batch, seen, register, ranges, least_m))
    return seen.take(odd), otherwise[odd]


def _are_off_plan(seen: Sightings, register: Register) -> Bool:
    """Another code than planned or, among GSM's neighbours, which are known by the channel of their
    BCCH, another channel; what isn't given contradicts nothing."""
    # Comparisons with NaN are false.
    other_code = np.abs(seen.pci - register.rows.pci[seen.found]) > 0
    other_channel = np.abs(seen.arfcn - register.rows.arfcn[seen.found]) > 0
    off: Bool = other_code | other_channel & (seen.rat == GSM) & seen.neighbour
    return off


def _are_far_off(
    batch: Measurements, seen: Sightings, register: Register, ranges: float, least_m: float
) -> Bool:
    """Away from the registered place, all doubt given."""
    row, cells, cell = seen.row, register.rows, seen.found
    away_m = distance_m(batch.lat[row], batch.lon[row], cells.lat[cell], cells.lon[cell])
    range_m = np.nan_to_num(cells.range_m[cell], nan=_RANGE_M)
    estimated = np.nan_to_num(cells.changeable[cell], nan=1.0) > 0
    few = np.nan_to_num(cells.samples[cell], nan=1.0) < _TRUSTED_SAMPLES
    doubt_m = 2.0 * np.nan_to_num(batch.accuracy_m[row], nan=_ACCURACY_M)
    doubt_m += np.where(estimated & few, _GUESS_M, 0.0)
    far: Bool = away_m - doubt_m > np.maximum(ranges * range_m, least_m)
    return far
