"""For how long a transmitter that stands keeps its place.

A few reports more change little of what has stood for long. So that it stands, and where, is kept
in the incident, and asked again only when a share more is known. Being part of the incident, it
is the same in a correlator that was restored from its record.
"""

from collections.abc import Callable
from typing import Final

from detectors.incident.incident import Fix, Incident
from detectors.incident.position import Position, Standing
from geo.track.grid.grid_filter import Followed
from geo.track.particles.particle_filter import Tracked

#: Probability of having stood still from which all reports are taken to be of one place. So high
#: because their region is small, and wrong where the transmitter was carried off on foot.
_STANDING: Final = 0.98
#: .. and what particles must give that.
_MAY_STAND: Final = 0.03
#: Whether it stands, and where, is asked again with such a share more of the reports, after so long
#: (ms), and with each reading of a team; whether its track has gone on, with such a share more.
_MORE, _FEW_MORE = 0.1, 0.025
_ANEW_MS: Final = 120_000
#: Most fixes of a track.
_TRACK: Final = 240


def stands(incident: Incident, tracked: Tracked, followed: Callable[[], Followed | None]) -> bool:
    """Whether it has surely stood still all the time. Particles that never moved can't have begun
    at just the right place, so that they are few; a grid of places shows it. Both are asked, since
    one that walks looks to the grid much as if it stood."""
    if tracked.standing < _MAY_STAND:
        incident.standing = None
        return False
    now_ms, kept = incident.last_ts, incident.standing
    if kept is None or not _holds(kept, incident):
        by_grid = followed()
        is_still = by_grid is not None and by_grid.standing >= _STANDING
        incident.standing = kept = Standing(now_ms, incident.taken, 0, is_still)
    kept.tracked = incident.taken
    return kept.stands


def _holds(kept: Standing, incident: Incident) -> bool:
    """Whether too little is new since to ask again whether it stands."""
    is_new = not incident.measured and kept.ts <= incident.last_ts < kept.ts + _ANEW_MS
    most = _MORE if kept.stands else _FEW_MORE
    return is_new and incident.taken - kept.taken <= most * len(incident.reports)


def is_due(kept: Standing, incident: Incident) -> bool:
    """Whether its track is to be asked again if it goes on standing."""
    few = kept.stands and incident.taken - kept.tracked <= _FEW_MORE * len(incident.reports)
    return not few or not _holds(kept, incident)


def again(kept: Standing, incident: Incident) -> Position | None:
    """The place of before of what still stands, as a fix of now; ``None`` where it wasn't found."""
    found = kept.position
    if found is not None:
        note_fix(incident.track, Fix(incident.last_ts, found.lat, found.lon, kept.sigma_m))
    return found


def note_fix(track: list[Fix], fix: Fix) -> None:
    """Adds the newest fix; another of the same time replaces the last, an older one is left out."""
    if track and track[-1].ts == fix.ts:
        track[-1] = fix
    elif not track or track[-1].ts < fix.ts:
        track.append(fix)
        del track[:-_TRACK]
