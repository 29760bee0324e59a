"""Whether the instruments that measure a transmitter agree, and so what one of them may weigh.

That a reading is a team's instrument's is known by its name alone, and a name can be forged, so one
instrument counts for no more than a phone does until another witness agrees with it: a second
instrument, or several phones among whom it places the transmitter. Where it contradicts them and
nobody agrees with it, it is left out, and shown. Two agree when there is a place that fits what
both received last: along a bearing, at the distance of a timing advance, within reach of a level.
Places are tried on a grid, since it only matters whether there is any.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isnan
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.context.team_readings import Reading
from detectors.incident.report import Report
from geo.earth.frame import Frame, frame_at
from geo.radio.pathloss import PathlossPrior

#: Of each instrument so many newest readings are looked at, of so long (ms): within it a car drives
#: less than the slack. Most of them have to fit.
_NEWEST: Final = 3
_LATELY_MS: Final = 120_000
#: Slack of every distance (m): shadows, places, and what moves meanwhile.
_SLACK_M: Final = 300.0
#: A bearing fits within so many of its standard deviations, at least this (°).
_SIGMAS, _LEAST_DEG = 3.0, 10.0
#: A level may be so many dB above what the likeliest transmitter has there: two deviations of its
#: power (`geo.radio.pathloss.PathlossPrior`).
_LOUDER: Final = 2.0
#: So many phones vouch for an instrument, fewer can but contradict it; and the least reach of their
#: crowd (m), since a transmitter reaches phones from so far.
_ENOUGH_PHONES: Final = 4
_LEAST_CROWD_M: Final = 600.0
#: Places a side of the grid, and how far it goes beyond what is known (m).
_SIDE: Final = 61
_BEYOND_M: Final = 3_000.0

_Fits = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Agreement:
    """``agreeing`` are the instruments that another witness agrees with, whose readings weigh in
    full; ``at_odds`` those that contradict another witness and agree with none, whose readings
    count for nothing."""

    agreeing: frozenset[str] = frozenset()
    at_odds: frozenset[str] = frozenset()


#: Of no instrument.
NOBODY: Final = Agreement()


def agreement(
    readings: Sequence[Reading], reports: Sequence[Report], prior: PathlossPrior
) -> Agreement:
    """Of the instruments that gave some readings (in order of time), by what they received last and
    where phones reported the same transmitter."""
    if not readings:
        return NOBODY
    newest: dict[str, list[Reading]] = {}
    for reading in readings:
        newest.setdefault(reading.who, []).append(reading)
    for who, own in newest.items():
        newest[who] = [one for one in own if one.ts >= own[-1].ts - _LATELY_MS][-_NEWEST:]
    frame, x, y = _grid([one for own in newest.values() for one in own], reports)
    fits = {who: _most_fit(own, frame, x, y, prior) for who, own in newest.items()}
    crowd = _crowd(reports, frame, x, y)
    among = {who for who, fit in fits.items() if crowd is None or (fit & crowd).any()}
    contradicted = set(fits) - among
    several = len({report.who for report in reports}) >= _ENOUGH_PHONES
    agreeing = set(among) if several else set[str]()
    for one, other in combinations(sorted(fits), 2):
        pair = {one, other}
        if (fits[one] & fits[other]).any():
            agreeing |= pair
        else:
            contradicted |= pair
    return Agreement(frozenset(agreeing), frozenset(contradicted - agreeing))


def _grid(
    readings: Sequence[Reading], reports: Sequence[Report]
) -> tuple[Frame, NDArray[np.float64], NDArray[np.float64]]:
    places = [(one.lat, one.lon) for one in readings]
    places += [(one.lat, one.lon) for one in reports]
    lat, lon = (np.array(each, dtype=float) for each in zip(*places, strict=True))
    frame = frame_at(float(np.median(lat)), float(np.median(lon)))
    known_x, known_y = frame.to_xy(lat, lon)
    sides = [
        np.linspace(each.min() - _BEYOND_M, each.max() + _BEYOND_M, _SIDE)
        for each in (known_x, known_y)
    ]
    x, y = np.meshgrid(*sides)
    return frame, x.ravel(), y.ravel()


def _most_fit(
    readings: Sequence[Reading],
    frame: Frame,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    prior: PathlossPrior,
) -> _Fits:
    """Places that fit most of an instrument's readings."""
    count = np.zeros(x.shape, dtype=np.int64)
    for reading in readings:
        count += _fit(reading, frame, x, y, prior)
    return np.asarray(2 * count > len(readings))


def _fit(
    reading: Reading,
    frame: Frame,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    prior: PathlossPrior,
) -> _Fits:
    own_x, own_y = frame.to_xy(np.array([reading.lat]), np.array([reading.lon]))
    east, north = x - own_x[0], y - own_y[0]
    distance = np.hypot(east, north)
    # Between two places of the grid any other may be meant.
    slack_m = _SLACK_M + (x[1] - x[0] + y[_SIDE] - y[0]) / 2
    slack_m += 0.0 if isnan(reading.accuracy_m) else reading.accuracy_m
    fits = np.ones(x.shape, dtype=np.bool_)
    if not isnan(reading.bearing_deg):
        sigma = 0.0 if isnan(reading.bearing_sigma_deg) else reading.bearing_sigma_deg
        wide = np.radians(max(_LEAST_DEG, _SIGMAS * sigma))
        towards = np.radians(reading.bearing_deg)
        off = np.abs(np.angle(np.exp(1j * (np.arctan2(east, north) - towards))))
        fits &= (off <= wide + np.arctan2(slack_m, np.maximum(distance, 1.0))) | (
            distance <= slack_m
        )
    if not isnan(reading.timing_advance) and not isnan(reading.ta_step_m):
        at_m = (reading.timing_advance + 0.5) * reading.ta_step_m
        fits &= np.abs(distance - at_m) <= reading.ta_step_m + slack_m
    if not isnan(reading.level_dbm):
        louder_db = prior.power_dbm_100m + _LOUDER * prior.power_sd_db - reading.level_dbm
        fits &= distance <= 100.0 * 10.0 ** (louder_db / (10.0 * prior.exponent)) + slack_m
    return np.asarray(fits)


def _crowd(
    reports: Iterable[Report], frame: Frame, x: NDArray[np.float64], y: NDArray[np.float64]
) -> _Fits | None:
    """Places among the phones that report it, one place each; ``None`` without any."""
    last = {report.who: (report.lat, report.lon) for report in reports}
    if not last:
        return None
    lat, lon = (np.array(each, dtype=float) for each in zip(*last.values(), strict=True))
    own_x, own_y = frame.to_xy(lat, lon)
    middle_x, middle_y = float(np.median(own_x)), float(np.median(own_y))
    usual_m = median(np.hypot(own_x - middle_x, own_y - middle_y).tolist())
    reach_m = max(_LEAST_CROWD_M, 1.5 * usual_m)
    return np.asarray(np.hypot(x - middle_x, y - middle_y) <= reach_m)
