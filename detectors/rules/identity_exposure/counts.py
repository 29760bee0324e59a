"""How many connections of a network expose: what is usual, and what is happening this minute.

Counts are kept by cell and, under an empty key, of all cells of the register together, so that what
is normal for one cell is judged by all the others: a rogue can't make what it does normal.
"""

from typing import Final, Literal

import msgspec

#: Width (ms) of the slots by which time is counted, and how many make a window.
_SLOT_MS: Final = 10_000
_SLOTS: Final = 6
WINDOW_MS: Final = _SLOTS * _SLOT_MS
#: How many slots back from the present (by arrival) messages may still count.
_KEPT_SLOTS: Final = 24
#: Cells of a network that are remembered.
CELLS: Final = 2_000
#: A count below this is forgotten.
_LEAST: Final = 0.25

Kind = Literal["connections", "exposed", "unproven"]


class Count(msgspec.Struct):
    """Connections, those exposed, and those exposed without a proof."""

    connections: float = 0.0
    exposed: float = 0.0
    unproven: float = 0.0

    def add(self, other: "Count") -> None:
        """Adds another count to this."""
        self.connections += other.connections
        self.exposed += other.exposed
        self.unproven += other.unproven


class Network(msgspec.Struct):
    """Counts of one network and RAT, by cell: in the long run, and in slots of event time."""

    usual: dict[str, Count] = {}
    slots: dict[int, dict[str, Count]] = {}
    halved_ms: int = 0

    def count(self, what: Count, cell: str | None, is_listed: bool, ts: int, rx: int) -> None:
        """Counts for a cell, and for the network where the register has the cell.

        What comes more than four minutes late, or from the future, is no part of any minute.
        """
        number, newest = ts // _SLOT_MS, rx // _SLOT_MS
        if number not in self.slots and newest - _KEPT_SLOTS < number <= newest + 1:
            self.slots[number] = {}
            for old in [slot for slot in self.slots if slot <= newest - _KEPT_SLOTS]:
                del self.slots[old]
        keys = [key for key in (cell, "" if is_listed else None) if key is not None]
        for key in keys:
            if number in self.slots:
                self.slots[number].setdefault(key, Count()).add(what)
            if is_listed:
                self.usual.setdefault(key, Count()).add(what)
        while len(self.usual) > CELLS:
            del self.usual[next(key for key in self.usual if key)]

    def halve(self, now_ms: int, half_life_ms: float) -> None:
        """Forgets what is usual by halves."""
        if now_ms - self.halved_ms < half_life_ms:
            return
        self.halved_ms = now_ms
        for key, count in list(self.usual.items()):
            halves = (count.connections / 2, count.exposed / 2, count.unproven / 2)
            self.usual[key] = Count(*(half if half >= _LEAST else 0.0 for half in halves))
            if key and self.usual[key] == Count():
                del self.usual[key]

    def window(self, ts: int, cell: str) -> Count:
        """Counts of a cell in the minute that ends with ``ts``."""
        here = Count()
        for slot in self._slots_before(ts):
            here.add(slot.get(cell, Count()))
        return here

    def usual_elsewhere(self, cell: str | None, is_listed: bool) -> Count:
        """Counts in the long run of all registered cells but this."""
        return _others(self.usual, cell if is_listed else None)

    def now_elsewhere(self, ts: int, cell: str | None, is_listed: bool) -> Count:
        """Counts of all registered cells but this in the minute that ends with ``ts``."""
        elsewhere = Count()
        for slot in self._slots_before(ts):
            elsewhere.add(_others(slot, cell if is_listed else None))
        return elsewhere

    def _slots_before(self, ts: int) -> list[dict[str, Count]]:
        newest = ts // _SLOT_MS
        numbers = range(newest - _SLOTS + 1, newest + 1)
        return [self.slots[number] for number in numbers if number in self.slots]


def share(counts: Count, kind: Kind, prior: tuple[float, float]) -> float:
    """Share of connections of a kind, at most 1; ``prior`` is (of that kind, of all) beforehand."""
    of_kind, of_all = prior
    share_of_kind = (of_kind + getattr(counts, kind)) / (of_all + counts.connections)
    return min(float(share_of_kind), 1.0)


def _others(counts: dict[str, Count], cell: str | None) -> Count:
    every = counts.get("", Count())
    own = counts.get(cell, Count()) if cell is not None else Count()
    return Count(
        max(every.connections - own.connections, 0.0),
        max(every.exposed - own.exposed, 0.0),
        max(every.unproven - own.unproven, 0.0),
    )
