"""What else may cause what `broadcast_lure` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F14", "excuse_usual"),
    Cause("F15", "excuse_legacy_priorities", "legacy layers that rank high everywhere"),
    Cause("F17", "excuse_no_neighbours", "phones that never list neighbours"),
)
