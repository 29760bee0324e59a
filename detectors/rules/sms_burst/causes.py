"""What else may cause what `sms_burst` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F14", "excuse_recorded"),
    Cause("F22", "excuse_everywhere"),
    Cause("F22", "excuse_crowd"),
)
