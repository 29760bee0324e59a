"""The English prose of alerts, made last and only from fields: headlines and explanations.

What a place is near is added after all else is decided: an alert's id, revisions and everything
but the headline are the same with a map of names and without.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from detectors.alert.record import Alert
from detectors.context.verdicts import HONEST
from detectors.incident.tally import Tally
from detectors.model.headline_words import ENGLISH, HeadlineWords, Near, PlaceName
from detectors.rules import ROOMS
from geo.landmarks.nearby import Landmarks


def headline(
    alert: Alert, words: HeadlineWords, place: tuple[float, float] | None, who: str
) -> str:
    """One sentence that a person on the street can act on, in some words and of all else that an
    alert has; ``place`` is where it is (degrees), ``who`` its phones in words."""
    ruled_out, is_over = is_ruled_out(alert), alert.status == "closed"
    return words.headline_text(
        words.what_text(alert.kind, alert.status, alert.probability, ruled_out, is_by_mute(alert)),
        alert.identities,
        place,
        alert.radius_m,
        (None, None) if is_over else (alert.speed_mps, alert.bearing_deg),
        who,
        alert.probability,
        alert.near or None,
        ruled_out,
        words.before_text(alert.ruled_out_before, alert.ts),
    )


def with_headline(alert: Alert) -> Alert:
    """The alert with its English headline."""
    place = None if alert.position is None else (alert.position["lat"], alert.position["lon"])
    text = headline(alert, ENGLISH, place, phones_text(alert.devices))
    return msgspec.structs.replace(alert, headline=text)


def is_ruled_out(alert: Alert) -> bool:
    """Whether who looked found that there was nothing, here or under this identity near by: then
    its evidence makes nobody sure."""
    return alert.status == "closed" and (alert.verdict in HONEST or is_by_mute(alert))


def is_by_mute(alert: Alert) -> bool:
    """Whether a mute closed it: its identity was ruled out before, and nobody gave a verdict on it
    that says so too."""
    over = alert.status == "closed" and alert.closed_because == "ruled_out"
    return over and alert.verdict not in HONEST


def phones_text(count: int) -> str:
    """So many phones.

    >>> phones_text(1), phones_text(12)
    ('1 phone', '12 phones')
    """
    return "1 phone" if count == 1 else f"{count} phones"


def explain(detector: str, devices: int, tally: Tally) -> str:
    """What a detector's findings say, in one sentence: the words of its room."""
    who = phones_text(devices)
    claimed = (ENGLISH.identity_text(tally.claimed) if tally.claimed else "") or "no known identity"
    rat = tally.claimed.rat if tally.claimed else None
    room = ROOMS.get(detector)
    if room is None:  # a rule of another version, met in stored state
        return f"{who}: {detector.replace('_', ' ')}, {claimed}"
    return room.words["en"].sentence(who, claimed, tally.values, rat)


@dataclass(frozen=True, slots=True, eq=False)
class NamedPlaces:
    """A map of what can be named, and its names by number."""

    landmarks: Landmarks
    names: Sequence[PlaceName]

    def near(self, lat: float, lon: float, radius_m: float) -> Near | None:
        """What a place is near that is known to ``radius_m`` (degrees, metres)."""
        found = self.landmarks.nearby(lat, lon, radius_m)
        if found is None:
            return None
        names = [self.names[number] for number in found.names]
        return Near(found.kind, names, round(found.distance_m, 1), round(found.share, 2))


def in_words(alert: Alert, places: NamedPlaces | None) -> Alert:
    """The alert with what it is ``near``, also in its headline; the same one where nothing is."""
    if places is None or alert.position is None or alert.radius_m is None:
        return alert
    near = places.near(alert.position["lat"], alert.position["lon"], alert.radius_m)
    if near is None:
        return alert
    return with_headline(msgspec.structs.replace(alert, near=near))
