"""How kinds, identities, courses and distances are written for people."""

from typing import Final

from detectors.model.finding import Identity

KINDS: Final = {
    "fake_base_station": "fake base station",
    "sms_spammer": "SMS blaster",
    "imsi_catcher": "IMSI catcher",
    "cloned_cell": "cloned cell",
}
#: Of a compass, from north on, by eighths.
POINTS: Final = (
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
)


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
    if claimed.area is None and claimed.cell is None:
        words += [f"channel {claimed.arfcn}" if claimed.arfcn is not None else ""]
        words += [f"code {claimed.pci}" if claimed.pci is not None else ""]
    return " ".join(word for word in words if word)


def metres_text(distance_m: float) -> str:
    """A distance as it is said.

    >>> metres_text(41_200.0), metres_text(3.0)
    ('41.2 km', '10 m')
    """
    return f"{distance_m / 1000:.1f} km" if distance_m >= 1000 else f"{max(distance_m, 10):.0f} m"
