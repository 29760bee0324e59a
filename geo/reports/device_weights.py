"""What each report counts for, so that no phone outweighs the others.

A phone that reports a hundred times from one spot has measured one shadowing, not a hundred, and a
phone that forges reports must not outweigh all others. So reports of a phone within 25 m are
merged, further spots count by how far the phone has moved, and no phone holds more than a tenth of
the total weight once ten phones report. Rows of trusted instruments are merged too, but their
weight is not limited.
"""

from dataclasses import dataclass, fields, replace
from math import exp, hypot, nan

import numpy as np
from numpy.typing import NDArray

from geo.earth.frame import Frame
from geo.earth.sphere import Floats
from geo.radio import bearings
from geo.radio.pathloss import DECORRELATION_M
from geo.reports.crowd_centre import common_frame, without_strays
from geo.reports.reports import ACCURACY_PER_SIGMA, Reports

SPOT_M = 25.0  # reports of a phone within this are one
REPEAT_FLOOR = 0.1  # least weight of a further spot of a phone
DEVICE_SHARE = 0.1  # of the total weight, which one phone may hold ..
DEVICE_SHARE_FROM = 10  # .. once so many phones report
ROWS_CAP = 200  # more rows add cost, not accuracy
TRUSTED_ROWS = 4  # rows of an instrument for each row of a phone, where rows are too many
RAW_ROWS_CAP = 4000  # newest rows that are merged
# Correlation between places that are only known to be within reach: released phones come back where
# roads and honest cells let them. N such rows never weigh more than its inverse.
# (`geo.likelihood.release_places` has a finer model of them.)
RETURN_LIKENESS = 0.15


@dataclass(frozen=True, slots=True)
class WeightedReports:
    """Merged reports in a local frame, all columns of shape (rows,); NaN where not measured.

    `sigma_m` is the standard deviation of the place along one axis, `weight` what the row counts
    for (1: a whole report). `bearing_deg` is clockwise from the frame's north (y), not true north.
    """

    x: Floats
    y: Floats
    sigma_m: Floats
    level_dbm: Floats
    timing_advance: Floats
    ta_step_m: Floats
    place_sigma_m: Floats
    weight: Floats
    device: NDArray[np.int64]
    ts_s: Floats
    bearing_deg: Floats
    bearing_sigma_deg: Floats
    trusted: NDArray[np.bool_]

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "WeightedReports":
        """Some of the rows, in the order given."""
        return WeightedReports(*(getattr(self, name)[rows] for name in _COLUMNS))


#: Found once, since rows are taken for every batch of a track.
_COLUMNS = tuple(field.name for field in fields(WeightedReports))


def weighted_reports(reports: Reports) -> tuple[Frame, WeightedReports] | None:
    """Gated reports merged and weighted, and the frame they are in; None without any row."""
    if len(reports) > RAW_ROWS_CAP:
        newest = np.lexsort([_scatter(reports.lat, reports.lon), -reports.ts_s, ~reports.trusted])
        reports = reports.take(np.sort(newest[:RAW_ROWS_CAP]))
    if len(reports) == 0:
        return None
    share = _share_of_device(reports.device)
    frame = common_frame(reports, share)
    x, y = frame.to_xy(reports.lat, reports.lon)
    near = without_strays(x, y, share)
    reports, x, y = reports.take(near), x[near], y[near]
    if np.isfinite(reports.bearing_deg).any():
        turn_deg = bearings.convergence_deg(frame, reports.lat, reports.lon)
        reports = replace(reports, bearing_deg=(reports.bearing_deg + turn_deg) % 360.0)
    weighted = _thinned(_merged(reports, x, y))
    weight = weighted.weight.copy()
    crowd = ~weighted.trusted
    weight[crowd] = _capped(weight[crowd], weighted.device[crowd])
    return frame, replace(weighted, weight=weight)


def occurrence(code: NDArray[np.int64] | NDArray[np.intp]) -> NDArray[np.intp]:
    """How often each row's code has come before it.

    >>> occurrence(np.array([7, 5, 7, 7, 5])).tolist()
    [0, 0, 1, 2, 1]
    """
    order = np.argsort(code, kind="stable")
    starts = np.r_[0, np.flatnonzero(np.diff(code[order])) + 1]
    lengths = np.diff(np.r_[starts, code.size])
    turn = np.empty(code.size, np.intp)
    turn[order] = np.arange(code.size) - np.repeat(starts, lengths)
    return turn


def _share_of_device(device: NDArray[np.int64]) -> Floats:
    _, inverse, count = np.unique(device, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / count[inverse])


def _merged(reports: Reports, x: Floats, y: Floats) -> WeightedReports:
    """One row for each spot of each phone, in the order of their first rows."""
    spots: dict[tuple[int, bool, bool], list[list[int]]] = {}
    only_reach, trusted = np.isfinite(reports.place_sigma_m).tolist(), reports.trusted.tolist()
    devices, xs, ys = reports.device.tolist(), x.tolist(), y.tolist()
    for row, device in enumerate(devices):
        own_spots = spots.setdefault((device, only_reach[row], trusted[row]), [])
        for spot in own_spots:
            if hypot(xs[row] - xs[spot[0]], ys[row] - ys[spot[0]]) <= SPOT_M:
                spot.append(row)
                break
        else:
            own_spots.append([row])
    rows, weights = [], []
    for own_spots in spots.values():
        for index, spot in enumerate(own_spots):
            rows.append(spot)
            weights.append(
                _repeat_weight(xs, ys, spot[0], [earlier[0] for earlier in own_spots[:index]])
            )
    return _spot_means(reports, x, y, rows, weights)


def _repeat_weight(x: list[float], y: list[float], row: int, earlier: list[int]) -> float:
    """(1 - rho) / (1 + rho), rho = exp(-moved / 50 m), from the nearest earlier spot."""
    if not earlier:
        return 1.0
    moved = min(hypot(x[other] - x[row], y[other] - y[row]) for other in earlier)
    rho = exp(-moved / DECORRELATION_M)
    return max((1.0 - rho) / (1.0 + rho), REPEAT_FLOOR)


def _spot_means(
    reports: Reports, x: Floats, y: Floats, spots: list[list[int]], weights: list[float]
) -> WeightedReports:
    sigma = reports.accuracy_m / ACCURACY_PER_SIGMA
    heads = np.array([spot[0] for spot in spots], np.intp)
    columns = {"x": x[heads], "y": y[heads], "sigma_m": sigma[heads]}
    for column in (
        *("level_dbm", "timing_advance", "ta_step_m", "place_sigma_m", "ts_s"),
        *("bearing_deg", "bearing_sigma_deg"),
    ):
        columns[column] = getattr(reports, column)[heads]
    # A spot has few values, for which lists are faster than arrays.
    places = {"x": x.tolist(), "y": y.tolist(), "sigma_m": sigma.tolist()}
    averaged = {name: getattr(reports, name).tolist() for name in ("level_dbm", "place_sigma_m")}
    ts_s = reports.ts_s.tolist()
    metres = (reports.timing_advance * reports.ta_step_m).tolist()
    is_pointed = np.isfinite(reports.bearing_deg).tolist()
    for index, spot in enumerate(spots):
        if len(spot) == 1:
            continue
        for name, values in places.items():
            columns[name][index] = sum(values[row] for row in spot) / len(spot)
        for name, values in averaged.items():
            known = [values[row] for row in spot if values[row] == values[row]]
            columns[name][index] = sum(known) / len(known) if known else nan
        columns["ts_s"][index] = max(ts_s[row] for row in spot)
        timed = [row for row in spot if metres[row] == metres[row]]
        if timed:  # the lower median: paths are lengthened, not shortened
            chosen = sorted(timed, key=metres.__getitem__)[(len(timed) - 1) // 2]
            columns["timing_advance"][index] = reports.timing_advance[chosen]
            columns["ta_step_m"][index] = reports.ta_step_m[chosen]
        pointed = [row for row in spot if is_pointed[row]]
        if pointed:
            columns["bearing_deg"][index], columns["bearing_sigma_deg"][index] = bearings.merged(
                reports.bearing_deg[pointed], reports.bearing_sigma_deg[pointed]
            )
    return WeightedReports(
        weight=np.array(weights),
        device=reports.device[heads],
        trusted=reports.trusted[heads],
        **columns,
    )


def _capped(weight: Floats, device: NDArray[np.int64]) -> Floats:
    """Weights with no phone above a tenth of their sum, once ten phones report."""
    _, inverse = np.unique(device, return_inverse=True)
    held = np.bincount(inverse, weights=weight)
    if held.size < DEVICE_SHARE_FROM:
        return weight
    ranked = np.sort(held)[::-1]
    ceiling = ranked[-1]
    for count in range(DEVICE_SHARE_FROM):
        rest = ranked[count:].sum()
        candidate = DEVICE_SHARE * rest / (1.0 - DEVICE_SHARE * count)
        if candidate >= ranked[count]:
            ceiling = candidate
            break
    return np.asarray(weight * np.minimum(1.0, ceiling / held)[inverse])


def _thinned(weighted: WeightedReports) -> WeightedReports:
    """At most `ROWS_CAP` rows: the newest of each phone and of each spot come first.

    For each row of a phone up to `TRUSTED_ROWS` of an instrument are taken.
    """
    if weighted.x.size <= ROWS_CAP:
        return weighted
    newest_first = np.lexsort([_scatter(weighted.x, weighted.y), -weighted.ts_s])
    ordered = weighted.take(newest_first)
    spot = np.stack([np.floor(ordered.x / SPOT_M), np.floor(ordered.y / SPOT_M)], axis=1)
    _, spot_code = np.unique(spot, axis=0, return_inverse=True)
    turn = np.maximum(occurrence(ordered.device), occurrence(spot_code.ravel()))
    turn = np.where(ordered.trusted, occurrence(ordered.device) // TRUSTED_ROWS, turn)
    chosen = np.argsort(turn, kind="stable")[:ROWS_CAP]
    return weighted.take(np.sort(newest_first[chosen]))


def _scatter(first: Floats, second: Floats) -> Floats:
    """A number in [0, 1) from each pair: an order without preferred direction, yet reproducible."""
    return np.asarray((first * 1234.56789 + second * 7654.32101) % 1.0)
