"""The English prose of alerts, made last and only from fields: headlines and explanations."""

from detectors.incident.incident import Tally
from detectors.model.finding import Identity
from detectors.model.words import KINDS, POINTS, identity_text, metres_text
from detectors.place.position import Position
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
    certainty = "Probable" if chance >= 0.9 else "Possible"
    if status == "closed":
        certainty = "Ruled out by a field team:" if ruled_out else "No longer heard:"
    what = f"{certainty} {KINDS[kind]}"
    where = "at an unknown place"
    if position is not None:
        where = f"within {metres_text(position.radius_m)} of {position.lat:.5f}, {position.lon:.5f}"
        if position.speed_mps is not None and position.bearing_deg is not None:
            point = POINTS[round(position.bearing_deg / 45.0) % 8]
            where += f", moving {point} at {position.speed_mps * 3.6:.0f} km/h"
    as_whom = f", posing as {identity_text(identities[0])}" if identities else ""
    sure = "over 99 %" if chance > 0.99 else f"{chance * 100:.0f} %"
    return f"{what} {where}{as_whom}; {devices} phones affected ({sure} sure)"


def explain(detector: str, devices: int, tally: Tally) -> str:
    """What a detector's findings say, in one sentence: the words of its room."""
    who = "1 phone" if devices == 1 else f"{devices} phones"
    claimed = (identity_text(tally.claimed) if tally.claimed else "") or "no known identity"
    room = ROOMS.get(detector)
    if room is None:  # a rule of another version, met in stored state
        return f"{who}: {detector}, {claimed}"
    return room.words["en"].sentence(who, claimed, tally.values)
