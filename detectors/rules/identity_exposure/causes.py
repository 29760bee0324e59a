"""What else may cause what `identity_exposure` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F12", "excuse_inactive_sims"),
    Cause("F14", "excuse_quirks"),
    Cause("F22", "excuse_crowds"),
    Cause("F23", "excuse_core_restart"),
    Cause("F34", "excuse_steering"),
    Cause("F36", "excuse_ordinary_rejects"),
)
