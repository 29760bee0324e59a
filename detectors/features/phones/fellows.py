"""Phones that travel together are one witness of what begins: what brought one brought all.

A train, a ferry or a bus carries dozens of phones to a place at once, and with them what they
receive: cells that only its windows or its height receive, cells that phones hold on to from where
they come, or a cell of its own. That many of them say the same shows no more than one of them does.
"""

from collections.abc import Mapping
from math import hypot
from typing import Final

import msgspec
import numpy as np

from detectors.features.facts import AnyFacts
from detectors.features.phones.last_reports import report_before
from detectors.model.columns import F8, I8
from detectors.model.finding import Observation
from geo.earth.sphere import METRES_A_DEGREE, east_north_m

#: How fast a phone goes shows where its report before was measured at least and at most so long
#: (s) before or after, and came within so long (ms), at least so many metres away.
_LEAST_S, _MOST_S, _WITHIN_MS, _LEAST_M = 4.0, 240.0, 300_000, 50.0
#: Who goes more slowly walks; faster (m/s) nobody goes on the ground.
_WALKS_MPS, _FASTEST_MPS = 2.5, 120.0
#: What observations carry: how fast their phone goes east and north (m/s).
_EAST, _NORTH = "east_mps", "north_mps"
#: Two travel together whose velocities differ by so much at most (m/s, and as a share), and of
#: which one is where the other will be or was (m, and as a share of the way), within so long (s).
_APART_MPS, _APART_SHARE = 3.0, 0.4
_OFF_M, _OFF_SHARE = 200.0, 0.4
_AT_MOST_S: Final = 300.0


class Leg(msgspec.Struct, frozen=True, array_like=True):
    """Where a phone was (degrees), and how fast it went (m/s) if that is known."""

    lat: float
    lon: float
    east_mps: float | None = None
    north_mps: float | None = None


def motions(facts: AnyFacts, rows: I8) -> list[dict[str, float]]:
    """What observations of some reports carry of how their phones go; nothing of phones of which it
    isn't known, and none of the speed of those that stand or walk."""
    before, batch = report_before(facts, rows), facts.batch
    elapsed_s = (batch.ts_ms[rows] - before["ts_ms"]) / 1000.0
    known = np.abs(batch.rx_ms[rows] - before["rx_ms"]) <= _WITHIN_MS
    known &= (np.abs(elapsed_s) >= _LEAST_S) & (np.abs(elapsed_s) <= _MOST_S)
    elapsed_s[~known] = np.nan
    lat, lon = batch.lat[rows], batch.lon[rows]
    north_m = (lat - before["lat"]) * METRES_A_DEGREE
    east_m = (lon - before["lon"]) * METRES_A_DEGREE * np.cos(np.radians(lat))
    way_m = np.hypot(east_m, north_m)
    speed_mps: F8 = way_m / np.abs(elapsed_s)
    # Comparisons with NaN are false.
    goes = (way_m >= _LEAST_M) & (speed_mps >= _WALKS_MPS)
    found: list[dict[str, float]] = [{} for _ in range(len(rows))]
    for at in np.flatnonzero(speed_mps <= _FASTEST_MPS).tolist():
        east, north = (round(float(way[at] / elapsed_s[at]), 1) for way in (east_m, north_m))
        found[at] = {_EAST: east, _NORTH: north} if goes[at] else {_EAST: 0.0, _NORTH: 0.0}
    return found


def leg_of(observation: Observation) -> Leg | None:
    """How the phone of an observation went; ``None`` without a place."""
    place = observation.place
    if place is None:
        return None
    east, north = (observation.values.get(name) for name in (_EAST, _NORTH))
    if isinstance(east, int | float) and isinstance(north, int | float):
        return Leg(place.lat, place.lon, float(east), float(north))
    return Leg(place.lat, place.lon)


def came_ms(who: Mapping[str, int], legs: Mapping[str, Leg]) -> list[int]:
    """When each of some phones came first (ms), in order: of those that travel together the first.

    ``who`` is when each came, ``legs`` how it went. One of which it isn't known goes with those
    that are where it is.

    >>> together = {"a": Leg(30.0, 104.0, 0.0, 20.0), "b": Leg(30.0018, 104.0, 0.0, 19.0)}
    >>> came_ms({"a": 0, "b": 10_000, "c": 20_000}, {**together, "c": Leg(30.0, 104.0, 0.0, 0.0)})
    [0, 20000]
    """
    if not any(leg.east_mps or leg.north_mps for leg in legs.values()):
        return sorted(who.values())
    kept: list[int] = []
    known: list[tuple[int, Leg]] = []
    for each, ts_ms in sorted(who.items(), key=lambda item: (item[1], item[0])):
        leg = legs.get(each)
        stays = leg is None or leg.east_mps == leg.north_mps == 0.0
        if leg is None or stays:
            kept.append(ts_ms)
            continue
        if not any(_are_fellows(other, leg, (ts_ms - ms) / 1000.0) for ms, other in known):
            kept.append(ts_ms)
        known.append((ts_ms, leg))
    return kept


def _are_fellows(one: Leg, other: Leg, later_s: float) -> bool:
    """Whether two that don't stand travel together, the other that much later."""
    goes = [leg for leg in (one, other) if leg.east_mps is not None]
    if later_s > _AT_MOST_S or not goes:
        return False
    first, last = _velocity(goes[0]), _velocity(goes[-1])
    fastest = max(hypot(*first), hypot(*last))
    unlike = hypot(first[0] - last[0], first[1] - last[1])
    if unlike > _APART_MPS + _APART_SHARE * fastest:
        return False
    east_m, north_m = east_north_m(one.lat, one.lon, other.lat, other.lon)
    off_m = hypot(
        east_m - (first[0] + last[0]) / 2.0 * later_s,
        north_m - (first[1] + last[1]) / 2.0 * later_s,
    )
    return off_m <= _OFF_M + _OFF_SHARE * fastest * later_s


def _velocity(leg: Leg) -> tuple[float, float]:
    return leg.east_mps or 0.0, leg.north_mps or 0.0
