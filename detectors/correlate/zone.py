"""One zone at a correlator: what is stored of it, and what the steps over its incidents need."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from detectors.calls.state import CallsState
from detectors.context.known_honest import KnownHonest
from detectors.context.zone_context import ZoneContext
from detectors.context.zone_routing import CALLS, PLACELESS
from detectors.incident.incident import Incident
from detectors.incident.incident_index import IncidentIndex
from detectors.profile.age import Age
from detectors.profile.base_rate import BaseRate
from detectors.sites.placed_identities import PlacedIdentities

#: Stands for "nothing will fall due".
NEVER_MS: Final = 1 << 62


class ZoneState(msgspec.Struct):
    """What is stored of a zone: its incidents, oldest first, those set aside since the core attests
    their identities, the judging state of its rules (msgpack, by name), what is known of its
    neighbourhood, since when it is watched, how many transmitters there are, of the zone of what
    has no place, which identities have one, and how many observations each rule has taken since
    its state was last measured. ``calls`` are the campaigns of the zone of calls."""

    incidents: list[Incident] = []
    aside: list[Incident] = []
    judgements: dict[str, bytes] = {}
    context: ZoneContext = msgspec.field(default_factory=ZoneContext)
    age: Age = msgspec.field(default_factory=Age)
    rate: BaseRate = msgspec.field(default_factory=BaseRate)
    placed: PlacedIdentities = msgspec.field(default_factory=PlacedIdentities)
    taken: dict[str, int] = {}
    calls: CallsState = msgspec.field(default_factory=CallsState)


@dataclass(slots=True)
class Zone:
    """One zone's incidents with all that they are weighed by.

    ``known`` is the correlator's own, the same for all its zones. ``due_ms`` is a lower bound of
    the arrival time at which time alone next has an effect on an incident here.
    """

    name: str
    incidents: IncidentIndex
    aside: IncidentIndex
    context: ZoneContext
    age: Age
    rate: BaseRate
    known: KnownHonest
    placed: PlacedIdentities
    calls: CallsState
    due_ms: int = NEVER_MS

    @classmethod
    def of(cls, name: str, state: ZoneState, known: KnownHonest, due_ms: int = NEVER_MS) -> "Zone":
        """The zone over its stored state, which it changes in place."""
        incidents, aside = IncidentIndex(state.incidents), IncidentIndex(state.aside)
        own = state.context, state.age, state.rate
        return cls(name, incidents, aside, *own, known, state.placed, state.calls, due_ms)


def least_useful(zones: Mapping[str, Zone]) -> list[str]:
    """The names of zones, first of those without an alert from which the least came, the longest
    silent first; last the zone of calls and that of what has no place."""

    def use(name: str) -> tuple[bool, int, int]:
        zone = zones[name]
        has_alert = any(one.alert_id is not None for one in zone.incidents)
        return name in (PLACELESS, CALLS) or has_alert, zone.age.minutes, zone.age.last_ms

    return sorted(zones, key=use)
