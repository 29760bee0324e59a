"""One place of what several estimators make of the same reports, and their shares in it.

The shares were chosen on drawn worlds (`python -m benchmarks.placed`), for regions that hold their
transmitter as often as they state.
"""

from collections.abc import Callable
from typing import Final

from detectors.place.location_input import LocationInput
from geo.fix.weighted_centroid import weighted_centroid
from geo.posterior.pooling import pooled
from geo.posterior.posterior import Posterior
from geo.reports.reports import Reports
from geo.track.grid.grid_filter import Followed
from geo.track.particles.particle_filter import Tracked

#: Share of the centroid so far as it doesn't move now: where phones stand behind corners or beneath
#: a high antenna, levels mislead every law, and it is nearer.
_CENTROID_SHARE: Final = 0.25
#: Of the rest, the share of the fix where it surely stands ..
_FIX_SHARE: Final = 0.5
#: .. and at most where that is no more than likely: has it moved, then no more than that is wrong.
_LIKELY_SHARE: Final = 0.2
#: Probability of standing, by the grid, from which that is so; below, the fix is a mover's past.
_LIKELY: Final = 0.8
#: Of the rest, the share of the grid beside the particles, so far as these don't have it standing
#: all the time: particles alone are too sure of movers, and with more the regions only grow.
_GRID_SHARE: Final = 0.4


def pooled_place(
    known: LocationInput,
    columns: Reports,
    at_s: float,
    fixed: Callable[[], Posterior | None],
    stands: bool,
    tracked: Tracked,
    followed: Callable[[], Followed | None],
) -> Posterior | None:
    """The place at ``at_s`` (seconds) by a fix (where it stands), particles, grid and centroid.

    The first of them alone where instruments measure there that others agree with, since they see
    what these assume, and particles alone where they show two places; ``None`` where it surely
    ``stands`` and there is no fix. ``columns`` are those of ``known``; ``fixed`` and ``followed``
    give what fix and grid make of them, and are asked where that counts.
    """
    if known.is_measured or tracked.two_places:
        return fixed() if stands else tracked.posterior
    members, left = [], 1.0
    grid = followed()
    share = _FIX_SHARE if stands else _likely_share(grid)
    fix = fixed() if share > 0.0 else None
    if fix is not None:
        members.append((share, fix))
        left -= share
    elif stands:
        return None
    by_grid = _GRID_SHARE * (1.0 - tracked.standing) if grid is not None else 0.0
    members.append((left * (1.0 - by_grid), tracked.posterior))
    if grid is not None:
        members.append((left * by_grid, grid.posterior))
    centroid = weighted_centroid(columns, at_s)
    if centroid is not None:
        share = _CENTROID_SHARE * (1.0 - tracked.moving)
        members = [((1.0 - share) * own, each) for own, each in members]
        members.append((share, centroid))
    return pooled(members)


def _likely_share(grid: Followed | None) -> float:
    if grid is None or grid.standing < _LIKELY:
        return 0.0
    return _LIKELY_SHARE * grid.standing
