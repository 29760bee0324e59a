"""Where each caller's row lies: rows in order of appearance, and an index of their numbers.

The index is a table of places with open addressing; it is looked up for all numbers of a batch at
once, round after round, each round for those that are not found yet.
"""

from typing import Any, Final

import numpy as np

from detectors.features.memory import lru
from detectors.features.phones.phones import Rows
from detectors.model.columns import I8
from detectors.model.hashing import U8

#: Times as many callers as devices are kept at most: a row is a hundred bytes.
_TIMES_MOST: Final = 10
_EMPTY: Final = -1
#: Slots of the index for each row.
_SLOTS: Final = 2


def most_callers() -> int:
    """How many callers are kept at most, and those of one batch."""
    return _TIMES_MOST * lru.MOST_KEPT


class Table:
    """Rows of a numpy structure with the fields ``key``, the caller's number, and ``last_s``, when
    a record of it arrived last (s); a fresh row holds zeros."""

    def __init__(self, kind: np.dtype[Any]) -> None:
        self.rows: Rows = np.zeros(0, dtype=kind)
        self._count = 0
        self._index = np.full(_SLOTS, _EMPTY, dtype=np.int32)

    def __len__(self) -> int:
        return self._count

    def places(self, keys: U8, idle_s: int) -> I8:
        """The place of each of some different numbers, until this is asked again. Rows of whom
        nothing came since ``idle_s`` may be forgotten."""
        if self._count + len(keys) > len(self.rows):
            self._make_room(len(keys), idle_s)
        places = self._look_up(keys)
        new = np.flatnonzero(places == _EMPTY)
        if len(new):
            places[new] = fresh = np.arange(self._count, self._count + len(new))
            self.rows["key"][fresh] = keys[new]
            self._count += len(new)
            self._enter(keys[new], fresh)
        return places

    def _look_up(self, keys: U8) -> I8:
        """The place of each number, `_EMPTY` for one that has none."""
        index, mask = self._index, len(self._index) - 1
        places = np.full(len(keys), _EMPTY, dtype=np.int64)
        left, slot = np.arange(len(keys)), _slots(keys, mask)
        while len(left):
            place = index[slot].astype(np.int64)
            on = np.flatnonzero(place != _EMPTY)
            left, slot, place = left[on], slot[on], place[on]
            is_it = self.rows["key"][place] == keys[left]
            places[left[is_it]] = place[is_it]
            left, slot = left[~is_it], (slot[~is_it] + 1) & mask
        return places

    def _enter(self, keys: U8, places: I8) -> None:
        """Puts the places of numbers that have none yet into the index."""
        index, mask = self._index, len(self._index) - 1
        slot = _slots(keys, mask)
        while len(places):
            free = index[slot] == _EMPTY
            # Of several that want one slot the last gets it; the others look on from there.
            index[slot[free]] = places[free]
            more = index[slot] != places
            places, slot = places[more], (slot[more] + 1) & mask

    def _make_room(self, more: int, idle_s: int) -> None:
        """Forgets idle rows, of too many the older half, and makes room for the rest."""
        last_s = self.rows["last_s"][: self._count].astype(np.int64)
        left = np.flatnonzero(last_s >= idle_s)
        if len(left) > most_callers():
            newest = np.argsort(-last_s[left], kind="stable")
            left = np.sort(left[newest[: most_callers() // 2]])
        if len(left) < self._count:
            self.rows[: len(left)] = self.rows[left]
            self.rows[len(left) :] = np.zeros(1, dtype=self.rows.dtype)
        self._count = len(left)
        if self._count + more > len(self.rows) * 3 // 4:
            self._grow(lru.room_for(self._count + more))
        self._index = np.full(_slots_for(len(self.rows)), _EMPTY, dtype=np.int32)
        self._enter(self.rows["key"][: self._count].copy(), np.arange(self._count))

    def _grow(self, room: int) -> None:
        """Makes room in place, where the system can, so that there are never two of them."""
        if not self.rows.flags.owndata:  # as after pickling
            self.rows = self.rows.copy()
        self.rows.resize(room, refcheck=False)


def _slots(keys: U8, mask: int) -> I8:
    """Where to begin to look: numbers are mixed well, so that low bits are as good as any."""
    return (keys & np.uint64(mask)).astype(np.int64)


def _slots_for(rows: int) -> int:
    return 1 << (_SLOTS * rows - 1).bit_length()
