"""Reports far off what all other phones of their time report, that claim to be nearer than they.

A wrong position by some kilometres, or a phone that lies, would pull at the place, and a few that
lie in step for long would carry it off: levels and timing advances that they make up are as sharp
as they like, while honest phones' contradict each other a little. Phones that receive one
transmitter at a time are within its reach of each other, and those far off receive it weakly. So of
each report the nearest in time of other phones are looked at, a vote each: what is much farther
from their middle than they are, and yet as strong as theirs, is left out.
"""

from math import isfinite
from statistics import median
from typing import Final

from detectors.incident.report import Report
from geo.earth.sphere import great_circle_m

#: Of fewer phones nobody knows which are wrong; so many others are asked about a report.
_FEWEST: Final = 6
_ASKED: Final = 12
#: In such a time (ms) nothing drives as far as `_REACH_M`.
_THEN_MS: Final = 45_000
#: Nearer than this (m) a strong transmitter may be received by whom no other phone is near ..
_REACH_M: Final = 2200.0
#: .. and within so many times the others' median distance, whatever reach it has: one in eighty of
#: a normal cloud of points is farther (Rayleigh).
_TIMES: Final = 2.5
#: Where more of the phones than this are far off, they may be right.
_MOST_SHARE: Final = 1.0 / 3.0


def but_for_far_off(reports: list[Report]) -> list[Report]:
    """The reports without those that lie far off what others of their time report, in order."""
    by_phone: dict[str, list[Report]] = {}
    for report in reports:
        by_phone.setdefault(report.who, []).append(report)
    if len(by_phone) < _FEWEST:
        return reports
    # A cheap first question: most transmitters stand, and are received from near by.
    middle = _middle([own[0] for own in by_phone.values()])
    doubted = [r for r in reports if great_circle_m(*middle, r.lat, r.lon) > _REACH_M]
    lone = {report.who for report in doubted}
    far = [report for report in doubted if _is_far_off(report, by_phone, lone)]
    if not far or len({report.who for report in far}) > _MOST_SHARE * len(by_phone):
        return reports
    left_out = {id(report) for report in far}
    return [report for report in reports if id(report) not in left_out]


def _is_far_off(report: Report, by_phone: dict[str, list[Report]], lone: set[str]) -> bool:
    others = [
        min(own, key=lambda one: abs(one.ts - report.ts))
        for who, own in by_phone.items()
        if who != report.who
    ]
    others.sort(key=lambda one: abs(one.ts - report.ts))
    # Phones that are doubted too bear no witness for each other, where others report just then.
    then = [o for o in others if o.who not in lone and abs(o.ts - report.ts) <= _THEN_MS]
    asked = (then if len(then) >= _FEWEST - 1 else others)[:_ASKED]
    middle = _middle(asked)
    usual_m = median(great_circle_m(*middle, one.lat, one.lon) for one in asked)
    far_m = great_circle_m(*middle, report.lat, report.lon)
    levels_dbm = [one.level_dbm for one in asked if isfinite(one.level_dbm)]
    is_strong = bool(levels_dbm) and report.level_dbm >= median(levels_dbm)
    return is_strong and far_m > max(_REACH_M, _TIMES * usual_m)


def _middle(reports: list[Report]) -> tuple[float, float]:
    """Medians of latitude and longitude; reports may lie across the date line."""
    first = reports[0].lon
    lon = median((report.lon - first + 180.0) % 360.0 - 180.0 for report in reports)
    return median(report.lat for report in reports), (first + lon + 180.0) % 360.0 - 180.0
