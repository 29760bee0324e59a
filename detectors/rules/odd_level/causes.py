"""What else may cause what `odd_level` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F18", "excuse_device", "levels differ from phone to phone"),
    Cause("F25", "excuse_poisoned"),
    Cause("F28", "excuse_jumping"),
)
