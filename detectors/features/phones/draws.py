"""Which phones were drawn lately: of a sample of all reports each has one in a while at most."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.features.memory.lru import room_for
from detectors.features.rows import runs
from detectors.model.columns import I8, Bool

#: Stands for no window.
_NEVER: Final = (1 << 32) - 1


class Draws:
    """The window of arrival time in which each phone, by its number
    (`detectors.features.phones.phones`), was drawn last.

    A phone has windows of its own, by the number of its name (`detectors.model.hashing.number_of`):
    at times that don't depend on when it was first seen. They are numbered in four bytes.

    >>> draws = Draws()
    >>> draws.make_room(2)
    >>> phones, names = np.array([0, 1, 0, 0]), np.array([7, 8, 7, 7], dtype=np.uint32)
    >>> draws.are_first(phones, names, np.array([1000, 1000, 2000, 61_000]), 60_000).tolist()
    [True, True, False, True]
    """

    def __init__(self) -> None:
        self._windows = np.zeros(0, dtype=np.uint32)

    def are_first(self, phones: I8, names: NDArray[np.uint32], rx_ms: I8, window_ms: int) -> Bool:
        """Which of some reports, in order, are the first of their phone in its window; they are
        noted. All who ask have windows of the same length."""
        window = ((rx_ms + names % np.uint32(window_ms)) // window_ms).astype(np.uint32)
        before, last = runs.before(phones)
        drawn_in = np.where(before >= 0, window[before], self._windows[phones])
        self._windows[phones[last]] = window[last]
        return np.asarray(drawn_in != window)

    def make_room(self, phones: int) -> None:
        """Makes room for so many phones."""
        if phones > len(self._windows):
            more = room_for(phones) - len(self._windows)
            self._windows = np.pad(self._windows, (0, more), constant_values=_NEVER)

    def keep(self, phones: I8) -> None:
        """Keeps only some phones, which are numbered anew in their order."""
        self._windows = self._windows[phones]
