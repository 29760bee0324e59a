"""Which zones a finding or norm concerns.

A zone is a metropolitan area (an H3 cell of resolution 3, some 60 km to its edges). What lies
within the margin of a border goes to both zones, so that each sees a transmitter on the border
whole; the zone of an incident's first finding tells of it. What has no place shares one zone.
"""

from functools import lru_cache
from typing import Final

from detectors import announcing, vouching
from detectors.finding import Finding, Norm
from geo.zones import zones_near

PLACELESS: Final = "placeless"
#: Stands for all zones: what the core vouches for, and what the operator announces, concerns
#: wherever the identity may turn up.
EVERYWHERE: Final = "*"
#: Wide enough that a transmitter which crosses a border in one sitting stays in sight of its owner.
MARGIN_M: Final = 20_000.0


def zones_for(record: Finding | Norm) -> tuple[str, ...]:
    """Zones of a record, its own first; `EVERYWHERE` alone for what concerns all."""
    if record.detector in (vouching.NAME, announcing.NAME):
        return (EVERYWHERE,)
    if record.place is None:
        return (PLACELESS,)
    # Rounding to about 100 m lets the phones of one neighbourhood share the look-up.
    return _zones(round(record.place.lat, 3), round(record.place.lon, 3))


@lru_cache(maxsize=65_536)
def _zones(lat: float, lon: float) -> tuple[str, ...]:
    return zones_near(lat, lon, MARGIN_M)
