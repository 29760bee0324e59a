"""Identities that are muted at a place for a while: known there to be no rogue transmitter.

What is found of a muted identity at its place joins nothing. The same identity elsewhere is another
matter, since a rogue station may borrow it. Mutes are kept by zone, and bounded by zone, so that it
doesn't matter which zones share a correlator; they end by arrival time.
"""

from typing import Final, TypeAlias

import msgspec

from detectors.incident.incident import Incident
from detectors.model.finding import Finding, Identity, Place
from geo.earth.sphere import great_circle_m

#: Mutes that are remembered of a zone, one for each identity.
_MOST: Final = 2_048
#: A phone's place by the register is rough: so much of its reach widens a mute's radius (m).
_MOST_REACH_M: Final = 2_000.0

#: What is muted: an identity; or, of an alert that had none, what a detector finds about none.
Subject: TypeAlias = tuple[Identity | None, str]


class Mute(msgspec.Struct):
    """One subject that is muted within ``radius_m`` of any of ``places`` (degrees) until
    ``until_ms`` of arrival time, since a verdict on ``alert_id``."""

    alert_id: str
    subject: Subject
    places: list[tuple[float, float]]
    radius_m: float
    until_ms: int


class Muted(msgspec.Struct):
    """All mutes of a correlator, by zone and by what they are looked up by."""

    zones: dict[str, dict[str, list[Mute]]] = {}

    def add(self, zone: str, new: Mute, now_ms: int) -> None:
        """Adds a mute; one of the same alert and subject that is in force only becomes longer.

        Makes room by forgetting what is over, and of too many what would be over first.
        """
        here = self.zones.setdefault(zone, {}).setdefault(_key(new.subject), [])
        for mute in here:
            if mute.alert_id == new.alert_id and mute.subject == new.subject:
                mute.until_ms = max(mute.until_ms, new.until_ms)
                mute.radius_m = max(mute.radius_m, new.radius_m)
                mute.places += [place for place in new.places if place not in mute.places]
                break
        else:
            here.append(new)
        left = [mute for mute in self._all(zone) if mute.until_ms > now_ms]
        self._keep(zone, sorted(left, key=_longest)[:_MOST] if len(left) > _MOST else left)

    def lift(self, zone: str, alert_id: str) -> None:
        """Takes an alert's mutes back."""
        if zone in self.zones:
            self._keep(zone, [mute for mute in self._all(zone) if mute.alert_id != alert_id])

    def silences(self, zone: str, finding: Finding, now_ms: int) -> bool:
        """Whether a finding is of a muted identity at its muted place."""
        subject = finding.claimed, finding.detector
        mutes = self._about(zone, subject, now_ms) if zone in self.zones else ()
        return any(_is_at(mute, finding.place) for mute in mutes)

    def of_all(self, incident: Incident, now_ms: int) -> list[list[Mute]]:
        """For each identity of an incident the mutes of it, wherever they are; nothing where one of
        them isn't muted at all."""
        if incident.zone not in self.zones:
            return []
        found = [self._about(incident.zone, one, now_ms) for one in subjects_of(incident)]
        return found if all(found) else []

    def _about(self, zone: str, subject: Subject, now_ms: int) -> list[Mute]:
        """Mutes in force of a subject, wherever they are."""
        return [
            mute
            for mute in self.zones[zone].get(_key(subject), ())
            if mute.until_ms > now_ms and _is_of(mute, subject)
        ]

    def _all(self, zone: str) -> list[Mute]:
        return [mute for mutes in self.zones[zone].values() for mute in mutes]

    def _keep(self, zone: str, mutes: list[Mute]) -> None:
        by_key: dict[str, list[Mute]] = {}
        for mute in mutes:
            by_key.setdefault(_key(mute.subject), []).append(mute)
        if by_key:
            self.zones[zone] = by_key
        else:
            del self.zones[zone]


def subjects_of(incident: Incident) -> list[Subject]:
    """What there is to mute of an incident."""
    identities = incident.identities()
    if identities:
        return [(identity, "") for identity in identities]
    return [(None, detector) for detector in sorted({t.detector for t in incident.tallies})]


def all_at(mutes: list[list[Mute]], place: tuple[float, float] | None) -> bool:
    """Whether each identity of `Muted.of_all` has a mute that holds at a place (degrees)."""
    where = None if place is None else Place(*place)
    return all(any(_is_at(mute, where) for mute in some) for some in mutes)


def _key(subject: Subject) -> str:
    """What mutes are looked up by: the area, else channel and code, else the detector."""
    identity, detector = subject
    if identity is None:
        return f"by {detector}"
    if identity.area is None:
        return f"on {identity.arfcn} {identity.pci}"
    return f"in {identity.area}"


def _is_of(mute: Mute, subject: Subject) -> bool:
    mine, theirs = mute.subject[0], subject[0]
    if mine is None or theirs is None:
        return mute.subject == subject
    return mine == theirs or mine.agrees(theirs)


def _is_at(mute: Mute, place: Place | None) -> bool:
    """Whether a place lies within a mute's radius. All that has no place is in one zone of its own,
    which knows no distances."""
    if place is None:
        return True
    reach_m = mute.radius_m + min(place.reach_m or 0.0, _MOST_REACH_M)
    return any(great_circle_m(*where, place.lat, place.lon) <= reach_m for where in mute.places)


def _longest(mute: Mute) -> tuple[int, str, str]:
    return -mute.until_ms, mute.alert_id, repr(mute.subject)
