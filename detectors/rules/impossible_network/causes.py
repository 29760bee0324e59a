"""What else may cause what `impossible_network` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F5", "excuse_partial_register"),
    Cause("F10", "excuse_border"),
    Cause("F21", "excuse_private", "private, test and rail networks"),
)
