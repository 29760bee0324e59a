"""One zone's incidents, oldest first, with the look-ups that keep a crowded zone fast.

A city whose register is full of holes has a thousand candidates at any time. A finding can only
join an incident that claims an identity of the same area, or one that is telling; both are looked
up, not searched. The look-ups are derived: only the list is state.
"""

from collections.abc import Iterator

from detectors.finding import Finding
from detectors.incident import Incident


class Board:
    """Wraps the list of a zone's incidents, which must only be changed through it."""

    def __init__(self, incidents: list[Incident]) -> None:
        self._incidents = incidents
        self._by_area: dict[int, dict[int, Incident]] = {}
        self._telling: dict[int, Incident] = {}
        for incident in incidents:
            self._note_all(incident)

    def __iter__(self) -> Iterator[Incident]:
        return iter(self._incidents)

    def __len__(self) -> int:
        return len(self._incidents)

    @property
    def telling(self) -> list[Incident]:
        """Incidents about which something telling was found, oldest first."""
        return [self._telling[number] for number in sorted(self._telling)]

    def born(self, incident: Incident) -> None:
        """Adds a new incident; numbers it."""
        incident.number = self._incidents[-1].number + 1 if self._incidents else 0
        self._incidents.append(incident)

    def note(self, incident: Incident, finding: Finding) -> None:
        """Takes notice of a finding that an incident has taken in."""
        if finding.claimed is not None and finding.claimed.area is not None:
            self._by_area.setdefault(finding.claimed.area, {})[incident.number] = incident
        if incident.telling:
            self._telling[incident.number] = incident

    def absorb(self, older: Incident, incident: Incident) -> None:
        """Makes an incident part of an older one."""
        older.absorb(incident)
        self.keep([one for one in self._incidents if one is not incident])
        self._note_all(older)

    def keep(self, left: list[Incident]) -> None:
        """Forgets all incidents but ``left``, a part of the list in its order."""
        numbers = {incident.number for incident in left}
        for incident in self._incidents:
            if incident.number not in numbers:
                self._telling.pop(incident.number, None)
                for area in _areas(incident):
                    self._by_area.get(area, {}).pop(incident.number, None)
        self._incidents[:] = left

    def joinable(self, finding: Finding) -> list[Incident]:
        """Incidents that a finding may join, in order of birth, before any gate."""
        found: dict[int, Incident] = {}
        if finding.claimed is not None and finding.claimed.area is not None:
            found |= self._by_area.get(finding.claimed.area, {})
        if finding.is_telling:
            found |= self._telling
        return [found[number] for number in sorted(found)]

    def _note_all(self, incident: Incident) -> None:
        for area in _areas(incident):
            self._by_area.setdefault(area, {})[incident.number] = incident
        if incident.telling:
            self._telling[incident.number] = incident


def _areas(incident: Incident) -> list[int]:
    return [
        tally.claimed.area
        for tally in incident.tallies
        if tally.claimed is not None and tally.claimed.area is not None
    ]
