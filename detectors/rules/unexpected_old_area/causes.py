"""What else may cause what `unexpected_old_area` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F10", "excuse_roaming"),
    Cause("F13", "excuse_fallback"),
    Cause("F22", "excuse_crowd"),
    Cause("F23", "excuse_restart"),
    Cause("F35", "excuse_fallback"),
)
