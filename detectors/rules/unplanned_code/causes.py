"""What else may cause what `unplanned_code` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F5", "excuse_lasting"),
    Cause("F19", "excuse_high"),
    Cause("F33", "excuse_retune"),
)
