"""Identities that are muted at a place for a while: known there to be no rogue transmitter.

What is found of a muted identity at its place joins nothing. The same identity elsewhere is another
matter, since a rogue station may borrow it. Mutes are kept by zone, and bounded by zone, so that it
doesn't matter which zones share a correlator; they end by arrival time.
"""

from typing import Final

import msgspec

from detectors.context.muting.mute import Mute, Subject, holding
from detectors.incident.incident import Incident
from detectors.incident.tally import Tally
from detectors.model.finding import Finding, Place
from detectors.model.rare_messages import RuledOut

#: Mutes that are remembered of a zone, one for each identity.
_MOST: Final = 2_048
#: Verdicts so far off (m) are still shown, and count: no mute reaches farther.
NEAR_M: Final = 5_000.0


class Muted(msgspec.Struct):
    """All mutes of a correlator, by zone and by what they are looked up by."""

    zones: dict[str, dict[str, list[Mute]]] = {}

    def add(self, zone: str, new: Mute, now_ms: int) -> None:
        """Adds a mute; one of the same alert and subject that is known only becomes longer.

        Makes room by forgetting what is over, and of too many what would be over first.
        """
        here = self.zones.setdefault(zone, {}).setdefault(_key(new.subject), [])
        for mute in here:
            if mute.alert_id == new.alert_id and mute.subject == new.subject:
                mute.renew(new)
                break
        else:
            here.append(new)
        left = [mute for mute in self._all(zone) if mute.until_ms > now_ms]
        if len(left) > _MOST:
            left.sort(key=lambda one: (-one.until_ms, one.alert_id, repr(one.subject)))
        self._keep(zone, left[:_MOST])

    def lift(self, zone: str, alert_id: str) -> None:
        """Takes an alert's mutes back; of those that were outweighed stays that they were."""
        if zone in self.zones:
            left = [one for one in self._all(zone) if one.outweighed or one.alert_id != alert_id]
            for mute in (one for one in left if one.alert_id == alert_id):
                mute.given_ms = 0
            self._keep(zone, left)

    def silencing(self, zone: str, finding: Finding, now_ms: int) -> list[Mute]:
        """The mutes by which a finding is of a muted identity at its muted place."""
        subject = finding.claimed, finding.detector
        mutes = self._holding(zone, subject, now_ms) if zone in self.zones else ()
        return [mute for mute in mutes if mute.is_at(finding.place)]

    def explained(self, incident: Incident, now_ms: int) -> tuple[int, ...]:
        """The tallies of an incident (places in `Incident.tallies`) that verdicts explain: those of
        what is muted where it is. All of them, also those without a name, where every identity that
        it claims for certain is muted."""
        if incident.zone not in self.zones:
            return ()
        where, subjects = place_of(incident), subjects_of(incident)
        if where is None:
            return ()
        muted = set[Subject]()
        for subject in subjects:
            mutes = self._holding(incident.zone, subject, now_ms)
            there = [mute for mute in mutes if mute.is_at(where)]
            if holding(there, incident.tallies, now_ms):
                muted.add(subject)
        tallies = enumerate(incident.tallies)
        is_all = muted == set(subjects)
        return tuple(at for at, tally in tallies if is_all or _subject(tally) in muted)

    def nearest(
        self, incident: Incident, place: tuple[float, float] | None, now_ms: int
    ) -> RuledOut | None:
        """The newest verdict on an identity of an incident that was given near a place (degrees),
        while its mute lasts; of one verdict the nearest place."""
        if incident.zone not in self.zones:
            return None
        found: list[tuple[int, float, Mute]] = []
        for subject in subjects_of(incident):
            for mute in self._about(incident.zone, subject, now_ms):
                far_m = mute.far_m(place)
                if mute.given_ms and far_m <= NEAR_M:
                    found.append((-mute.given_ms, far_m, mute))
        if not found:
            return None
        _, far_m, mute = min(found, key=lambda one: (*one[:2], one[2].alert_id))
        known_m = round(far_m, 1) if place is not None and mute.places else None
        return RuledOut(mute.alert_id, mute.verdict, mute.given_ms, known_m, mute.outweighed)

    def of_all(self, incident: Incident, now_ms: int) -> list[list[Mute]]:
        """For each identity of an incident the mutes of it, wherever they are; nothing where one of
        them isn't muted at all."""
        if incident.zone not in self.zones:
            return []
        found = [self._holding(incident.zone, one, now_ms) for one in subjects_of(incident)]
        if not all(found):
            return []
        found = [holding(some, incident.tallies, now_ms) for some in found]
        return found if all(found) else []

    def _holding(self, zone: str, subject: Subject, now_ms: int) -> list[Mute]:
        """As `_about`, but for those that are outweighed."""
        return [mute for mute in self._about(zone, subject, now_ms) if not mute.outweighed]

    def _about(self, zone: str, subject: Subject, now_ms: int) -> list[Mute]:
        """Mutes in force of a subject, wherever they are."""
        return [
            mute
            for mute in self.zones[zone].get(_key(subject), ())
            if mute.until_ms > now_ms and mute.is_of(subject)
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


def place_of(incident: Incident) -> Place | None:
    """Where an incident was found last, else the middle of its phones."""
    if incident.track:
        return Place(incident.track[-1].lat, incident.track[-1].lon)
    return None if incident.middle is None else Place(*incident.middle)


def all_at(mutes: list[list[Mute]], place: tuple[float, float] | None) -> bool:
    """Whether each identity of `Muted.of_all` has a mute that holds at a place (degrees)."""
    where = None if place is None else Place(*place)
    return all(any(mute.is_at(where) for mute in some) for some in mutes)


def _subject(tally: Tally) -> Subject:
    return (None, tally.detector) if tally.claimed is None else (tally.claimed, "")


def _key(subject: Subject) -> str:
    """What mutes are looked up by: the area, else channel and code, else the detector."""
    identity, detector = subject
    if identity is None:
        return f"by {detector}"
    if identity.area is None:
        return f"on {identity.arfcn} {identity.pci}"
    return f"in {identity.area}"
