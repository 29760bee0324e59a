"""What else may cause what `unknown_cell` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F3", "excuse_half_update"),
    Cause("F5", "excuse_uncovered_rat"),
    Cause("F7", "excuse_femto"),
    Cause("F11", "excuse_shared"),
    Cause("F37", "excuse_shared", "one cell under several networks"),
)
