"""Where an incident's transmitter is, how it goes, and where it will be: from what is known of it.

A transmitter that has stood still is located from all reports of half an hour. Unless that is well
established, its place is tracked from report to report up to the newest evidence, which gives a
wider region and is right for one that moves. Each revision's position is a point of the track.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec

from detectors.context.zone_context import ZoneContext
from detectors.incident.incident import Fix, Incident
from detectors.model.described import means
from detectors.place.location_input import LocationInput
from geo.advise.next_measurement import Advice, next_place
from geo.fix.locate import Posterior, locate
from geo.posterior.region import highest_density_region, radius_m, to_geojson
from geo.posterior.tempering import temper_of
from geo.radio.pathloss import PathlossPrior
from geo.reports.reports import Reports
from geo.track.forecast import forecast
from geo.track.grid.grid_filter import follow
from geo.track.particles.particle_filter import Tracked, track
from geo.track.road_graph import RoadMap

REGION_LEVEL: Final = 0.9

#: Probability of having stood still from which all reports are taken to be of one place. So high
#: because their region is small, and wrong where the transmitter was carried off on foot.
_STANDING: Final = 0.98
#: .. and what particles must give that.
_MAY_STAND: Final = 0.1
#: Speed and course are published of one that moves now with this probability, and has stood still
#: all the time with no more than this.
_MOVING, _DRIVEN = 0.5, 0.02
_PARTICLES: Final = 500
#: What the evidence about one place is raised to: as measured on a real transmitter, which is less
#: than simulated ones need.
_TEMPER: Final = temper_of("receivers", 0).alpha
_STANDING_MS: Final = 1_800_000
_FEW: Final = 6
_SHORT_MS: Final = 120_000
_TRACK: Final = 240


class Ahead(msgspec.Struct, frozen=True):
    """Where a transmitter that may move will be at ``ts`` (event time, ms): best estimate, and the
    region (GeoJSON) that holds it with probability `REGION_LEVEL`."""

    ts: Annotated[int, means("Event time, `incidents.forecast_s` after `last_seen`.", "ms")]
    lat: Annotated[float, means("Latitude, WGS84.", "°")]
    lon: Annotated[float, means("Longitude, WGS84.", "°")]
    region: Annotated[dict[str, Any], means("GeoJSON of the same level as `region`.")]


@dataclass(frozen=True, slots=True)
class Position:
    """A place with its 90 % region (GeoJSON) and radius (m); speed and course where it moves.

    ``region_50`` is the region that holds it with probability 0.5.

    ``ahead`` is the forecast of one that may move. ``measure_next`` is where a team's next bearing
    would narrow it most. ``ta_conflict`` means that timing advances contradict each other or the
    levels (stale or forged), and were left out.
    """

    lat: float
    lon: float
    region: dict[str, Any]
    radius_m: float
    speed_mps: float | None
    bearing_deg: float | None
    ahead: Ahead | None = None
    measure_next: Advice | None = None
    ta_conflict: bool = False
    region_50: dict[str, Any] | None = None


def place(
    incident: Incident, context: ZoneContext, ahead_s: float, roads: RoadMap | None = None
) -> Position | None:
    """The position at ``last_ts``, the newest evidence; the incident's track gets it as a fix."""
    if not incident.reports:
        return None
    posterior, tracked = _found(LocationInput.of(incident, context), incident.last_ts, roads)
    if posterior is None:
        return None
    lat, lon = _rounded(posterior)
    fix = Fix(incident.last_ts, lat, lon, round(radius_m(posterior, 0.68), 1))
    _extend(incident.track, fix)
    return Position(
        lat,
        lon,
        _region(posterior),
        round(radius_m(posterior, REGION_LEVEL), 1),
        tracked.speed_mps if tracked is not None and _moves(tracked) else None,
        tracked.bearing_deg if tracked is not None and _moves(tracked) else None,
        _ahead(tracked, incident.last_ts, ahead_s),
        next_place(posterior),
        posterior.ta_conflict,
        _region(posterior, 0.5),
    )


def _found(
    known: LocationInput, now_ms: int, roads: RoadMap | None
) -> tuple[Posterior | None, Tracked | None]:
    """The posterior of the place at a time, and the track that it is of, if it may have moved."""
    prior, now_s = known.prior(), now_ms / 1000
    columns = known.columns()
    tracked = track(columns, now_s, prior=prior, particles=_PARTICLES, roads=roads)
    if tracked is not None and not _stands(tracked, columns, now_s, prior):
        return tracked.posterior, tracked
    # Without enough to track it, the newest few count most.
    window_ms = _STANDING_MS if tracked is not None else _SHORT_MS
    near = known.since(now_ms - window_ms, now_ms)
    posterior = locate(
        (near if len(near) >= _FEW else known).columns(),
        prior=prior,
        alpha=_TEMPER,
        silent=known.silent,
    )
    return posterior, None


def _stands(tracked: Tracked, columns: Reports, now_s: float, prior: PathlossPrior) -> bool:
    """Whether it has surely stood still all the time. Particles that never moved can't have begun
    at just the right place, so that they are few; a grid of places shows it. Both are asked, since
    one that walks looks to the grid much as if it stood."""
    if tracked.standing < _MAY_STAND:
        return False
    followed = follow(columns, now_s, prior)
    return followed is not None and followed.standing >= _STANDING


def _moves(tracked: Tracked) -> bool:
    return tracked.moving >= _MOVING and tracked.standing <= _DRIVEN


def _ahead(tracked: Tracked | None, now_ms: int, ahead_s: float) -> Ahead | None:
    if tracked is None or ahead_s <= 0.0:
        return None
    later = forecast(tracked, ahead_s)
    return Ahead(now_ms + round(ahead_s * 1000), *_rounded(later), _region(later))


def _region(posterior: Posterior, level: float = REGION_LEVEL) -> dict[str, Any]:
    return to_geojson(highest_density_region(posterior, level))


def _rounded(posterior: Posterior) -> tuple[float, float]:
    lat, lon = posterior.mode
    return round(lat, 6), round(lon, 6)


def _extend(track: list[Fix], fix: Fix) -> None:
    """Adds the newest fix; another of the same time replaces the last, an older one is left out."""
    if track and track[-1].ts == fix.ts:
        track[-1] = fix
    elif not track or track[-1].ts < fix.ts:
        track.append(fix)
        del track[:-_TRACK]
