"""What else may cause what `odd_shape` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F5", "excuse_estimate"),
    Cause("F7", "excuse_repeater"),
    Cause("F19", "excuse_high"),
    Cause("F32", "excuse_repeater"),
)
