"""One mute: what is known to be no rogue transmitter, where, until when, and against what it holds.

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
from detectors.model.finding import OF_HARM, STRONG_WEIGHT, Family, Identity, Place
from geo.earth.sphere import great_circle_m

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
            own = [t for t in tallies if t.claimed is None or self.is_of((t.claimed, t.detector))]
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

    def is_of(self, subject: Subject) -> bool:
        """Whether a subject is what is muted, wherever it is."""
        mine, theirs = self.subject[0], subject[0]
        if mine is None or theirs is None:
            return self.subject == subject
        return mine == theirs or mine.agrees(theirs)

    def is_at(self, place: Place | None) -> bool:
        """Whether a place lies within the radius. All that has no place is in one zone of its own,
        which knows no distances."""
        if place is None:
            return True
        reach_m = self.radius_m + min(place.reach_m or 0.0, _MOST_REACH_M)
        return any(great_circle_m(*one, place.lat, place.lon) <= reach_m for one in self.places)

    def far_m(self, place: tuple[float, float] | None) -> float:
        """How far a place is from where it was ruled out (m); 0 where either isn't known."""
        if place is None:
            return 0.0
        return min((great_circle_m(*one, *place) for one in self.places), default=0.0)

    def _is_beyond(self, own: list[Tally], family: Family, now_ms: int) -> bool:
        """Whether more phones are harmed by a family of evidence than it holds against."""
        tallies, most = [tally for tally in own if tally.family == family], self._most(family)
        # The cheap question first, since it is asked with each finding that is set aside.
        voters = sum(len(tally.votes) for tally in tallies)
        return voters > most and harmed_lately(tallies, now_ms) > most

    def _most(self, family: str) -> int:
        return self.holds.get(family, _OF_OLD)


def holding(mutes: Iterable[Mute], tallies: Iterable[Tally], now_ms: int) -> list[Mute]:
    """Of some mutes those that still hold against some tallies. All are weighed, so that it doesn't
    matter which of them comes first."""
    known = list(tallies)
    return [mute for mute in mutes if mute.weigh(known, now_ms)]


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
