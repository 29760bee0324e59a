"""What places of return say: where victims were seen again, when nobody measured a level.

A transmitter takes the phones about it, more of them near than far, and lets them go; each is next
seen at an honest cell or at a place of its own. So what is told is a sample of the covered area,
blurred by how far each phone may have been from the place it was seen at. How far the transmitter
reaches nobody knows, but it is the same for all: it is carried as a few hypotheses, so that the
middle of the area is found the better the more victims there are, and no better than the unknown
reach allows.

A cell is not a place. All victims of a small area come back at one and the same cell, and say no
more together than one of them: that the area lies in what the cell serves. Hence the chance of
being seen at a cell is the share of the covered area that it serves, which is flat within the cell.
"""

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.special import chndtr

from geo.earth.sphere import Floats
from geo.likelihood.grids import Singles, squared_m2
from geo.radio.pathloss import PathlossPrior
from geo.reports.device_weights import WeightedReports

#: What `place_sigma_m` has in it for the transmitter's own reach; the rest is the told place's.
PRESUMED_REACH_M = 800.0
SERVED_SHARE = 0.7  # a register's range is where a cell was ever heard; it serves less than that
LEAST_SERVED_M = 150.0  # about a phone's own place: it has gone on since it was let go
CARRIED_OFF = 0.1  # share of victims that were driven off before they were seen ..
CARRIED_M = 2_000.0  # .. and how far (standard deviation)
#: Correlation of what victims say: they live and walk where streets are, not evenly.
LIKENESS = 0.01
#: People are not spread evenly about the transmitter: by so many reaches the middle of those it
#: took is off, along each axis (standard deviation).
UNEVEN = 0.25

REACH_NODES = np.linspace(-2.0, 2.0, 9)  # in standard deviations of the logarithm ..
REACH_DECADES = 0.3  # .. which follows from 10 dB of power at an exponent of 3.3
#: The area that is covered, as discs with the same middle: share of the victims, and radius in
#: reaches. Levels that scatter by some 10 dB make its edge as soft as that.
COVER = ((0.25, 0.6), (0.4, 0.95), (0.25, 1.4), (0.1, 2.2))

#: Nothing that is said here changes within so little: cells serve `LEAST_SERVED_M`, and more.
SMOOTH_M = 100.0

_STEP_M = 25.0
_STEPS = 480
_BETWEEN = 5  # distances that tables hold to each step, by straight lines
_FAINTEST = -60.0  # logarithm of chances that make no difference, before arithmetic slows down
_SERVED_STEP = 1.1  # radii are rounded to powers of this, so that few tables are built ..
_REACH_STEP_M = 10.0  # .. and the usual reach to this


def log_returned(rows: WeightedReports, x: Floats, y: Floats, prior: PathlossPrior) -> Floats:
    """Log-likelihood of all the places of return together, at each place of the transmitter.

    The places are those of the grid of axes x and y, row by row; the answer has shape (places,). A
    phone that comes back again and again counts once.
    """
    if rows.x.size == 0:
        return np.zeros(x.size * y.size)
    # Many come back at one and the same cell.
    where = np.column_stack([rows.x, rows.y, _served_steps(rows.place_sigma_m)])
    spots, of = np.unique(where, axis=0, return_inverse=True)
    weight = np.bincount(of.ravel(), weights=_fair_weight(rows)).astype(np.float32)
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


def _fair_weight(rows: WeightedReports) -> Floats:
    """Weights with no device above one vote, and all together held down by their likeness."""
    _, phone = np.unique(rows.device, return_inverse=True)
    held = np.bincount(phone, weights=rows.weight)
    weight = rows.weight / np.maximum(held, 1.0)[phone]
    return np.asarray(weight / (1.0 + max(float(weight.sum()) - 1.0, 0.0) * LIKENESS))


def _served_steps(place_sigma_m: Floats) -> Floats:
    """Radius of what each told place stands for, as a power of `_SERVED_STEP`."""
    radius = np.maximum(SERVED_SHARE * (place_sigma_m - PRESUMED_REACH_M), LEAST_SERVED_M)
    return np.asarray(np.rint(np.log(radius) / np.log(_SERVED_STEP)))


@lru_cache(maxsize=256)
def _table(served_steps: int, usual_reach_m: float) -> Singles:
    """Log of the chance to be seen at a place of such a radius, by distance and reach of the
    transmitter, shape (`_BETWEEN` * `_STEPS`, reaches)."""
    served_m = _SERVED_STEP**served_steps
    distance = np.asarray(np.arange(_STEPS + 1)[:, None] * _STEP_M, float)
    reach = _reaches_m(usual_reach_m)
    near = np.zeros((distance.size, reach.size))
    for share, wide in COVER:
        near += share * share_of_disc(distance, np.asarray(wide * reach, float), served_m)
    # The share of a Gaussian within a disc is a non-central chi-squared with two degrees.
    carried = np.hypot(CARRIED_M, reach)
    far = chndtr((served_m / carried) ** 2, 2.0, (distance / carried) ** 2)
    log_chance = np.log((1.0 - CARRIED_OFF) * near + CARRIED_OFF * far + 1e-12)
    part = (np.arange(_BETWEEN)[:, None] + 0.5) / _BETWEEN
    table = log_chance[:-1, None] + part * np.diff(log_chance, axis=0)[:, None]
    table_32 = table.reshape(-1, reach.size).astype(np.float32)
    table_32.flags.writeable = False
    return table_32


def share_of_disc(distance_m: Floats, radius_m: Floats, other_m: float) -> Floats:
    """Share of a disc that another covers whose middle is `distance_m` off (area of a lens)."""
    apart, one = np.broadcast_arrays(distance_m, radius_m)
    # Just inside the two ends, where one lies within the other or they no longer meet.
    apart = np.clip(apart, abs(one - other_m) + 1e-6, one + other_m - 1e-6)

    def segment(own: Floats, its: Floats) -> Floats:
        cosine = (apart**2 + own**2 - its**2) / (2.0 * apart * own)
        angle = np.arccos(np.clip(cosine, -1.0, 1.0))
        return np.asarray(own**2 * (angle - 0.5 * np.sin(2.0 * angle)))

    other = np.full(one.shape, other_m)
    return np.asarray((segment(one, other) + segment(other, one)) / (np.pi * one**2))
