"""How kinds, identities, courses and distances are written for people."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from detectors.model.finding import Identity

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

#: What findings carry, by name.
Values = Mapping[str, str | int | float | None]

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


def metres_of(values: Values, name: str) -> str:
    """The distance that a value holds, in words; 0 m counts as 10 m, and so does a missing one.

    >>> metres_of({"site_distance_m": 1500}, "site_distance_m")
    '1.5 km'
    """
    return metres_text(float(values.get(name) or 0.0))


def shown(values: Values, name: str, missing: str) -> str | int | float:
    """A value as it is, or the word for a missing one."""
    value = values.get(name)
    return missing if value is None else value


def term(terms: Mapping[str, str], values: Values, name: str, missing: str = "") -> str:
    """The words for what a value holds; those that ``terms`` lacks are shown as they are.

    >>> term({"too_far": "距离过远"}, {"reason": "too_far"}, "reason")
    '距离过远'
    >>> term({}, {"reason": "too_far"}, "reason"), term({}, {}, "reason", "unknown")
    ('too far', 'unknown')
    """
    value = values.get(name)
    return missing if value is None else terms.get(str(value), str(value).replace("_", " "))
