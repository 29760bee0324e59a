"""How many different callees: bitmaps, and what they say of numbers (linear counting).

Of ``n`` different things thrown on ``m`` bits about m (1 - exp(-n / m)) are set (Whang,
Vander-Zanden and Taylor, ACM TODS 15(2), 1990). Turned round, the standard deviation of what is
said of n is sqrt(m (exp(t) - t - 1)) with t = n / m: of 128 bits 6 % of 10 and of 30 callees, 7 %
of 100, 10 % of 300, 12 % of 400. Beyond that the bitmap is nearly full, and all that is known is
that there are many.
"""

from typing import Final

import numpy as np

from detectors.model.columns import F8, I8, Bool
from detectors.model.hashing import U8

#: Bits of a caller's callees; then those of its cells and of the regions that it rings.
CALLEE_BITS, FEW_BITS = 128, 32
WORD_BITS: Final = 64
#: Words of a bitmap of all three.
WORDS: Final = (CALLEE_BITS + 2 * FEW_BITS) // WORD_BITS
#: What a full bitmap is taken for: half a bit is left.
_MOST_SET: Final = CALLEE_BITS - 0.5


def about_how_many(bits: I8) -> F8:
    """How many callees so many set bits stand for.

    >>> about_how_many(np.array([0, 1, 10, 80, 128])).round(1).tolist()
    [0.0, 1.0, 10.4, 125.5, 709.8]
    """
    share = np.minimum(bits, _MOST_SET) / CALLEE_BITS
    return np.asarray(-CALLEE_BITS * np.log1p(-share))


def set_bits(words: U8) -> I8:
    """How many bits are set in each row of words."""
    count: I8 = np.bitwise_count(words).sum(axis=-1, dtype=np.int64)
    return count


def first_of_each(group: I8, bit: I8, known: U8) -> Bool:
    """Which rows are the first of their group (a caller) with their bit, one not set in the words
    of that group.

    >>> group, bit = np.array([0, 0, 1, 0]), np.array([5, 5, 5, 1])
    >>> first_of_each(group, bit, np.array([[2], [0]], dtype=np.uint64)).tolist()
    [True, False, True, False]
    """
    first = np.zeros(len(group), dtype=np.bool_)
    first[np.unique(group * (WORDS * WORD_BITS) + bit, return_index=True)[1]] = True
    word, place = np.divmod(bit, WORD_BITS)
    is_set = known[group, word] >> place.astype(np.uint64) & np.uint64(1)
    return np.asarray(first & (is_set == 0))


def put(words: U8, group: I8, bit: I8) -> None:
    """Sets one bit in the words of a group for each row."""
    word, place = np.divmod(bit, WORD_BITS)
    np.bitwise_or.at(words, (group, word), np.uint64(1) << place.astype(np.uint64))
