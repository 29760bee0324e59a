"""The English prose of alerts, made last and only from fields: headlines and explanations.

What a place is near is added after all else is decided: an alert's id, revisions and everything
but the headline are the same with a map of names and without.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from detectors.alert.record import Alert
from detectors.context.verdicts import HONEST
from detectors.incident.position import Position
from detectors.incident.tally import Tally
from detectors.model.finding import Identity
from detectors.model.headline_words import ENGLISH, Near, PlaceName
from detectors.rules import ROOMS
from geo.landmarks.nearby import Landmarks


def headline(
    status: str,
    kind: str,
    chance: float,
    devices: int,
    identities: list[Identity],
    position: Position | None,
    ruled_out: bool = False,
    before: str = "",
) -> str:
    """One sentence that a person on the street can act on; ``ruled_out`` by a team that looked;
    ``before`` is what one ruled out near by, in words."""
    what = ENGLISH.what_text(kind, status, chance, ruled_out)
    place = None if position is None else (position.lat, position.lon)
    motion: tuple[float | None, float | None] = (None, None)
    if position is not None:
        motion = motion_of(status, position.speed_mps, position.bearing_deg)
    return ENGLISH.headline_text(
        what,
        identities,
        place,
        None if position is None else position.radius_m,
        motion,
        phones_text(devices),
        chance,
        ruled_out=ruled_out,
        before=before,
    )


def is_ruled_out(alert: Alert) -> bool:
    """Whether who looked found that there was nothing, here or under this identity near by: then
    its evidence makes nobody sure."""
    by_mute = alert.closed_because == "ruled_out"
    return alert.status == "closed" and (alert.verdict in HONEST or by_mute)


def motion_of(
    status: str, speed_mps: float | None, bearing_deg: float | None
) -> tuple[float | None, float | None]:
    """The speed and course of which a headline speaks: none once the alert is closed."""
    return (None, None) if status == "closed" else (speed_mps, bearing_deg)


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
    place = alert.position["lat"], alert.position["lon"]
    near = places.near(*place, alert.radius_m)
    if near is None:
        return alert
    ruled_out = is_ruled_out(alert)
    text = ENGLISH.headline_text(
        ENGLISH.what_text(alert.kind, alert.status, alert.probability, ruled_out),
        alert.identities,
        place,
        alert.radius_m,
        motion_of(alert.status, alert.speed_mps, alert.bearing_deg),
        phones_text(alert.devices),
        alert.probability,
        near,
        ruled_out,
        ENGLISH.before_text(alert.ruled_out_before, alert.ts),
    )
    return msgspec.structs.replace(alert, near=near, headline=text)
