"""What else may cause what `lost_area` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F1", "excuse_rejected", "a failed update leaves a reserved value for the old area"),
    Cause("F1", "excuse_detached"),
    Cause("F8", "excuse_arrivals"),
    Cause("F8", "excuse_detached"),
    Cause("F12", "excuse_repeats"),
    Cause("F23", "excuse_restart"),
    Cause("F34", "excuse_arrivals"),
    Cause("F34", "excuse_restart"),
    Cause("F36", "excuse_rejected"),
)
