"""What else may cause what `vanish_and_return` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F8", "excuse_habit"),
    Cause("F9", "excuse_moving"),
    Cause("F12", "excuse_repeats"),
    Cause("F13", "excuse_fallback"),
    Cause("F22", "excuse_rejected"),
    Cause("F22", "excuse_crowd"),
    Cause("F23", "excuse_restart"),
    Cause("F36", "excuse_rejected"),
)
