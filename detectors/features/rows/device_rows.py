"""Whose rows a batch's are, laid out for rules that look at a device's rows in turn."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from detectors.features.memory.lru import room_for
from detectors.features.rows import runs
from detectors.model.columns import I8, Text
from detectors.model.hashing import name_keys, name_letters
from detectors.native.numbered import names as name_table

Keys: TypeAlias = NDArray[np.uint64]


_SEEDED: Final = "names"
#: Slots at first, and the least of them for each name: with more they are found at once.
_FIRST_SLOTS, _SLOTS_A_NAME = 1024, 2
#: So few are looked for one by one: a step of all takes as long as some dozens of one.
_FEW: Final = 16


class Numbers:
    """Numbers names in order of appearance; a look-up of a new one numbers it.

    Of a name only its key of 64 bits is kept (`detectors.model.hashing.name_keys`), since a million
    names take 17 MB so and 127 as a dictionary, in which moreover each look-up waits for memory.
    Among a million names any two have the same key with a chance of 3 in 100 million, and then are
    taken for one. Keys lie in a table with open addressing, each in the first free slot from the
    one that its high bits say. They begin with a number that no sender knows, as those of Python's
    own dictionaries do, or names could be chosen that all want the same slot.
    """

    def __init__(self) -> None:
        # Of this process. It stays with a copy that another one takes up.
        self._seed = hash(_SEEDED) % (1 << 64)
        self._count = 0
        #: By number, with room for more.
        self._keys = np.zeros(0, dtype=np.uint64)
        self._slots = np.full(_FIRST_SLOTS, -1, dtype=np.int32)

    def __len__(self) -> int:
        return self._count

    def of(self, names: Text | list[str]) -> I8:
        """The number of each name.

        >>> Numbers().of(["a", "b", "a"]).tolist()
        [0, 1, 0]
        """
        if name_table.OURS is not None:
            return self._by_library(names)
        keys = name_keys(np.asarray(names, dtype=np.object_), self._seed)
        numbers = self._found(keys)
        rows = np.flatnonzero(numbers < 0)
        if len(rows):
            fresh, first, which = np.unique(keys[rows], return_index=True, return_inverse=True)
            in_turn = np.argsort(first)
            place = np.empty(len(fresh), dtype=np.int64)
            place[in_turn] = np.arange(self._count, self._count + len(fresh))
            numbers[rows] = place[which]
            self._add(fresh[in_turn])
        return numbers

    def _by_library(self, names: Text | list[str]) -> I8:
        """As `of`."""
        assert name_table.OURS is not None
        text = name_table.text_of(names if isinstance(names, list) else names.tolist())
        if text is None:
            letters = name_letters(np.asarray(names, dtype=np.object_))
            text = name_table.NameText(letters, letters.itemsize)
        numbers, begin = np.empty(len(names), dtype=np.int64), (0, 0)
        while begin[0] < len(names):
            known = self._keys, self._count, self._slots
            begin, fresh = name_table.OURS.number(text, begin, self._seed, known, numbers)
            self._append(fresh)
            if begin[0] < len(names):
                self._make_slots(2 * len(self._slots))
                self._index(0)
        return numbers

    def keep(self, numbers: I8) -> None:
        """Forgets all but some, which are numbered anew in their order."""
        keys = self._keys[numbers]
        self._count, self._keys = 0, keys[:0]
        self._slots = np.full(_FIRST_SLOTS, -1, dtype=np.int32)
        self._add(keys)

    def _found(self, keys: Keys) -> I8:
        """The number of each key, -1 for none."""
        numbers = np.full(len(keys), -1, dtype=np.int64)
        if not self._count:
            return numbers
        left, at, wanted = np.arange(len(keys)), self._first_slots(keys), keys
        while len(left) > _FEW:
            number = self._slots.take(at)
            # In a free slot stands -1, which is no name's.
            same = (self._keys[number] == wanted) & (number >= 0)
            numbers[left[same]] = number[same]
            more = np.flatnonzero(~same & (number >= 0))
            left, at, wanted = left[more], (at[more] + 1) % len(self._slots), wanted[more]
        for row, slot in zip(left.tolist(), at.tolist(), strict=True):
            numbers[row] = self._found_from(slot, keys[row])
        return numbers

    def _found_from(self, slot: int, key: np.uint64) -> int:
        """As `_found` of one key, from a slot on."""
        while (number := int(self._slots[slot])) >= 0 and self._keys[number] != key:
            slot = (slot + 1) % len(self._slots)
        return number

    def _add(self, keys: Keys) -> None:
        """Numbers new keys, in their order."""
        before = self._count
        self._append(keys)
        if self._count * _SLOTS_A_NAME > len(self._slots):
            self._make_slots(1 << (self._count * _SLOTS_A_NAME - 1).bit_length())
            before = 0
        self._index(before)

    def _append(self, keys: Keys) -> None:
        """Notes new keys, which are in no slot for that."""
        before, self._count = self._count, self._count + len(keys)
        if self._count > len(self._keys):
            room = room_for(self._count)
            self._keys = np.concatenate((self._keys[:before], np.zeros(room - before, np.uint64)))
        self._keys[before : self._count] = keys

    def _make_slots(self, count: int) -> None:
        self._slots = np.full(count, -1, dtype=np.int32)

    def _index(self, before: int) -> None:
        """Puts keys into slots, from a number on."""
        left = np.arange(before, self._count)
        at = self._first_slots(self._keys[left])
        while len(left):
            free = self._slots[at] < 0
            self._slots[at[free]] = left[free]
            # Of several that want the same slot one has it.
            out = self._slots[at] != left
            left, at = left[out], (at[out] + 1) % len(self._slots)

    def _first_slots(self, keys: Keys) -> I8:
        bits = len(self._slots).bit_length() - 1
        slots: I8 = (keys >> np.uint64(64 - bits)).astype(np.int64)
        return slots


@dataclass(frozen=True, slots=True, eq=False)
class DeviceRows:
    """The ``device`` of each row, as a number, the row ``before`` each row of the same device (-1
    for none), and the ``last`` row of each device, in any order."""

    device: I8
    before: I8
    last: I8


def device_rows(device: I8) -> DeviceRows:
    """The layout of a column of numbered devices.

    >>> rows = device_rows(np.array([7, 3, 7]))
    >>> rows.before.tolist(), sorted(rows.last.tolist())
    ([-1, -1, 0], [1, 2])
    """
    return DeviceRows(device, *runs.before(device))
