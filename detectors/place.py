"""Where an incident's transmitter is, and whether it moves: from kept reports to a position.

A transmitter that has stood still is located from all reports of half an hour. Unless that is well
established, its place is followed from report to report up to the newest evidence, which gives a
wider region and is right for one that moves. Each revision's position is a point of the track.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from detectors.incident import Fix, Incident, Report
from geo.follow import follow
from geo.locate import Posterior, Reports, locate
from geo.pathloss import PRIORS
from geo.region import highest_density_region, radius_m, to_geojson
from geo.reports import ACCURACY_PER_SIGMA
from geo.track import STILL, Motion, motion

REGION_LEVEL: Final = 0.9

#: Probability of having stood still from which all reports are taken to be of one place. So high
#: because their region is small, and wrong where the transmitter was carried off on foot.
_STANDING: Final = 0.98
#: The sum of the evidence about one place is raised to this: shadowing is alike for all who stand
#: near each other, and on measured data more than the estimator's own default allows for.
_TEMPER: Final = 0.7
_STANDING_MS: Final = 1_800_000
_FEW: Final = 6
_SHORT_MS: Final = 120_000
_TRACK: Final = 240
_MOTION_MS: Final = 180_000


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
    """The position at ``last_ts``, the newest evidence; the incident's track gets it as a fix."""
    if not incident.reports:
        return None
    told = {tally.claimed for tally in incident.tallies if incident.is_telling(tally.claimed)}
    reports = [r for r in incident.reports if r.claimed in told] or incident.reports
    posterior, standing = _found(reports, incident.last_ts)
    if posterior is None:
        return None
    lat, lon = posterior.mode
    _extend(
        incident.track,
        Fix(incident.last_ts, round(lat, 6), round(lon, 6), radius_m(posterior, 0.68)),
    )
    going = _motion(incident.track) if standing <= 1.0 - _STANDING else STILL
    return Position(
        round(lat, 6),
        round(lon, 6),
        to_geojson(highest_density_region(posterior, REGION_LEVEL)),
        round(radius_m(posterior, REGION_LEVEL), 1),
        going.speed_mps if going.moving else None,
        going.bearing_deg if going.moving else None,
    )


def _found(reports: list[Report], now_ms: int) -> tuple[Posterior | None, float]:
    """The posterior of the place at a time, and the probability that it stands still."""
    prior = PRIORS[_rat(reports)]
    followed = follow(_columns(reports), now_ms / 1000, prior)
    if followed is not None and followed.standing < _STANDING:
        return followed.posterior, followed.standing
    # Without enough to follow it, the newest few say most.
    window_ms = _STANDING_MS if followed is not None else _SHORT_MS
    near = [report for report in reports if now_ms - window_ms <= report.ts <= now_ms]
    posterior = locate(_columns(near if len(near) >= _FEW else reports), prior=prior, alpha=_TEMPER)
    return posterior, followed.standing if followed is not None else 1.0


def _extend(track: list[Fix], fix: Fix) -> None:
    """Adds the newest fix; another of the same time replaces the last, an older one is left out."""
    if track and track[-1].ts == fix.ts:
        track[-1] = fix
    elif not track or track[-1].ts < fix.ts:
        track.append(fix)
        del track[:-_TRACK]


def _motion(track: list[Fix]) -> Motion:
    recent = [fix for fix in track if fix.ts >= track[-1].ts - _MOTION_MS]
    if len(recent) < 3:
        return STILL
    return motion(
        np.array([fix.ts / 1000 for fix in recent]),
        np.array([fix.lat for fix in recent]),
        np.array([fix.lon for fix in recent]),
        np.array([fix.sigma_m / ACCURACY_PER_SIGMA for fix in recent]),
    )


def _columns(reports: list[Report]) -> Reports:
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
    return Reports(
        lat=columns[0],
        lon=columns[1],
        accuracy_m=columns[2],
        level_dbm=columns[3],
        timing_advance=columns[4],
        ta_step_m=columns[5],
        place_sigma_m=columns[6],
        device=np.array([codes.setdefault(report.who, len(codes)) for report in reports]),
        ts_s=columns[7],
    )


def _rat(reports: list[Report]) -> str:
    """The commonest technology of the claimed identities; GSM where none is told."""
    counts = Counter(r.claimed.rat for r in reports if r.claimed and r.claimed.rat in PRIORS)
    return counts.most_common(1)[0][0] or "gsm" if counts else "gsm"
