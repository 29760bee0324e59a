"""Prose for people, made last and only from fields: headlines and explanations.

One table of sentences for each language would stand here; English is the first.
"""

from typing import Final

from detectors.finding import Identity
from detectors.incident import Tally
from detectors.place import Position

_KINDS: Final = {
    "fake_base_station": "fake base station",
    "sms_spammer": "SMS blaster",
    "imsi_catcher": "IMSI catcher",
    "cloned_cell": "cloned cell",
}
_POINTS: Final = (
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
)


def headline(
    status: str,
    kind: str,
    chance: float,
    devices: int,
    identities: list[Identity],
    position: Position | None,
) -> str:
    """One sentence that a person on the street can act on."""
    certainty = "Probable" if chance >= 0.9 else "Possible"
    what = f"{'No longer heard:' if status == 'closed' else certainty} {_KINDS[kind]}"
    where = "at an unknown place"
    if position is not None:
        where = f"within {_metres(position.radius_m)} of {position.lat:.5f}, {position.lon:.5f}"
        if position.speed_mps is not None and position.bearing_deg is not None:
            point = _POINTS[round(position.bearing_deg / 45.0) % 8]
            where += f", moving {point} at {position.speed_mps * 3.6:.0f} km/h"
    as_whom = f", posing as {identity_text(identities[0])}" if identities else ""
    sure = "over 99 %" if chance > 0.99 else f"{chance * 100:.0f} %"
    return f"{what} {where}{as_whom}; {devices} phones affected ({sure} sure)"


def explain(detector: str, devices: int, tally: Tally) -> str:
    """What a detector's findings say, in one sentence."""
    who = "1 phone" if devices == 1 else f"{devices} phones"
    claimed = identity_text(tally.claimed) if tally.claimed else "no known identity"
    values = tally.values
    match detector:
        case "unknown_old_area":
            return f"{who} came back to the network from {claimed}, an area that it does not have"
        case "unknown_cell":
            grade = str(values.get("grade", "unknown_cell")).replace("_", " ")
            return f"{who} saw {claimed}, which the register does not have ({grade})"
        case "impossible_distance":
            reason = str(values.get("reason", "")).replace("_", " ")
            distance = _metres(float(values.get("site_distance_m") or 0.0))
            return f"{who} saw {claimed} {distance} from its registered site ({reason})"
        case "phantom_sms":
            return f"{who} received SMS as {values.get('sender')} that the operator never sent"
    return f"{who}: {detector}, {claimed}"


def identity_text(claimed: Identity) -> str:
    """An identity as field people write it.

    >>> identity_text(Identity("gsm", 460, 0, 61001, 12))
    'GSM 460-00 LAC 61001 cell 12'
    """
    area = "TAC" if claimed.rat in ("lte", "nr") else "LAC"
    words = [
        (claimed.rat or "").upper(),
        f"{claimed.mcc}-{claimed.mnc:02d}" if claimed.mnc is not None else "",
    ]
    words += [f"{area} {claimed.area}" if claimed.area is not None else ""]
    words += [f"cell {claimed.cell}" if claimed.cell is not None else ""]
    return " ".join(word for word in words if word)


def _metres(distance_m: float) -> str:
    return f"{distance_m / 1000:.1f} km" if distance_m >= 1000 else f"{max(distance_m, 10):.0f} m"
