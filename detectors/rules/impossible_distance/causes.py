"""What else may cause what `impossible_distance` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F5", "excuse_wrong_row"),
    Cause("F7", "excuse_repeater"),
    Cause("F19", "excuse_high"),
    Cause("F20", "excuse_stale"),
    Cause("F28", "excuse_outlier"),
)
