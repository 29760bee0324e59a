"""What else may cause what `transient_cell` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F3", "excuse_mixed"),
    Cause("F5", "excuse_lasting"),
    Cause("F6", "excuse_lasting"),
    Cause("F8", "excuse_unwatched"),
    Cause("F20", "excuse_mixed"),
)
