"""Similarity hashes of texts, 64 bits, as columns."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Stands for no form: a text of this hash is taken for one without.
NONE: Final = (1 << 64) - 1


def near(known: NDArray[np.uint64], bits: int, most_bits: int) -> int:
    """The place of the nearest of some hashes, at most so many bits away, the first of several; -1
    for none.

    >>> known = np.array([0b0000, 0b1111], dtype=np.uint64)
    >>> near(known, 0b0111, 2), near(known, 0b111111 << 8, 2), near(known[:0], 0, 2)
    (1, -1, -1)
    """
    if not len(known):
        return -1
    apart = np.bitwise_count(known ^ np.uint64(bits))
    place = int(apart.argmin())
    return place if apart[place] <= most_bits else -1
