"""What the operator announces: re-plans, new and temporary sites, maintenance.

An announcement (`network.changes`) becomes observations, one for each cell, area or polygon that it
names, so that it reaches every correlator in order of arrival like anything else. There it explains
the findings that were to be expected of it. Announcements are often missing and anybody may have
typed them wrong: nothing relies on them, and they lower what was found without hiding it.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec
from shapely.geometry.base import BaseGeometry

from detectors.model.codes import RATS
from detectors.model.finding import Identity, Observation
from detectors.model.rare_messages import AreaName, Change
from detectors.register.register import parse_key
from geo.posterior.region import area_of, holds

NAME: Final = "network_changes"
#: Announcements that a correlator remembers; an operator makes a few a day.
_MOST: Final = 4096
#: Crews begin early (ms), ..
_EARLY_MS: Final = 3_600_000
#: .. and phones that were off name an old area for days after (as `unknown_old_area.grace_h`).
_AFTER_MS: Final = 168 * 3_600_000


class Announcement(msgspec.Struct, frozen=True):
    """One thing announced: an identity (area or cell) or a polygon (GeoJSON text), and when."""

    kind: str
    from_ms: int
    to_ms: int
    identity: Identity | None = None
    polygon: str | None = None


class Announced(msgspec.Struct):
    """All that was announced, in order of arrival."""

    items: list[Announcement] = []

    def observe(self, observation: Observation) -> None:
        """Takes an announcement in."""
        values = observation.values
        polygon = values.get("polygon")
        self.items.append(
            Announcement(
                str(values["kind"]),
                int(values["from_ms"] or 0),
                int(values["to_ms"] or 0),
                observation.claimed,
                None if polygon is None else str(polygon),
            )
        )
        del self.items[:-_MOST]

    def explaining(
        self, claimed: Identity | None, place: tuple[float, float] | None, ts_ms: int
    ) -> Announcement | None:
        """The announcement that explains a claimed identity at a place and time, if any does.

        A polygon explains what lies in it while it is in force; an identity also for a week after,
        since phones come back with the old one.
        """
        for item in self.items:
            if not item.from_ms - _EARLY_MS <= ts_ms <= item.to_ms + _AFTER_MS:
                continue
            if item.identity is not None:
                if claimed is not None and _names(item.identity, claimed):
                    return item
            elif place is not None and ts_ms <= item.to_ms and _holds(item.polygon, place):
                return item
        return None


def observations(changes: Sequence[Change]) -> list[Observation]:
    """One observation for each cell, area and polygon that each change names."""
    found = []
    for change in changes:
        named: list[tuple[Identity | None, str | None]] = []
        cells = [*change.cells, *(key for pair in change.old_to_new_cells for key in pair)]
        named += [(cell, None) for cell in map(_cell, cells) if cell is not None]
        areas = [*change.areas, *(area for pair in change.old_to_new_areas for area in pair)]
        named += [(_area(area), None) for area in areas if area.area is not None]
        if change.polygon is not None:
            named.append((None, json.dumps(change.polygon, sort_keys=True)))
        found += [_observation(change, identity, polygon) for identity, polygon in named]
    return found


def _observation(change: Change, identity: Identity | None, polygon: str | None) -> Observation:
    from_ms = change.from_ts if change.from_ts is not None else change.rx_ts
    # Without an end it is in force for a day from when it was announced.
    to_ms = change.to_ts if change.to_ts is not None else max(from_ms, change.rx_ts) + 86_400_000
    return Observation(
        detector=NAME,
        kind="announced",
        ts=from_ms,
        rx_ts=change.rx_ts,
        space="subscriber",
        who="",
        claimed=identity,
        values={"kind": change.kind, "from_ms": from_ms, "to_ms": to_ms, "polygon": polygon},
        source=change.source,
    )


def _cell(key: str) -> Identity | None:
    parsed = parse_key(key)
    if parsed is None:
        return None
    rat, mcc, mnc, area, cell = parsed
    return Identity(RATS[rat - 1], mcc, mnc, area, cell)


def _area(area: AreaName) -> Identity:
    return Identity(None, area.mcc, area.mnc, area.area)


def _names(announced: Identity, claimed: Identity) -> bool:
    return claimed.area is not None and announced.agrees(claimed)


def _holds(polygon: str | None, place: tuple[float, float]) -> bool:
    area = None if polygon is None else _area_of(polygon)
    return area is not None and holds(area, *place)


# Asked with each finding; the texts are the few that were announced.
@lru_cache(maxsize=256)
def _area_of(polygon: str) -> BaseGeometry | None:
    return area_of(json.loads(polygon))
