"""Records that leave old areas out: how many attaches come without one for that alone.

A phone that knows an area names it, and an update names one always (TS 24.301 8.2.29). So updates
without any show how often an input leaves it out. It does the same with attaches: of phones that
were off without having said so, in a lift, underground or in flight mode, some come back with their
area and some without, in that proportion. Whom a reject made forget come without, all of them.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

#: Only every so manieth attach with an area is looked at.
ONE_IN: Final = 4
#: Updates that are remembered before half of them are forgotten, and attaches.
_UPDATES, _ATTACHES = 1024, 512


class Attached(msgspec.Struct, array_like=True):
    """One that attached with its area: arrival (ms), tile of its place, and whether the core knew
    it."""

    rx_ms: int
    tile: str
    known: bool


class LeftOut(msgspec.Struct):
    """Of a zone: updates with and without an old area, and the last ``attached`` with one."""

    named: float = 0.0
    unnamed: float = 0.0
    attached: list[Attached] = []

    def note_update(self, unnamed: bool) -> None:
        """Takes an update in."""
        self.unnamed += unnamed
        self.named += not unnamed
        if self.named + self.unnamed > _UPDATES:
            self.named, self.unnamed = self.named / 2.0, self.unnamed / 2.0

    def note_attached(self, attached: Attached) -> None:
        """Takes an attach in that named its area."""
        self.attached.append(attached)
        del self.attached[:-_ATTACHES]

    def expected(self, tiles: Sequence[str], known: bool, since_ms: int) -> float:
        """How many attaches about a place leave their area out since a time for no reason of the
        phones', by those that name it.

        >>> left_out = LeftOut()
        >>> for n in range(40):
        ...     left_out.note_update(unnamed=n % 4 == 0)
        ...     left_out.note_attached(Attached(n, "here", known=True))
        >>> round(left_out.expected(["here"], True, 0)), left_out.expected(["there"], True, 0)
        (52, 0.0)
        """
        near = [one for one in self.attached if one.tile in tiles and one.rx_ms >= since_ms]
        count = ONE_IN * sum(one.known == known for one in near)
        return count * self.unnamed / (self.named + 1.0)
