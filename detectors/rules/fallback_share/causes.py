"""What else may cause what `fallback_share` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F13", "excuse_fallback"),
    Cause("F22", "excuse_crowd"),
)
