"""What else may cause what `unknown_old_area` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F4", "excuse_retired"),
    Cause("F4", "excuse_replan"),
    Cause("F8", "excuse_arrivals"),
    Cause("F9", "excuse_arrivals"),
    Cause("F9", "excuse_habit"),
    Cause("F10", "excuse_roaming"),
    Cause("F11", "excuse_shared"),
    Cause("F12", "excuse_repeats"),
)
