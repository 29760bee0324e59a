"""Which areas and cells that nobody has here can be one transmitter's: those that followed each
other, or that something links.

A transmitter has one identity at a time on a carrier, and gives the old one up when it takes the
next. So of areas from which phones come back all at once, as a crowd does that a train brings, none
is evidence beside another; nor is a cell that a register lacks beside the next such cell. Two are
one transmitter's where nearly all phones report the one before the other, of one network; where
both are received at once, of two networks or technologies; or where the same channel and code, or
a phone that came back from both, links them. An area from which phones come back goes with each of
its cells.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from typing import Final, TypeAlias

from detectors.incident.tally import Tally

#: An area, and the cell of it where one is named.
Name: TypeAlias = tuple[int, int | None]
#: Names of an incident that are looked at one by one, those of most devices first; and as many of
#: others as one transmitter may have had. Of cells that phones received as many again: who comes
#: back from areas of strays is many, and would leave no room for them.
_MOST_FIRST: Final = 4
_MOST_NAMES: Final = 24
#: Two names follow each other where so many of the pairs of their reports are in that order: phones
#: are held for different times, so that a few come late.
_IN_ORDER: Final = 0.9


def successions(tallies: Iterable[Tally]) -> list[frozenset[Name]]:
    """Sets of names, each of which can be one transmitter's; the one about the name that most
    devices report first. Tallies that name no area are passed over.

    To each of the names of most devices others are added in the order of their devices, as far as
    they can be of one transmitter with all that are there already.
    """
    names: dict[Name, _Named] = {}
    for tally in tallies:
        name = name_of(tally)
        if name is not None:
            names.setdefault(name, _Named(name)).take(tally)
    ordered = _first(names.values(), _MOST_NAMES)
    found: list[frozenset[Name]] = []
    for first in _first(ordered, _MOST_FIRST):
        if not any(first.name in other for other in found):
            found.append(_succession(first, ordered))
    return found


def _first(names: Collection["_Named"], most: int) -> list["_Named"]:
    """So many names of most devices of those that were received, and as many of the others."""
    ordered = sorted(names, key=lambda one: (-len(one.newest), one.order))
    received = [one for one in ordered if one.carriers][:most]
    others = [one for one in ordered if not one.carriers][:most]
    return [one for one in ordered if one in received or one in others]


def name_of(tally: Tally) -> Name | None:
    """The area that a tally names, and the cell if it names one; ``None`` for neither."""
    claimed = tally.claimed
    return None if claimed is None or claimed.area is None else (claimed.area, claimed.cell)


class _Named:
    """Who reported an area, or a cell of it, and of when their newest report is (event time, ms);
    who came back from it; as what it was received."""

    __slots__ = ("carriers", "channels", "name", "networks", "newest", "returned", "times")

    def __init__(self, name: Name) -> None:
        self.name = name
        self.newest: dict[str, int] = {}
        self.returned: set[str] = set()
        self.carriers: set[tuple[str | None, int | None, int | None]] = set()
        self.channels: set[tuple[str | None, int, int]] = set()
        self.networks: set[tuple[int | None, int | None]] = set()
        self.times: list[int] | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Where it stands among names of as many devices."""
        area, cell = self.name
        return area, -1 if cell is None else cell

    def take(self, tally: Tally) -> None:
        """Takes in what one detector found of it."""
        claimed = tally.claimed
        assert claimed is not None
        for who, vote in tally.votes.items():
            self.newest[who] = max(vote.seen, self.newest.get(who, vote.seen))
        self.networks.add((claimed.mcc, claimed.mnc))
        if tally.family == "signalling":
            self.returned.update(tally.votes)
        if tally.family == "identity" and claimed.cell is not None:
            self.carriers.add((claimed.rat, claimed.mcc, claimed.mnc))
        if claimed.arfcn is not None and claimed.pci is not None:
            self.channels.add((claimed.rat, claimed.arfcn, claimed.pci))

    def may_be(self, other: "_Named") -> bool:
        """Whether one transmitter can have had both."""
        if self.name[0] == other.name[0] and None in (self.name[1], other.name[1]):
            return True
        if not self.channels.isdisjoint(other.channels):
            return True
        if not self.returned.isdisjoint(other.returned):
            return True
        if self.carriers and other.carriers and self.carriers.isdisjoint(other.carriers):
            return True
        if self.networks.isdisjoint(other.networks):
            return False
        mine, theirs = self._in_order(), other._in_order()
        pairs = len(mine) * len(theirs)
        before = sum(
            2 * len(theirs) - bisect_left(theirs, t) - bisect_right(theirs, t) for t in mine
        )
        return max(before, 2 * pairs - before) >= 2 * _IN_ORDER * pairs

    def _in_order(self) -> list[int]:
        if self.times is None:
            self.times = sorted(self.newest.values())
        return self.times


def _succession(first: _Named, others: Sequence[_Named]) -> frozenset[Name]:
    members = [first]
    for one in others:
        if one is not first and all(one.may_be(other) for other in members):
            members.append(one)
    return frozenset(one.name for one in members)
