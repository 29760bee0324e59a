"""Which zones a finding or observation concerns.

A zone is a metropolitan area (an H3 cell of resolution 3, some 60 km to its edges). What lies
within the margin of a border goes to both zones, so that each sees a transmitter on the border
whole; the zone of an incident's first finding publishes it. What has no place shares one zone,
which is told which identities phones are seen to receive in some place
(`detectors.sites.placed_identities`). What is about calls and numbers shares another.
"""

from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.context import announcements, core_attestation, verdicts
from detectors.features.levels.level_rows import LevelRows
from detectors.features.rows import runs
from detectors.features.rows.travelling import Many
from detectors.model.columns import F8
from detectors.model.finding import Finding, Observation
from geo.earth.zone_columns import zones_near_each
from geo.earth.zones import MARGIN_M, STEPS_A_DEG, zones_near

PLACELESS: Final = "placeless"
#: The zone of all calls and numbers: campaigns have no place, and their numbers rotate.
CALLS: Final = "calls"
#: Stands for all zones: what the core attests, and what the operator announces, concerns
#: wherever the identity may turn up; and a verdict names an alert of whatever zone.
EVERYWHERE: Final = "*"
#: More steps than there are between west and east.
_A_TURN: Final = 1440 * STEPS_A_DEG
#: Fewer places are asked about one by one.
_FEW: Final = 8
#: Zones by place, of so many places.
_MOST_KNOWN: Final = 131_072
_KNOWN: Final[dict[int, tuple[str, ...]]] = {}
_ANSWERS: Final[dict[tuple[str, ...], tuple[str, ...]]] = {}
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
    # Zones are asked for by rounded places: so a neighbourhood's phones share one look-up.
    lat_steps, lon_steps = lat * STEPS_A_DEG, lon * STEPS_A_DEG
    if not isfinite(lat_steps + lon_steps):
        return ()
    place = round(lat_steps) * _A_TURN + round(lon_steps)
    found = _KNOWN.get(place)
    return _learned([place])[place] if found is None else found


def zones_of_rows(rows: LevelRows) -> tuple[list[tuple[str, ...]], NDArray[np.intp]]:
    """As `zones_of_places`, of the places of rows."""
    return zones_of_places(rows.numbers["lat"], rows.numbers["lon"])


def zones_of_places(lat: F8, lon: F8) -> tuple[list[tuple[str, ...]], NDArray[np.intp]]:
    """As `zones_of_place`, of places (degrees): what differs of that, and of each place which it
    is."""
    steps = np.rint(lat * STEPS_A_DEG) * _A_TURN + np.rint(lon * STEPS_A_DEG)
    packed = steps.astype(np.int64)
    which, first = runs.numbered(packed)
    places = packed[first].tolist()
    known = list(map(_KNOWN.get, places))
    if None in known:
        found = _learned([at for at, zones in zip(places, known, strict=True) if zones is None])
        every = [found[at] if one is None else one for at, one in zip(places, known, strict=True)]
        # Those known before may be other objects, where all was forgotten meanwhile.
        known = [_ANSWERS.setdefault(one, one) for one in every]
    # Of thousands of places hardly a dozen answers are different, each of them one object.
    answers, firsts = runs.numbered(np.fromiter(map(id, known), np.int64, len(known)))
    zones = [one for at in firsts.tolist() if (one := known[at]) is not None]
    return zones, answers[which]


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


def _learned(places: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The zones of places (steps north times `_A_TURN`, plus steps east), from now on known."""
    north = [round(place / _A_TURN) for place in places]
    east = [place - steps * _A_TURN for place, steps in zip(places, north, strict=True)]
    if len(places) < _FEW:
        steps = zip(north, east, strict=True)
        zones = [zones_near(y / STEPS_A_DEG, x / STEPS_A_DEG, MARGIN_M) for y, x in steps]
    else:
        zones = zones_near_each(north, east, MARGIN_M)
    if len(_KNOWN) + len(places) > _MOST_KNOWN:
        _KNOWN.clear()
        _ANSWERS.clear()
    # One object of those that are the same, so that they are told apart by that.
    found = {at: _ANSWERS.setdefault(one, one) for at, one in zip(places, zones, strict=True)}
    _KNOWN.update(found)
    return found
