"""Likelihood of the places where victims were seen again, when no level was measured.

A transmitter captures phones around it, more of them near than far, and releases them; each is next
seen at an honest cell or at a place of its own. So the places of return are a sample of the covered
area, blurred by how far each phone may have been from the place where it was seen. The
transmitter's reach is unknown but the same for all victims: it is carried as a few hypotheses, so
that the middle of the area becomes more certain with more victims, and no more certain than the
unknown reach allows.

A cell is not a place. All victims of a small area come back at the same cell, and together they
carry no more than one of them does: that the area lies in what the cell serves. Hence the
probability of being seen at a cell is the share of the covered area that the cell serves, which is
flat within the cell.
"""

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.special import chndtr

from geo.earth.sphere import Floats
from geo.likelihood.grids import Singles, squared_m2
from geo.radio.pathloss import PathlossPrior
from geo.reports.device_weights import WeightedReports

#: Part of `place_sigma_m` that stands for the transmitter's reach; the rest is the cell's range.
PRESUMED_REACH_M = 800.0
SERVED_SHARE = 0.7  # a register's range is where a cell was ever received; it serves less
LEAST_SERVED_M = 150.0  # also around a phone's own place: it has moved since it was released
CARRIED_OFF = 0.1  # share of victims that travelled away before they were seen ..
CARRIED_M = 2_000.0  # .. and how far (standard deviation along each axis)
#: How far off a victim is along an axis, in reaches, where they aren't looked at one by one. Chosen
#: on driving transmitters of drawn worlds; 0.5 to 1 differ little.
SPREAD = 0.7
#: Correlation between victims (chosen, as the next): people live and walk where streets are.
LIKENESS = 0.03
#: .. and between a victim and a phone whose level is known: they are of one crowd, often the same
#: phones under another pseudonym, so that where they stand is counted already.
LIKENESS_OF_CAMPED = 0.2
#: People are not spread evenly around the transmitter: standard deviation, along each axis, of the
#: middle of its victims from its own place, in reaches.
UNEVEN = 0.25

REACH_NODES = np.linspace(-2.0, 2.0, 9)  # in standard deviations of the logarithm ..
REACH_DECADES = 0.3  # .. which follows from 10 dB of power at an exponent of 3.3
#: The covered area as concentric discs: share of the victims, and radius in reaches. Together they
#: have the soft edge that levels with a scatter of some 10 dB give.
COVER = ((0.25, 0.6), (0.4, 0.95), (0.25, 1.4), (0.1, 2.2))

#: The log-likelihood is smooth over such a distance, since cells serve `LEAST_SERVED_M` or more.
SMOOTH_M = 100.0

_STEP_M = 25.0
_STEPS = 480
_BETWEEN = 5  # distances in a table for each step, linearly interpolated
_FAINTEST = -60.0  # least logarithm: less makes no difference, and denormal numbers are slow
_SERVED_STEP = 1.1  # radii are rounded to powers of this, so that few tables are built ..
_REACH_STEP_M = 10.0  # .. and the usual reach to this


def spread_m(place_sigma_m: Floats, prior: PathlossPrior) -> Floats:
    """About how far a transmitter is from a place of return (standard deviation along an axis, m):
    by how large the area is that the place stands for, and how far off victims are.

    `place_sigma_m` bounds the distance, and is two to five times as much as it mostly is.
    """
    # Half of a disc's radius is the standard deviation of what is spread evenly over it.
    return np.hypot(0.5 * served_m(place_sigma_m), SPREAD * prior.reach_m)


def log_returned(
    rows: WeightedReports, x: Floats, y: Floats, prior: PathlossPrior, camped: float = 0.0
) -> Floats:
    """Log-likelihood of all the places of return together, at each place of the transmitter.

    Those are the places of the grid of axes x and y, row by row; the answer has shape (places,). A
    phone that comes back several times counts once. `camped` is the weight of the rows of phones
    that camped on it, of which the places are known besides.
    """
    if rows.x.size == 0:
        return np.zeros(x.size * y.size)
    # Many victims come back at the same cell.
    where = np.column_stack([rows.x, rows.y, _served_steps(rows.place_sigma_m)])
    spots, of = np.unique(where, axis=0, return_inverse=True)
    weight = np.bincount(of.ravel(), weights=_fair_weight(rows, camped)).astype(np.float32)
    apart = np.sqrt(squared_m2(spots[:, 0], spots[:, 1], x, y))
    apart *= np.float32(_BETWEEN / _STEP_M)
    np.minimum(apart, np.float32(_BETWEEN * _STEPS - 1), out=apart)
    usual_reach_m = _REACH_STEP_M * round(prior.reach_m / _REACH_STEP_M)
    total = np.zeros((apart.shape[1], REACH_NODES.size), np.float32)
    for row, at in enumerate(apart.astype(np.int32)):
        log_chance = _table(int(spots[row, 2]), usual_reach_m).take(at, axis=0)
        log_chance *= weight[row]
        total += log_chance
    best = total.max(axis=0)
    chance = np.exp(np.maximum(total - best, _FAINTEST)).T.reshape(-1, y.size, x.size)
    for layer, reach_m in zip(chance, _reaches_m(usual_reach_m), strict=True):
        off_m = UNEVEN * reach_m
        cells = off_m / (y[1] - y[0]), off_m / (x[1] - x[0])
        gaussian_filter(layer, cells, output=layer, mode="nearest", truncate=3.0)
    log_reach = best - 0.5 * REACH_NODES**2
    likeliest = log_reach.max()
    by_place = np.exp(log_reach - likeliest) @ chance.reshape(REACH_NODES.size, -1)
    return np.asarray(np.log(by_place) + likeliest)


def _reaches_m(usual_reach_m: float) -> Floats:
    return np.asarray(usual_reach_m * 10.0 ** (REACH_DECADES * REACH_NODES))


def _fair_weight(rows: WeightedReports, camped: float) -> Floats:
    """Weights of at most 1 a device, reduced for the correlation between devices."""
    _, phone = np.unique(rows.device, return_inverse=True)
    held = np.bincount(phone, weights=rows.weight)
    weight = rows.weight / np.maximum(held, 1.0)[phone]
    shared = 1.0 + max(float(weight.sum()) - 1.0, 0.0) * LIKENESS + camped * LIKENESS_OF_CAMPED
    return np.asarray(weight / shared)


def _served_steps(place_sigma_m: Floats) -> Floats:
    """Radius of the area that each place of return stands for, as a power of `_SERVED_STEP`."""
    return np.asarray(np.rint(np.log(served_m(place_sigma_m)) / np.log(_SERVED_STEP)))


def served_m(place_sigma_m: Floats) -> Floats:
    """Radius of the area that a place of return stands for (m)."""
    return np.maximum(SERVED_SHARE * (place_sigma_m - PRESUMED_REACH_M), LEAST_SERVED_M)


@lru_cache(maxsize=256)
def _table(served_steps: int, usual_reach_m: float) -> Singles:
    """Log-probability of being seen at a place of such a radius, by distance and reach of the
    transmitter, shape (`_BETWEEN` * `_STEPS`, reaches)."""
    served_m = _SERVED_STEP**served_steps
    distance = np.asarray(np.arange(_STEPS + 1)[:, None] * _STEP_M, float)
    reach = _reaches_m(usual_reach_m)
    near = np.zeros((distance.size, reach.size))
    for share, wide in COVER:
        near += share * share_of_disc(distance, np.asarray(wide * reach, float), served_m)
    # The share of a 2-D Gaussian in a disc is a non-central chi-squared (two degrees of freedom).
    carried = np.hypot(CARRIED_M, reach)
    far = chndtr((served_m / carried) ** 2, 2.0, (distance / carried) ** 2)
    log_chance = np.log((1.0 - CARRIED_OFF) * near + CARRIED_OFF * far + 1e-12)
    part = (np.arange(_BETWEEN)[:, None] + 0.5) / _BETWEEN
    table = log_chance[:-1, None] + part * np.diff(log_chance, axis=0)[:, None]
    table_32 = table.reshape(-1, reach.size).astype(np.float32)
    table_32.flags.writeable = False
    return table_32


def share_of_disc(distance_m: Floats, radius_m: Floats, other_m: float) -> Floats:
    """Share of a disc of `radius_m` that a disc of `other_m` covers, middles `distance_m` apart.

    The area that two discs share is a lens: two circular segments on one chord.
    """
    apart, one = np.broadcast_arrays(distance_m, radius_m)
    # Just inside both limits: one disc within the other, and discs that no longer meet.
    apart = np.clip(apart, abs(one - other_m) + 1e-6, one + other_m - 1e-6)

    def segment(own: Floats, its: Floats) -> Floats:
        cosine = (apart**2 + own**2 - its**2) / (2.0 * apart * own)
        angle = np.arccos(np.clip(cosine, -1.0, 1.0))
        return np.asarray(own**2 * (angle - 0.5 * np.sin(2.0 * angle)))

    other = np.full(one.shape, other_m)
    return np.asarray((segment(one, other) + segment(other, one)) / (np.pi * one**2))
