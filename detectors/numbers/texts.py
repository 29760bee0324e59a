"""Numbers and prefixes written as text, as columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.model.columns import I8, Bool
from detectors.numbers.ranges import MOST_DIGITS


@dataclass(frozen=True, slots=True)
class Written:
    """A column of numbers as written; all -1 for what is none.

    ``plus``: it began with a +. ``spoilt``: it holds something else than digits.
    """

    prefix: I8
    digits: I8
    length: I8
    plus: Bool
    spoilt: Bool


def written(numbers: Sequence[str | None]) -> Written:
    """The columns of bare numbers: digits, perhaps after a +. An empty text is no number.

    >>> columns = written(["+8613812345678", "0010", None, "13x"])
    >>> columns.prefix.tolist(), columns.digits.tolist(), columns.length.tolist()
    ([8613812, 10, -1, -1], [7, 4, -1, -1], [13, 4, -1, -1])
    """
    found = {text: _number(text) for text in set(numbers)}
    table = np.array([found[text] for text in numbers], dtype=np.int64).reshape(-1, 5)
    return Written(*table.T[:3], *(table.T[3:] > 0))


def prefixes(texts: Iterable[str | None]) -> tuple[I8, I8]:
    """Prefixes, and how many digits each has; -1 for what is none."""
    asked = list(texts)
    found = {text: _number(text)[:2] for text in set(asked)}
    table = np.array([found[text] for text in asked], dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _number(text: str | None) -> tuple[int, int, int, bool, bool]:
    plus = (text or "").startswith("+")
    bare = (text or "").removeprefix("+")
    if not (bare.isascii() and bare.isdigit()):
        return -1, -1, -1, plus, bool(text)
    prefix = bare[:MOST_DIGITS]
    return int(prefix), len(prefix), len(bare), plus, False
