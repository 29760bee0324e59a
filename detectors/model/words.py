"""How kinds, courses and distances are written for people."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

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


def metres_text(distance_m: float) -> str:
    """A distance as people write it.

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
