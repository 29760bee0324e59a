"""How far somebody is on the way of a victim."""

from typing import Final, Literal

Level = Literal["shallow", "medium", "deep"]
#: From who took a call to who is at the bank; each level is above the one before.
LEVELS: Final[tuple[Level, ...]] = ("shallow", "medium", "deep")
