"""How many decibels each receiver reads high or low, learned from levels of known transmitters.

Receivers differ by some decibels that do not change: antenna, case, pocket, scale. Where several
receive the same signal, their differences are their offsets. Two cases are used: phones at one
place on one legitimate cell (`offsets_at_cells`), and receivers in known places around
transmissions from known places (`offsets_from_places`). Both are a two-way table, level = group +
offset + noise, with a Gaussian prior on offsets, solved for all unknowns together and reweighted
against outliers (Huber). Adding a constant to all offsets and subtracting it from all groups leaves
the levels unchanged; the prior chooses offsets with mean zero.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmarks.measuring.location.two_way_table import Table, least_squares
from geo.earth.sphere import Floats
from geo.radio.pathloss import HUBER_Z

Ints = NDArray[np.int64]

PHONE_SD_DB = 4.0  # standard deviation of phones' offsets: model, hand and pocket
RECEIVER_SD_DB = 10.0  # standard deviation of the offsets of uncalibrated receivers
POWER_SD_DB = 3.0  # of one kind of transmitter between transmissions
EXPONENT, EXPONENT_SD = 3.0, 1.0
NOISE_DB = 7.0  # before any level is seen ..
NOISE_ROWS = 8.0  # .. which counts as much as so many rows
ROUNDS = 20  # of reweighting
LOWEST_SHARE = 0.05  # quantile of a receiver's levels that is taken as its own noise ..
ABOVE_NOISE_DB = 6.0  # .. so far above which noise adds a decibel; below, a level is mostly noise
NOISE_SPREAD_DB = 5.0  # at most, from that quantile to thrice it; signals alone spread more
LEAST_ROWS = 5

_FLAT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Offsets:
    """Posterior mean and standard deviation by device: ascending codes, columns of one length.

    The deviation takes the offsets of other devices as known. A device without levels has offset 0
    and `prior_sd_db`.
    """

    device: Ints
    offset_db: Floats
    sd_db: Floats
    prior_sd_db: float

    def of(self, device: ArrayLike) -> tuple[Floats, Floats]:
        """Offset and standard deviation (dB) of each of some devices, row by row."""
        asked = np.atleast_1d(np.asarray(device, np.int64))
        if self.device.size == 0:
            return np.zeros(asked.size), np.full(asked.size, self.prior_sd_db)
        at = np.minimum(np.searchsorted(self.device, asked), self.device.size - 1)
        known = self.device[at] == asked
        offset = np.where(known, self.offset_db[at], 0.0)
        return offset, np.where(known, self.sd_db[at], self.prior_sd_db)


@dataclass(frozen=True, slots=True, eq=False)
class Receivers:
    """Offsets with the path-loss law that goes with them (`geo.radio.pathloss`: 100 m, dB)."""

    offsets: Offsets
    power_dbm_100m: float
    exponent: float
    sigma_db: float


def offsets_at_cells(
    device: ArrayLike, group: ArrayLike, level_dbm: ArrayLike, prior_sd_db: float = PHONE_SD_DB
) -> Offsets:
    """Offsets of devices that received the same legitimate cells at the same places.

    `group` is a code for cell and place together (a square of some 250 m). Its level is unknown but
    the same for all devices, so a group with one device has no effect. Rows without a finite level
    are left out; neither the order of rows nor the values of codes matter.

    >>> two = offsets_at_cells([1, 2, 1, 2], [7, 7, 8, 8], [-80.0, -90.0, -95.0, -105.0])
    >>> two.offset_db.round(1).tolist()
    [2.4, -2.4]
    """
    table = Table.of(device, group, level_dbm, np.nan, np.nan)
    return _solved(table, prior_sd_db, with_law=False).offsets


def offsets_from_places(
    device: ArrayLike,
    transmission: ArrayLike,
    level_dbm: ArrayLike,
    u: ArrayLike,
    floor_dbm: ArrayLike = np.nan,
    prior_sd_db: float = RECEIVER_SD_DB,
) -> Receivers:
    """Offsets of receivers around transmissions whose places are known, and the path-loss law.

    level = power of the transmission - exponent * u + offset + noise; `u` is that of
    `geo.radio.pathloss.log_distance`. A level below the receiver's `floor_dbm` (NaN for none) only
    counts as "below the floor" (Tobit): it is replaced by its expectation under that condition.
    """
    table = Table.of(device, transmission, level_dbm, u, floor_dbm)
    return _solved(table, prior_sd_db, with_law=True)


def floors(device: ArrayLike, level_dbm: ArrayLike) -> tuple[Ints, Floats]:
    """Codes, ascending, and the level (dB) below which each device reads mostly its own noise.

    NaN for devices with fewer than `LEAST_ROWS` rows, and for those whose lowest levels do not
    cluster: they never came down to their own noise.
    """
    code, row = np.unique(np.asarray(device, np.int64), return_inverse=True)
    level = np.asarray(level_dbm, float)
    floor = np.full(code.size, np.nan)
    for index in range(code.size):
        own = level[row == index]
        own = own[np.isfinite(own)]
        if own.size >= LEAST_ROWS:
            lowest, above = np.quantile(own, [LOWEST_SHARE, 3.0 * LOWEST_SHARE])
            if above - lowest <= NOISE_SPREAD_DB:
                floor[index] = lowest + ABOVE_NOISE_DB
    return code, floor


def _solved(table: Table, prior_sd_db: float, with_law: bool) -> Receivers:
    """Weighted least squares with priors; weights and censored levels are renewed each round."""
    devices, groups = table.device.size, table.groups
    design = table.design(with_law)
    prior = np.full(devices, 1.0 / prior_sd_db**2)
    prior = np.append(prior, np.full(groups, 1.0 / POWER_SD_DB**2 if with_law else _FLAT))
    mean = np.zeros(devices + groups)
    if with_law:
        power = np.median(table.level + EXPONENT * table.u) if table.level.size else 0.0
        prior = np.append(prior, [_FLAT, 1.0 / EXPONENT_SD**2])
        mean = np.append(mean, [power, EXPONENT])
    found, variance, weight = mean, NOISE_DB**2, np.ones(table.level.size)
    for _ in range(ROUNDS if table.level.size else 0):
        level, hidden = table.uncensored(design @ found, variance)
        found = least_squares(design, weight / variance, level, prior, mean, found)
        off = level - design @ found
        weight = np.minimum(1.0, HUBER_Z / np.maximum(np.abs(off) / np.sqrt(variance), HUBER_Z))
        squares = float(weight @ (off**2 + hidden))
        variance = (squares + NOISE_ROWS * NOISE_DB**2) / (float(weight.sum()) + NOISE_ROWS)
    precision = weight / variance
    by_group = np.bincount(table.row_group, precision, groups) + prior[devices : devices + groups]
    information = precision * (1.0 - precision / by_group[table.row_group])
    sd_db = 1.0 / np.sqrt(np.bincount(table.row_device, information, devices) + prior[:devices])
    offsets = Offsets(table.device, found[:devices], sd_db, prior_sd_db)
    power, exponent = found[-2:] if with_law else (np.nan, np.nan)
    return Receivers(offsets, float(power), float(exponent), float(np.sqrt(variance)))
