"""Where an incident's transmitter is, how it goes, and where it will be: from what is known of it.

Its place is tracked from report to report up to the newest evidence, by particles and on a grid;
where it is likely that it has stood still, it is located from all reports of half an hour besides.
Each fails where its own assumptions do, so what is published is a pool of them
(`detectors.place.pooled_place`). Each revision's position is a point of the track.

What stands keeps its place for a while (`detectors.place.kept_place`); what moves is tracked each
time.
"""

from collections.abc import Callable, Container
from functools import cache
from typing import Any, Final

from detectors.context.zone_context import ZoneContext
from detectors.features.memory.lru import keep
from detectors.incident.incident import Fix, Incident
from detectors.incident.position import REGION_LEVEL, Ahead, Position
from detectors.model.finding import Identity
from detectors.place.kept_place import again, is_due, note_fix, stands
from detectors.place.location_input import LocationInput
from detectors.place.pooled_place import pooled_place
from geo.advise.next_measurement import next_place
from geo.fix.locate import Posterior, locate
from geo.posterior.region import highest_density_region, radii_m, to_geojson
from geo.posterior.tempering import temper_of
from geo.track.forecast import forecast
from geo.track.grid.grid_filter import Followed, follow
from geo.track.particles.kept_passes import KeptPasses
from geo.track.particles.particle_filter import Tracked, track
from geo.track.road_graph import RoadMap

#: Speed and course are published of one that moves now with this probability, and has stood still
#: all the time with no more than this.
_MOVING, _DRIVEN = 0.5, 0.005
#: .. by particles; by the grid no more than so probably.
_STOOD: Final = 0.5
_PARTICLES: Final = 500
#: Incidents of which passes of particles are kept, each of some megabyte.
_MOST_KEPT: Final = 64
#: What the evidence about one place is raised to, be it tracked or located: as measured on a real
#: transmitter, which is less than simulated ones need.
_TEMPER: Final = temper_of("receivers", 0).alpha
_STANDING_MS: Final = 1_800_000
_FEW: Final = 6
_SHORT_MS: Final = 120_000


class KeptTracks:
    """What tracking the incidents located of late has come to: it saves work, changes no answer,
    and is no state."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], KeptPasses] = {}

    def of(self, incident: Incident) -> KeptPasses:
        """What is kept of an incident; its number may have been another's before."""
        key = incident.zone, incident.number
        kept = self._kept.pop(key, None) or KeptPasses()
        keep(self._kept, key, kept, _MOST_KEPT)
        return kept


def place(
    incident: Incident,
    context: ZoneContext,
    ahead_s: float,
    roads: RoadMap | None = None,
    tracks: KeptTracks | None = None,
    foreign: Container[Identity | None] = (),
) -> Position | None:
    """The position at ``last_ts``, the newest evidence; the incident's track gets it as a fix.
    What was reported of ``foreign`` identities says nothing of it."""
    if not incident.reports:
        return None
    now_ms, kept = incident.last_ts, incident.standing
    if kept is not None and not is_due(kept, incident):
        held = again(kept, incident)
        if held is not None:
            return held
    known = LocationInput.of(incident, context, foreign)
    prior, columns = known.prior(), known.columns()
    tracked = track(
        columns,
        now_ms / 1000,
        prior=prior,
        particles=_PARTICLES,
        roads=roads,
        alpha=_TEMPER,
        kept=None if tracks is None else tracks.of(incident),
    )

    @cache
    def followed() -> Followed | None:
        return follow(columns, now_ms / 1000, prior)

    def fixed() -> Posterior | None:
        # Without enough to track it, the newest few count most.
        window_ms = _STANDING_MS if tracked is not None else _SHORT_MS
        near = known.since(now_ms - window_ms, now_ms)
        return locate(
            (near if len(near) >= _FEW else known).columns(),
            prior=prior,
            alpha=_TEMPER,
            silent=known.silent,
        )

    is_still = tracked is not None and stands(incident, tracked, followed)
    kept = incident.standing if is_still else None
    if kept is not None and (held := again(kept, incident)) is not None:
        return held
    posterior = (
        fixed()
        if tracked is None
        else pooled_place(known, columns, now_ms / 1000, fixed, is_still, tracked, followed)
    )
    if posterior is None:
        return None
    at_odds = tuple(sorted(known.instruments.at_odds))
    if not is_still and tracked is not None:
        is_moving = moves(tracked, followed)
        return _position(incident, posterior, tracked, is_moving, ahead_s, at_odds)
    position = _position(incident, posterior, None, False, ahead_s, at_odds)
    if kept is not None:
        kept.position, kept.sigma_m = position, incident.track[-1].sigma_m
    return position


def _position(
    incident: Incident,
    posterior: Posterior,
    tracked: Tracked | None,
    is_moving: bool,
    ahead_s: float,
    at_odds: tuple[str, ...],
) -> Position:
    """What is published of a posterior; the incident's track gets it as a fix."""
    lat, lon = _rounded(posterior)
    sigma_m, reach_m = radii_m(posterior, 0.68, REGION_LEVEL)
    note_fix(incident.track, Fix(incident.last_ts, lat, lon, round(sigma_m, 1)))
    speed_mps, bearing_deg = _motion(tracked) if is_moving else (None, None)
    return Position(
        lat,
        lon,
        _region(posterior),
        round(reach_m, 1),
        speed_mps,
        bearing_deg,
        _ahead(tracked, incident.last_ts, ahead_s),
        next_place(posterior),
        posterior.ta_conflict,
        _region(posterior, 0.5),
        at_odds,
    )


def _motion(tracked: Tracked | None) -> tuple[float | None, float | None]:
    """Speed (m/s) and course (degrees) as far as they are known, as fine as they are published."""
    if tracked is None or tracked.speed_mps is None:
        return None, None
    course = tracked.bearing_deg
    return round(tracked.speed_mps, 1), None if course is None else round(course, 0) % 360.0


def moves(tracked: Tracked, followed: Callable[[], Followed | None]) -> bool:
    """Whether it is seen to move: what isn't may stand, or go too slowly, or too lately.

    Particles that never moved die out by chance where those at just the right place are few, so
    that they alone would set parked ones in motion; a grid of places has them all.
    """
    if tracked.moving < _MOVING or tracked.standing > _DRIVEN:
        return False
    by_grid = followed()
    return by_grid is None or by_grid.standing <= _STOOD


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
