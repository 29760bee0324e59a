"""Where an incident's transmitter is, and whether it moves: from kept reports to a position.

A fix rests on the reports of a window that ends with the newest evidence. While the transmitter
moves the window is short, since a long one would smear its way into one spot; while it stands, all
reports count. Each fix of the short window is a point of the track.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from detectors.incident import Fix, Incident, Report
from geo.locate import Posterior, Reports, locate
from geo.pathloss import PRIORS
from geo.region import highest_density_region, radius_m, to_geojson
from geo.track import Motion, motion

REGION_LEVEL: Final = 0.9

_SHORT_MS: Final = 120_000
_FEW: Final = 6
_LONG_MS: Final = 1_800_000
_TRACK: Final = 240
_MOTION_FIXES: Final = 8


@dataclass(frozen=True, slots=True)
class Position:
    """A place with its 90 % region (GeoJSON) and radius (m); speed and course where it moves."""

    lat: float
    lon: float
    region: dict[str, Any]
    radius_m: float
    speed_mps: float | None
    bearing_deg: float | None


def place(incident: Incident) -> Position | None:
    """The position for the newest evidence; extends the incident's track by one fix."""
    if not incident.reports:
        return None
    told = {tally.claimed for tally in incident.tallies if incident.is_telling(tally.claimed)}
    reports = [r for r in incident.reports if r.claimed in told] or incident.reports
    newest = max(report.ts for report in reports)
    short = _window(reports, newest, _SHORT_MS)
    recent = _locate(short) if len(short) >= _FEW else None
    if recent is not None:
        lat, lon = recent.mode
        fix = Fix(newest, round(lat, 6), round(lon, 6), radius_m(recent, 0.68))
        if not incident.track or incident.track[-1].ts < newest:
            incident.track.append(fix)
            del incident.track[:-_TRACK]
    going = _motion(incident.track)
    moving = going is not None and going.moving
    posterior = recent if moving else _locate(_window(reports, newest, _LONG_MS))
    if posterior is None:
        return None
    lat, lon = posterior.mode
    return Position(
        round(lat, 6),
        round(lon, 6),
        to_geojson(highest_density_region(posterior, REGION_LEVEL)),
        round(radius_m(posterior, REGION_LEVEL), 1),
        going.speed_mps if going is not None and moving else None,
        going.bearing_deg if going is not None and moving else None,
    )


def _window(reports: list[Report], newest_ms: int, window_ms: int) -> list[Report]:
    return [report for report in reports if report.ts >= newest_ms - window_ms]


def _motion(track: list[Fix]) -> Motion | None:
    recent = track[-_MOTION_FIXES:]
    if len(recent) < 3:
        return None
    return motion(
        np.array([fix.ts / 1000 for fix in recent]),
        np.array([fix.lat for fix in recent]),
        np.array([fix.lon for fix in recent]),
        np.array([fix.sigma_m for fix in recent]),
    )


def _locate(reports: list[Report]) -> Posterior | None:
    codes: dict[str, int] = {}
    columns = np.array(
        [
            (
                report.lat,
                report.lon,
                report.accuracy_m,
                report.level_dbm,
                report.timing_advance,
                report.ta_step_m,
                report.reach_m,
                report.ts / 1000,
            )
            for report in reports
        ]
    ).T
    device = np.array([codes.setdefault(report.who, len(codes)) for report in reports])
    return locate(
        Reports(
            lat=columns[0],
            lon=columns[1],
            accuracy_m=columns[2],
            level_dbm=columns[3],
            timing_advance=columns[4],
            ta_step_m=columns[5],
            place_sigma_m=columns[6],
            device=device,
            ts_s=columns[7],
        ),
        prior=PRIORS[_rat(reports)],
    )


def _rat(reports: list[Report]) -> str:
    """The commonest technology of the claimed identities; GSM where none is told."""
    counts = Counter(r.claimed.rat for r in reports if r.claimed and r.claimed.rat in PRIORS)
    return counts.most_common(1)[0][0] or "gsm" if counts else "gsm"
