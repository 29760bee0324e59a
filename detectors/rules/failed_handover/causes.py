"""What else may cause what `failed_handover` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (Cause("F5", "excuse_new_site"),)
