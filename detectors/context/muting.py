"""Identities that are muted at a place for a while: known there to be no rogue transmitter.

What is found of a muted identity at its place joins nothing. The same identity elsewhere is another
matter, since a rogue station may borrow it. Mutes are kept by zone, and bounded by zone, so that it
doesn't matter which zones share a correlator; they end by arrival time.

A verdict explains what was found up to it, at the pace at which it was found, and some times as
much: rush hours come. Once many more phones are harmed under the identity within half an hour than
that, it is outweighed, and its mute over; whatever else was found of it was set aside until then.
So whoever clones a ruled-out cell, or had a verdict forged, is found when he takes many phones.
"""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import msgspec

from detectors.incident.incident import Incident
from detectors.incident.tally import Tally, certain
from detectors.model.finding import OF_HARM, STRONG_WEIGHT, Family, Finding, Identity, Place
from detectors.model.rare_messages import RuledOut
from geo.earth.sphere import great_circle_m

#: Mutes that are remembered of a zone, one for each identity.
_MOST: Final = 2_048
#: Places of one mute: that of its alert, and the newest at which verdicts were given.
_MOST_PLACES: Final = 4
#: A phone's place by the register is rough: so much of its reach widens a mute's radius (m).
_MOST_REACH_M: Final = 2_000.0

#: Phones count that were harmed so lately (ms, arrival); what is briefer than the second counts as
#: having lasted that long, so that the first minute of an alert is no pace.
_LATELY_MS: Final = 1_800_000
_BRIEFEST_MS: Final = 600_000
#: A verdict explains so many times the phones that its alert harmed, and so many more: the pace of
#: a crowd changes over a day (chosen).
_TIMES: Final = 4
_MORE: Final = 15
#: A mute of a release that kept no pace holds against so many: as one that nobody vouches for.
_OF_OLD: Final = 150
#: Verdicts so far off (m) are still shown, and count: no mute reaches farther.
NEAR_M: Final = 5_000.0

#: What is muted: an identity; or, of an alert that had none, what a detector finds about none.
Subject: TypeAlias = tuple[Identity | None, str]


class Mute(msgspec.Struct):
    """One subject that is muted within ``radius_m`` of any of ``places`` (degrees) until
    ``until_ms`` of arrival time, since a ``verdict`` on ``alert_id`` that arrived at ``given_ms``
    (0: it was taken back, or is of an older release, which didn't keep that).

    It ``holds`` while no more phones than these are harmed within half an hour, by family of
    evidence; ``outweighed``: there were more.
    """

    alert_id: str
    subject: Subject
    places: list[tuple[float, float]]
    radius_m: float
    until_ms: int
    verdict: str = ""
    given_ms: int = 0
    holds: dict[str, int] = {}
    outweighed: bool = False

    def weigh(self, tallies: Iterable[Tally], now_ms: int) -> bool:
        """Whether it still holds against what some tallies show; once it doesn't, it never does."""
        if not self.outweighed:
            own = [tally for tally in tallies if self._is_of(tally)]
            self.outweighed = any(self._is_beyond(own, family, now_ms) for family in OF_HARM)
        return not self.outweighed

    def renew(self, new: "Mute") -> None:
        """Takes in a later verdict on the same alert. What was outweighed stays so, unless more is
        vouched for: else a verdict that is repeated would silence for ever."""
        families: list[str] = sorted(OF_HARM)
        most = {name: max(self._most(name), new._most(name)) for name in families}
        self.outweighed &= all(self._most(name) == count for name, count in most.items())
        self.until_ms = max(self.until_ms, new.until_ms)
        self.radius_m = max(self.radius_m, new.radius_m)
        self.given_ms, self.verdict, self.holds = new.given_ms, new.verdict, most
        later = [*self.places[1:], *(one for one in new.places if one not in self.places)]
        self.places = [*self.places[:1], *later[1 - _MOST_PLACES :]]

    def _is_of(self, tally: Tally) -> bool:
        """Whether a tally is about what is muted, or about no name at all."""
        return tally.claimed is None or _is_of(self, (tally.claimed, tally.detector))

    def _is_beyond(self, own: list[Tally], family: Family, now_ms: int) -> bool:
        """Whether more phones are harmed by a family of evidence than it holds against."""
        tallies, most = [tally for tally in own if tally.family == family], self._most(family)
        # The cheap question first, since it is asked with each finding that is set aside.
        voters = sum(len(tally.votes) for tally in tallies)
        return voters > most and harmed_lately(tallies, now_ms) > most

    def _most(self, family: str) -> int:
        return self.holds.get(family, _OF_OLD)


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
        return [mute for mute in mutes if _is_at(mute, finding.place)]

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
            there = [mute for mute in mutes if _is_at(mute, where)]
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
                far_m = _far_m(mute, place)
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


def holding(mutes: Iterable[Mute], tallies: Iterable[Tally], now_ms: int) -> list[Mute]:
    """Of some mutes those that still hold against some tallies. All are weighed, so that it doesn't
    matter which of them comes first."""
    known = list(tallies)
    return [mute for mute in mutes if mute.weigh(known, now_ms)]


def place_of(incident: Incident) -> Place | None:
    """Where an incident was found last, else the middle of its phones."""
    if incident.track:
        return Place(incident.track[-1].lat, incident.track[-1].lon)
    return None if incident.middle is None else Place(*incident.middle)


def harmed_lately(tallies: Iterable[Tally], now_ms: int) -> int:
    """Phones for certain of which some tallies show within half an hour of arrival time that they
    were harmed."""
    since_ms = now_ms - _LATELY_MS
    votes = (pair for tally in tallies for pair in tally.votes.items())
    return certain({who for who, one in votes if one.rx > since_ms and one.weight >= STRONG_WEIGHT})


def pace_of(incident: Incident) -> dict[str, int]:
    """How many phones an incident harms in half an hour, by family, at the pace of its last."""
    now_ms = incident.newest_rx
    span_ms = min(_LATELY_MS, max(now_ms - incident.first_rx, _BRIEFEST_MS))
    harmed = {
        family: harmed_lately((t for t in incident.tallies if t.family == family), now_ms)
        for family in sorted(OF_HARM)
    }
    return {family: round(count * _LATELY_MS / span_ms) for family, count in harmed.items()}


def held(pace: Mapping[str, int], most: int | None) -> dict[str, int]:
    """Against how many harmed phones in half an hour a mute holds, by family, where an alert had
    such a pace; at most ``most``.

    >>> held({"sms": 10}, None)["sms"], held({"sms": 100}, 150)["sms"], held({}, 150)["sms"]
    (55, 150, 15)
    """
    known = {name: _TIMES * pace.get(name, 0) + _MORE for name in sorted(OF_HARM)}
    return {name: min(count, most or count) for name, count in known.items()}


def all_at(mutes: list[list[Mute]], place: tuple[float, float] | None) -> bool:
    """Whether each identity of `Muted.of_all` has a mute that holds at a place (degrees)."""
    where = None if place is None else Place(*place)
    return all(any(_is_at(mute, where) for mute in some) for some in mutes)


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


def _far_m(mute: Mute, place: tuple[float, float] | None) -> float:
    """How far a place is from where something was ruled out (m); 0 where either isn't known."""
    if place is None:
        return 0.0
    return min((great_circle_m(*where, *place) for where in mute.places), default=0.0)
