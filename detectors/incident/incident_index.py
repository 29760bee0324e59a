"""One zone's incidents, oldest first, with the look-ups that keep a crowded zone fast.

A city whose register is full of holes has a thousand candidates at any time. A finding can only
join an incident that claims an identity of the same area, one with the same channel or code, one
whose phones received a text of the same sender, or one near by that has strong findings; all are
looked up, not searched, by place where a channel is all that they have in common. The look-ups are
derived: only the list is state.
"""

from collections.abc import Iterable, Iterator, Set
from math import inf
from typing import Final, TypeAlias

from detectors.incident.association import joins_by_place
from detectors.incident.incident import Incident
from detectors.incident.place_index import PlaceIndex
from detectors.model.finding import Code, Finding, Identity
from detectors.model.text import Text, text_of
from geo.earth.bounds import Bounds

#: Incidents of a zone. A city whose register is full of holes has a thousand candidates at a time;
#: beyond that they are made up, and an eighth makes room.
MOST_INCIDENTS: Final = 4_096

Key: TypeAlias = tuple[str, int] | tuple[str, int, int] | tuple[str, str] | tuple[str, Code]


class IncidentIndex:
    """Wraps the list of a zone's incidents, which must only be changed through it."""

    def __init__(self, incidents: list[Incident]) -> None:
        self._incidents = incidents
        self._by_key: dict[Key, dict[int, Incident]] = {}
        #: By number, since tallies may be taken out of an incident after they were noted.
        self._keys_of: dict[int, set[Key]] = {}
        self._strong: dict[int, Incident] = {}
        self._placed = PlaceIndex()
        for incident in incidents:
            self._note_all(incident)

    def __iter__(self) -> Iterator[Incident]:
        return iter(self._incidents)

    def __len__(self) -> int:
        return len(self._incidents)

    @property
    def strong(self) -> list[Incident]:
        """Incidents about which something strong was found, oldest first."""
        return [self._strong[number] for number in sorted(self._strong)]

    def strong_about(self, box: Bounds, within_m: float) -> list[Incident]:
        """Of `strong` those that have a report within a distance of a box, and others."""
        near = self._placed.near(box, within_m)
        return [self._strong[number] for number in sorted(near) if number in self._strong]

    def begin(self, incident: Incident) -> None:
        """Adds a new incident without any finding; numbers it. Makes room where there are too many:
        those without an alert go first, of them those without anything strong, the oldest first."""
        if len(self._incidents) >= MOST_INCIDENTS:
            useless = sorted(self._incidents, key=_use)[: MOST_INCIDENTS // 8]
            gone = {each.number for each in useless}
            self.keep([each for each in self._incidents if each.number not in gone])
        incident.number = self._incidents[-1].number + 1 if self._incidents else 0
        self._incidents.append(incident)

    def note(self, incident: Incident, finding: Finding) -> None:
        """Indexes a finding that an incident has taken in."""
        self._note_keys(incident, _keys_of(finding))
        if incident.strong:
            self._strong[incident.number] = incident
        if finding.place is not None:
            self._placed.put(incident.number, Bounds.at(finding.place.lat, finding.place.lon))

    def absorb(self, older: Incident, incident: Incident) -> None:
        """Makes an incident part of an older one."""
        older.absorb(incident)
        self.keep([one for one in self._incidents if one is not incident])
        self._note_all(older)

    def add(self, other: Incident) -> None:
        """Adds an incident that was part of another, with all that it has."""
        self.begin(other)
        self._note_all(other)

    def keep(self, left: list[Incident]) -> None:
        """Forgets all incidents but ``left``, a part of the list in its order."""
        numbers = {incident.number for incident in left}
        for incident in self._incidents:
            if incident.number not in numbers:
                self._strong.pop(incident.number, None)
                self._placed.drop(incident.number)
                for key in self._keys_of.pop(incident.number, ()):
                    alike = self._by_key[key]
                    del alike[incident.number]
                    if not alike:
                        del self._by_key[key]
        self._incidents[:] = left

    def joinable(self, finding: Finding, near_m: float, keyed_m: float = inf) -> list[Incident]:
        """Incidents that a finding may join, oldest first, before any gate. Of those that it has
        nothing in common with, none if it names a cell (`joins_by_place`), and none of which all
        reports are farther than ``near_m``; of those that it has but a channel or code in common
        with, none of which all are farther than ``keyed_m``."""
        text, place = text_of(finding), finding.place
        found = self._known_by(_keys_by_area(finding.claimed) + _keys_by_text(text))
        if place is None:
            return _in_order(found)
        if place.reach_m is not None:
            found |= self._known_by(_keys(finding.seen_on))
        box = Bounds.at(place.lat, place.lon)
        if keyed := self._known_by(_keys_by_radio(finding.claimed)):
            near = self._placed.near(box, keyed_m)
            found |= {number: keyed[number] for number in keyed.keys() & near}
        if joins_by_place(finding):
            near = self._placed.near(box, near_m)
            found |= {number: self._strong[number] for number in self._strong.keys() & near}
        return _in_order(found)

    def _known_by(self, keys: Iterable[Key]) -> dict[int, Incident]:
        found: dict[int, Incident] = {}
        for key in keys:
            found |= self._by_key.get(key, {})
        return found

    def claiming(self, areas: Set[int]) -> list[Incident]:
        """All that may claim an identity of some areas, by number, oldest first."""
        return _in_order(self._known_by([("area", area) for area in areas]))

    def _note_all(self, incident: Incident) -> None:
        self._note_keys(incident, _keys_in(incident))
        if incident.strong:
            self._strong[incident.number] = incident
        if incident.bounds is not None:
            self._placed.put(incident.number, incident.bounds)

    def _note_keys(self, incident: Incident, keys: list[Key]) -> None:
        for key in keys:
            self._by_key.setdefault(key, {})[incident.number] = incident
            self._keys_of.setdefault(incident.number, set()).add(key)


def _use(incident: Incident) -> tuple[bool, bool, int]:
    return incident.alert_id is not None, bool(incident.strong), incident.newest_rx


def _in_order(found: dict[int, Incident]) -> list[Incident]:
    return [found[number] for number in sorted(found)]


def _keys_of(finding: Finding) -> list[Key]:
    return _keys(finding.claimed) + _keys_by_text(text_of(finding))


def _keys_in(incident: Incident) -> list[Key]:
    keys = [key for text in incident.texts for key in _keys_by_text(text)]
    for tally in incident.tallies:
        keys += _keys(tally.claimed)
    return keys


def _keys(claimed: Identity | None) -> list[Key]:
    """What an identity is looked up by."""
    return _keys_by_area(claimed) + _keys_by_radio(claimed)


def _keys_by_text(text: Text | None) -> list[Key]:
    return [] if text is None else [("text", text.sender)]


def _keys_by_area(claimed: Identity | None) -> list[Key]:
    return [] if claimed is None or claimed.area is None else [("area", claimed.area)]


def _keys_by_radio(claimed: Identity | None) -> list[Key]:
    """Its channel and code; its code alone."""
    keys: list[Key] = []
    if claimed is not None and claimed.arfcn is not None and claimed.pci is not None:
        keys.append(("channel", claimed.arfcn, claimed.pci))
    if claimed is not None and claimed.code is not None:
        keys.append(("code", claimed.code))
    return keys
