"""Which zones a finding or observation concerns.

A zone is a metropolitan area (an H3 cell of resolution 3, some 60 km to its edges). What lies
within the margin of a border goes to both zones, so that each sees a transmitter on the border
whole; the zone of an incident's first finding publishes it. What has no place shares one zone,
which is told which identities phones are seen to receive in some place
(`detectors.sites.placed_identities`). What is about calls and numbers shares another.
"""

from functools import lru_cache
from math import isfinite
from typing import Final

from detectors.context import announcements, core_attestation, verdicts
from detectors.model.finding import Finding, Observation
from geo.earth.zones import MARGIN_M, STEPS_A_DEG, zones_near

PLACELESS: Final = "placeless"
#: The zone of all calls and numbers: campaigns have no place, and their numbers rotate.
CALLS: Final = "calls"
#: Stands for all zones: what the core attests, and what the operator announces, concerns
#: wherever the identity may turn up; and a verdict names an alert of whatever zone.
EVERYWHERE: Final = "*"
_OF_ALL: Final = frozenset((core_attestation.NAME, announcements.NAME, verdicts.NAME))


def zones_for(record: Finding | Observation) -> tuple[str, ...]:
    """Zones of a record, its own first; `EVERYWHERE` alone for what concerns all."""
    if record.detector in _OF_ALL:
        return (EVERYWHERE,)
    if record.space == "number":
        return (CALLS,)
    if record.place is None:
        return (PLACELESS,)
    # Zones are asked for by rounded places: so a neighbourhood's phones share one look-up.
    lat_steps, lon_steps = record.place.lat * STEPS_A_DEG, record.place.lon * STEPS_A_DEG
    is_one = isfinite(lat_steps + lon_steps)
    zones = _zones(round(lat_steps), round(lon_steps)) if is_one else ()
    if isinstance(record, Finding) and record.family == "identity" and record.claimed is not None:
        return (*zones, PLACELESS)
    return zones


@lru_cache(maxsize=65_536)
def _zones(lat_steps: int, lon_steps: int) -> tuple[str, ...]:
    return zones_near(lat_steps / STEPS_A_DEG, lon_steps / STEPS_A_DEG, MARGIN_M)
