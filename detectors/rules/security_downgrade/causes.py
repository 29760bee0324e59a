"""What else may cause what `security_downgrade` observes, and what excuses it."""

from typing import Final

from detectors.features.room import Cause

CAUSES: Final[tuple[Cause, ...]] = (
    Cause("F16", "excuse_parsers", "a phone's diagnostic port is misread"),
    Cause("F26", "excuse_usual", "ciphers that are weak everywhere in a network"),
)
