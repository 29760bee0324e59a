"""How kinds, courses and distances are written for people."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

#: What findings carry, by name.
Values = Mapping[str, str | int | float | None]

KINDS: Final = {
    "fake_base_station": "rogue base station",
    "sms_spammer": "SMS blaster",
    "imsi_catcher": "IMSI catcher",
    "cloned_cell": "cloned cell",
    "scam_caller": "fraudulent caller",
    "scam_campaign": "campaign of fraudulent calls",
    "sim_box": "SIM box",
    "wangiri": "wangiri campaign",
    "phishing": "campaign of phishing texts",
    "account_takeover": "account takeover",
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


def count_text(count: float, language: Language) -> str:
    """How many of something people expect, of which only whole ones are there.

    >>> count_text(0.559, "en"), count_text(0.559, "zh"), count_text(12.4, "en")
    ('under 1', '不到 1', '12')
    """
    if 0.0 < count < 1.0:
        return "under 1" if language == "en" else "不到 1"
    return f"{count:.0f}"


def metres_text(distance_m: float) -> str:
    """A distance as people write it.

    >>> metres_text(41_200.0), metres_text(3.0)
    ('41.2 km', '10 m')
    """
    return f"{distance_m / 1000:.1f} km" if distance_m >= 1000 else f"{max(distance_m, 10):.0f} m"
