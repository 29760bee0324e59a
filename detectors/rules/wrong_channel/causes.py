"""What else may cause what `wrong_channel` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F3", "excuse_half_update"),
    Cause("F4", "excuse_stale_row"),
    Cause("F24", "excuse_aggregation", "carrier aggregation"),
    Cause("F33", "excuse_retune"),
)
