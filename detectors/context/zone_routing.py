"""Which zones a finding or observation concerns.

A zone is a metropolitan area (an H3 cell of resolution 3, some 60 km to its edges). What lies
within the margin of a border goes to both zones, so that each sees a transmitter on the border
whole; the zone of an incident's first finding publishes it. What has no place shares one zone,
which is told which identities phones are seen to receive in some place
(`detectors.sites.placed_identities`). What is about calls and numbers shares another.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.context import announcements, core_attestation, verdicts
from detectors.features.levels.level_rows import LevelRows
from detectors.features.rows import runs
from detectors.features.rows.travelling import Many
from detectors.model.columns import F8
from detectors.model.finding import Finding, Observation
from geo.earth.zone_grid import ZoneGrid
from geo.earth.zones import MARGIN_M

PLACELESS: Final = "placeless"
#: The zone of all calls and numbers: campaigns have no place, and their numbers rotate.
CALLS: Final = "calls"
#: Stands for all zones: what the core attests, and what the operator announces, concerns
#: wherever the identity may turn up; and a verdict names an alert of whatever zone.
EVERYWHERE: Final = "*"
_GRID: Final = ZoneGrid(MARGIN_M)
_OF_ALL: Final = frozenset((core_attestation.NAME, announcements.NAME, verdicts.NAME))


def zones_for(record: Finding | Observation) -> tuple[str, ...]:
    """Zones of a record, its own first; `EVERYWHERE` alone for what concerns all."""
    if record.detector in _OF_ALL:
        return (EVERYWHERE,)
    if record.space == "number":
        return (CALLS,)
    if record.place is None:
        return (PLACELESS,)
    zones = zones_of_place(record.place.lat, record.place.lon)
    if isinstance(record, Finding) and record.family == "identity" and record.claimed is not None:
        return (*zones, PLACELESS)
    return zones


def zones_of_place(lat: float, lon: float) -> tuple[str, ...]:
    """Zones that what was seen at a place (degrees) concerns, its own first; none where it is no
    place."""
    return _GRID.of(lat, lon)


def zones_of_rows(rows: LevelRows) -> tuple[list[tuple[str, ...]], NDArray[np.intp]]:
    """As `zones_of_places`, of the places of rows."""
    return zones_of_places(rows.numbers["lat"], rows.numbers["lon"])


def zones_of_places(lat: F8, lon: F8) -> tuple[list[tuple[str, ...]], NDArray[np.intp]]:
    """As `zones_of_place`, of places (degrees): what differs of that, and of each place which it
    is."""
    numbers, answers = _GRID.numbers(lat, lon)
    # Of thousands of places hardly a dozen answers are different.
    which, first = runs.numbered(numbers.astype(np.int64))
    return [answers[number] for number in numbers[first].tolist()], which


def shared_out(
    many: Many, goes_to: Callable[[tuple[str, ...]], set[int]]
) -> Iterator[tuple[int, Observation]]:
    """Levels or samples as observations of many for each of the numbers to which the zones of any
    of them go, with those alone that go there, by number."""
    rows = many.rows
    zones, place = zones_of_places(rows.numbers["lat"], rows.numbers["lon"])
    numbers = [goes_to(each) for each in zones]
    for number in sorted(set().union(*numbers)):
        own = np.array([number in each for each in numbers], dtype=np.bool_)[place]
        for part in rows.take(own).many(many.detector):
            yield number, part
