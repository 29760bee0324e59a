"""Timing advance: the ring of distances that it stands for, and its likelihood at each place.

A station rounds the round-trip delay to steps, so step k means a one-way distance within half a
step of k steps. Reflections only lengthen the path, the transmitter's own signal chain may add a
constant that is the same for every phone, and some values are stale or forged. The likelihood has a
term for each of the three: a lengthened path, one common offset that is integrated out, and a floor
for outliers, since the transmitter sets the number and may send a false one.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp, ndtr

from geo.earth.sphere import Floats

# One-way metres a step: gsm 48/13 us (3GPP TS 45.010), lte 16 Ts (TS 36.211),
# nr 16*64 Tc at 15 kHz (TS 38.213 4.2; halves with each doubling of the sub-carrier spacing).
TA_STEP_M: Final[Mapping[str, float]] = MappingProxyType({"gsm": 553.46, "lte": 78.07, "nr": 78.07})
LONGEST_M = 121_000.0  # 219 GSM steps, the most that a phone may report
NLOS_MEAN_M = 60.0  # mean lengthening of the path in towns
NLOS_REACH_M = 100.0  # lengthening by which the inner edge of a ring is moved inwards
SPREAD_M = 65.0  # standard deviation of the measured delay about its mean
OUTLIERS = 0.1  # share of values without information: stale, forged, or of a phone elsewhere
OUTLIER_SPAN_M = 35_000.0  # over which outliers are spread evenly
OFFSET_SD_M = 150.0  # prior of the common offset
OFFSET_NODES = 9  # over +- 2 standard deviations

_TABLE_STEP_M = 2.5
_NODE_STRIDE = round(4 * OFFSET_SD_M / (OFFSET_NODES - 1) / _TABLE_STEP_M)
_NODES_M = (np.arange(OFFSET_NODES) - OFFSET_NODES // 2) * _NODE_STRIDE * _TABLE_STEP_M
#: Logarithm of the prior probability of each node of the common offset.
OFFSET_LOG_CHANCE: Final = -0.5 * (_NODES_M / OFFSET_SD_M) ** 2 - logsumexp(
    -0.5 * (_NODES_M / OFFSET_SD_M) ** 2
)
_TABLE_HALF_M = 6_000.0  # mismatch beyond which only the floor for outliers is left
_SPREAD_STEP_M = 10.0  # spreads are rounded to this, so that few tables are built


def step_m(rat: str, ta_step_m: float | None = None) -> float | None:
    """Metres a step: the report's own where given, else the technology's; None where unknown."""
    if ta_step_m is not None and np.isfinite(ta_step_m) and ta_step_m > 0.0:
        return float(ta_step_m)
    return TA_STEP_M.get(rat)


def ring_m(timing_advance: ArrayLike, step_m: ArrayLike) -> tuple[Floats, Floats]:
    """Inner and outer radius in metres between which the transmitter lies.

    The outer edge is that of the rounding. The inner edge is `NLOS_REACH_M` nearer, since a
    reflected path is longer than the straight one and never shorter. NaN gives NaN.

    >>> inner, outer = ring_m([0.0, 2.0], 553.46)
    >>> inner.round(1).tolist(), outer.round(1).tolist()
    ([0.0, 730.2], [276.7, 1383.6])
    """
    steps, metres = np.broadcast_arrays(
        np.asarray(timing_advance, float), np.asarray(step_m, float)
    )
    return np.maximum((steps - 0.5) * metres - NLOS_REACH_M, 0.0), (steps + 0.5) * metres


def log_likelihood(
    distance_m: Floats, timing_advance: Floats, step_m: Floats, sigma_m: Floats, weight: Floats
) -> Floats:
    """Log-likelihood of all rows together at each place, the common offset integrated out.

    `distance_m` has shape (rows, places), the other columns (rows,); `sigma_m` is the standard
    deviation of the phone's own place along one axis, `weight` what the row counts for. Returns
    (places,). All rows share one offset, so the sum over rows comes before the sum over offsets.
    """
    by_offset = np.tile(OFFSET_LOG_CHANCE, (distance_m.shape[1], 1))
    spread = _rounded_spread_m(sigma_m)
    for row in range(distance_m.shape[0]):
        table = _table(float(step_m[row]), bool(timing_advance[row] == 0.0), float(spread[row]))
        mismatch = distance_m[row] - timing_advance[row] * step_m[row]
        by_offset += weight[row] * table.take(_table_index(mismatch), axis=0)
    # scipy's logsumexp written out, without its overhead, which matters for small grids.
    top = np.maximum.reduce(by_offset.T)
    by_offset -= top[:, None]
    return np.asarray(top + np.log(np.exp(by_offset, out=by_offset).sum(axis=1)))


def log_by_offset(
    distance_m: Floats, timing_advance: float, step_m: float, sigma_m: float
) -> Floats:
    """Log-likelihood of one advance by place and common offset, shape (places, `OFFSET_NODES`).

    Its likelihood by place alone is the mean over offsets, weighted by exp(`OFFSET_LOG_CHANCE`).
    """
    spread = float(_rounded_spread_m(np.asarray(sigma_m)))
    table = _table(step_m, timing_advance == 0.0, spread)
    return table.take(_table_index(distance_m - timing_advance * step_m), axis=0)


@lru_cache(maxsize=256)
def _table(step_m: float, is_zero: bool, spread_m: float) -> NDArray[np.float64]:
    """Log-likelihood by (distance minus k steps, offset node), for one step and spread."""
    reach = (OFFSET_NODES // 2) * _NODE_STRIDE
    bins = np.arange(-_half_bins() - reach, _half_bins() + reach + 1)
    excess_m = bins * _TABLE_STEP_M + NLOS_MEAN_M
    inside = ndtr((0.5 * step_m - excess_m) / spread_m)
    if not is_zero:  # step 0 takes everything below half a step
        inside = inside - ndtr((-0.5 * step_m - excess_m) / spread_m)
    by_bin = np.log((1 - OUTLIERS) * inside + OUTLIERS * step_m / OUTLIER_SPAN_M)
    shifts = np.arange(OFFSET_NODES) * _NODE_STRIDE
    return np.asarray(by_bin[np.arange(2 * _half_bins() + 1)[:, None] + shifts])


def _table_index(mismatch_m: Floats) -> NDArray[np.intp]:
    bins = np.rint(mismatch_m / _TABLE_STEP_M) + _half_bins()
    return np.asarray(np.clip(bins, 0, 2 * _half_bins()), np.intp)


def _half_bins() -> int:
    return round(_TABLE_HALF_M / _TABLE_STEP_M)


def _rounded_spread_m(sigma_m: Floats) -> Floats:
    return np.rint(np.hypot(SPREAD_M, sigma_m) / _SPREAD_STEP_M) * _SPREAD_STEP_M
