"""What else may cause what `phantom_sms` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F5", "excuse_stopped_feed"),
    Cause("F5", "excuse_incomplete"),
    Cause("F14", "excuse_uncovered_sender"),
    Cause("F29", "excuse_other_sim", "phones with two SIMs"),
)
