"""Names numbered in order of appearance, as `names.rs` does it."""

import ctypes
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import I8
from detectors.native import library
from detectors.native.library import NativeError
from detectors.native.orders import place

Keys = NDArray[np.uint64]


class NameText(NamedTuple):
    """Names as letters one after the other, each of a ``width`` and filled up with zeros; where
    that is 0, each with a line's end."""

    letters: NDArray[Any]
    width: int


def text_of(names: list[Any]) -> NameText | None:
    """Names of any length as one text; ``None`` for what can't stand in one so."""
    try:
        text = ("\n".join(names) + "\n").encode("ascii")
    except (TypeError, UnicodeEncodeError):
        return None
    letters = np.frombuffer(text, dtype=np.uint8)
    is_plain = b"\0" not in text and np.count_nonzero(letters == ord("\n")) == len(names)
    return NameText(letters, 0) if is_plain else None


class _Names(ctypes.Structure):
    """`Names` in `names.rs`."""

    _fields_ = (
        ("text", ctypes.c_void_p),
        *((name, ctypes.c_size_t) for name in ("size", "width", "rows", "begin", "at")),
        *(("seed", ctypes.c_uint64), ("keys", ctypes.c_void_p), ("count", ctypes.c_size_t)),
        *(("slots", ctypes.c_void_p), ("slot_count", ctypes.c_size_t)),
        *(("fresh", ctypes.c_void_p), ("fresh_count", ctypes.c_size_t)),
        ("numbers", ctypes.c_void_p),
    )


class Names:
    """What `detectors.features.rows.device_rows.Numbers` does, a column at once."""

    def __init__(self, ours: ctypes.CDLL) -> None:
        self._step = ours.numbered_names
        self._step.restype = ctypes.c_int64

    def number(
        self,
        text: NameText,
        begin: tuple[int, int],
        seed: int,
        known: tuple[Keys, int, NDArray[np.int32]],
        numbers: I8,
    ) -> tuple[tuple[int, int], Keys]:
        """Puts in the ``numbers`` of names from one on, up to the first for which there is no slot:
        at which that is, or how many there are, and where that lies in the text; and the keys of
        those that are new, which are in slots. ``known`` are keys by number, how many, and
        slots."""
        keys, count, slots = known
        fresh, letters = np.empty(len(numbers), dtype=np.uint64), text.letters
        given = _Names(
            *(place(letters), letters.nbytes, text.width, len(numbers), *begin, seed),
            *(place(keys), count, place(slots), len(slots), place(fresh), 0, place(numbers)),
        )
        row = self._step(ctypes.byref(given))
        if row < 0:
            raise NativeError("a table of names that is none")
        return (row, given.at), fresh[: given.fresh_count]


#: Of this process; ``None`` where the library isn't there.
OURS: Final = None if library.OURS is None else Names(library.OURS)
