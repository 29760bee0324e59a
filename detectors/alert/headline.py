"""The English prose of alerts, made last and only from fields: headlines and explanations."""

from detectors.incident.position import Position
from detectors.incident.tally import Tally
from detectors.model.finding import Identity
from detectors.model.headline_words import ENGLISH
from detectors.rules import ROOMS


def headline(
    status: str,
    kind: str,
    chance: float,
    devices: int,
    identities: list[Identity],
    position: Position | None,
    ruled_out: bool = False,
) -> str:
    """One sentence that a person on the street can act on; ``ruled_out`` by a team that looked."""
    what = ENGLISH.what_text(kind, status, chance, ruled_out)
    who = f"{devices} phones"
    if position is None:
        return ENGLISH.headline_text(what, identities, None, None, (None, None), who, chance)
    place, motion = (position.lat, position.lon), (position.speed_mps, position.bearing_deg)
    return ENGLISH.headline_text(what, identities, place, position.radius_m, motion, who, chance)


def explain(detector: str, devices: int, tally: Tally) -> str:
    """What a detector's findings say, in one sentence: the words of its room."""
    who = "1 phone" if devices == 1 else f"{devices} phones"
    claimed = (ENGLISH.identity_text(tally.claimed) if tally.claimed else "") or "no known identity"
    room = ROOMS.get(detector)
    if room is None:  # a rule of another version, met in stored state
        return f"{who}: {detector}, {claimed}"
    return room.words["en"].sentence(who, claimed, tally.values)
