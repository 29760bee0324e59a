"""A numbering plan as sorted arrays: what each of a column of numbers is, by binary search.

For each length the space of the first seven digits is cut where the answer changes. A number of
which fewer digits are known may be any of a stretch of that space: what holds for the whole stretch
is known of it, and what doesn't is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import I8, U1, Bool
from detectors.numbers.classes import UNALLOCATED
from detectors.numbers.ranges import MOST_DIGITS, MOST_LENGTH, SEVERAL, Range

#: Bits of a key for the first digits; the length lies above them.
_BITS: Final = 24
_SPACE: Final = 10**MOST_DIGITS
#: A length at which no number is allocated, for all that are longer.
_LONGER: Final = MOST_LENGTH + 1
#: Code of `SEVERAL` while a plan is built.
_SEVERAL: Final = -1
_POWERS: Final = 10 ** np.arange(MOST_DIGITS + 1, dtype=np.int64)

Numbers = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a plan says of a column of numbers; 0 for what can't be known.

    ``kind`` is a code of `NUMBER_CLASSES`; the next three are codes of the plan's ``countries``,
    ``carriers`` and ``regions``; ``code_digits`` is how many digits the country code has.
    """

    kind: U1
    country: I8
    carrier: I8
    region: I8
    code_digits: I8


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """One value for each entry of a plan, and the key up to which it stays the same."""

    values: Numbers
    until: I8

    def over(self, at: I8, end: I8 | None) -> Numbers:
        """The value of each entry; 0 where it doesn't hold up to ``end`` (``None``: it does)."""
        values: Numbers = self.values[at]
        if end is not None:
            values = np.where(end <= self.until[at], values, 0).astype(values.dtype)
        return values


@dataclass(frozen=True, slots=True, eq=False)
class NumberPlan:
    """Built by `build_plan`. Nothing in it changes; all its functions are total.

    ``prefix``, ``digits`` and ``length`` may be of any numeric type; below 0, NaN, or a prefix of
    more digits than are given means "not known".
    """

    countries: tuple[str, ...]
    carriers: tuple[str, ...]
    regions: tuple[str, ...]
    _starts: I8
    _runs: tuple[_Runs, ...]
    _prefixes: I8
    _lengths: I8

    def __len__(self) -> int:
        """How many pieces the space of numbers is cut into."""
        return len(self._starts)

    def kinds(self, prefix: Numbers, digits: Numbers, length: Numbers) -> U1:
        """The class of each number: a code of `NUMBER_CLASSES`, 0 where it can't be known."""
        known, at, end = self._find(prefix, digits, length)
        kind: U1 = self._runs[0].over(at, end)
        kind[~known] = 0
        return kind

    def look_up(self, prefix: Numbers, digits: Numbers, length: Numbers) -> Answers:
        """All that the plan says of each number."""
        known, at, end = self._find(prefix, digits, length)
        columns = [runs.over(at, end) for runs in self._runs]
        for column in columns:
            column[~known] = 0
        return Answers(*columns)

    def lengths(self, prefix: Numbers, digits: Numbers) -> I8:
        """Which lengths are allocated to numbers that begin so: bit ``k`` for ``k`` digits."""
        known, first, end = _stretch(whole(prefix), whole(digits))
        low = _last(self._prefixes, first)
        high = _last(self._prefixes, end - 1)
        found = self._lengths[low]
        wide = np.flatnonzero(high > low)
        if len(wide):
            # Pairs of ends: of what reduceat gives, every second one is between two stretches.
            ends = np.column_stack([low[wide], high[wide] + 1]).ravel()
            padded = np.append(self._lengths, 0)
            found[wide] = np.bitwise_or.reduceat(padded, ends)[::2]
        return np.where(known, found, 0)

    def _find(
        self, prefix: Numbers, digits: Numbers, length: Numbers
    ) -> tuple[Bool, I8, I8 | None]:
        """Which can be asked for, the entry of each, and the end of its stretch as a key."""
        digits, length = whole(digits), np.minimum(whole(length), _LONGER)
        known, first, end = _stretch(whole(prefix), digits)
        known &= (length > 0) & (digits <= length)
        key = np.where(known, length, 0) << _BITS
        all_shown = not bool((digits != MOST_DIGITS).any())
        return known, _last(self._starts, key | first), None if all_shown else key + end


def build_plan(*layers: Sequence[Range]) -> NumberPlan:
    """The plan of some layers of ranges, a later one over an earlier one.

    Within a layer a range with more leading digits goes over one with fewer, as in E.164; of two
    with as many that overlap, the later. What no range covers is not allocated.
    """
    order = [each for layer in layers for each in sorted(layer, key=lambda one: one.digits)]
    texts = [
        tuple(sorted({getattr(each, name) for each in order} - {"", SEVERAL}))
        for name in ("country", "carrier", "region")
    ]
    numbered = [{"": 0} | {text: at for at, text in enumerate(own, 1)} for own in texts]
    numbered[0][SEVERAL] = _SEVERAL
    scale = [int(_POWERS[MOST_DIGITS - each.digits]) for each in order]
    # One row more stands for "no range".
    table = np.array(
        [
            (
                *(each.first * size, (each.last + 1) * size, each.kind),
                *(numbered[0][each.country], numbered[1][each.carrier], numbered[2][each.region]),
                *(each.code_digits, sum(1 << count for count in each.lengths)),
            )
            for each, size in zip(order, scale, strict=True)
        ]
        + [(0, 0, UNALLOCATED, 0, 0, 0, 0, 0)],
        dtype=np.int64,
    )
    pieces = [_of_length(table, length) for length in range(_LONGER + 1)]
    starts = np.concatenate([starts | length << _BITS for length, (starts, _) in enumerate(pieces)])
    values = np.concatenate([values for _, values in pieces])
    begins = np.concatenate([np.arange(len(own)) == 0 for own, _ in pieces])
    runs = []
    for column, kind in zip(values.T, (np.uint8, *[np.int64] * 4), strict=True):
        changes = np.append(True, column[1:] != column[:-1]) | begins
        ends = np.append(starts[changes], np.int64(_LONGER + 1) << _BITS)
        runs.append(_Runs(column.astype(kind), ends[np.cumsum(changes)]))
    prefixes, lengths = _lengths_by_prefix(pieces)
    return NumberPlan(texts[0], texts[1], texts[2], starts, tuple(runs), prefixes, lengths)


def _of_length(table: I8, length: int) -> tuple[I8, I8]:
    """Where the answer for numbers of one length changes, and what it is from there on."""
    rows = np.flatnonzero(table[:, 7] >> length & 1)
    cuts = np.unique(np.concatenate([[0], table[rows, 0], table[rows, 1]]))
    cuts = cuts[cuts < _SPACE]
    low, high = (np.searchsorted(cuts, table[rows, side]) for side in (0, 1))
    owner = np.full(len(cuts), len(table) - 1)
    country = owner.copy()
    for row, start, stop in zip(rows.tolist(), low.tolist(), high.tolist(), strict=True):
        owner[start:stop] = row
        if table[row, 3]:
            country[start:stop] = row
    values = np.column_stack(
        [
            table[owner, 2],
            np.maximum(table[country, 3], 0),
            table[owner, 4:6],
            table[country, 6],
        ]
    )
    changes = np.append(True, (values[1:] != values[:-1]).any(axis=1))
    return cuts[changes], values[changes]


def _lengths_by_prefix(pieces: Sequence[tuple[I8, I8]]) -> tuple[I8, I8]:
    """Where the set of allocated lengths changes, and that set as bits."""
    cuts = np.unique(np.concatenate([starts for starts, _ in pieces]))
    bits = np.zeros(len(cuts), dtype=np.int64)
    for length, (starts, values) in enumerate(pieces):
        allocated = values[_last(starts, cuts), 0] != UNALLOCATED
        bits |= allocated.astype(np.int64) << length
    changes = np.append(True, bits[1:] != bits[:-1])
    return cuts[changes], bits[changes]


def _stretch(prefix: I8, digits: I8) -> tuple[Bool, I8, I8]:
    """Which can be asked for, and the stretch of the space of seven digits that each may be in."""
    known = (digits >= 0) & (digits <= MOST_DIGITS)
    size = _POWERS[MOST_DIGITS - np.where(known, digits, 0)]
    first = prefix * size
    known &= (prefix >= 0) & (prefix < _SPACE) & (first < _SPACE)
    first = np.where(known, first, 0)
    return known, first, np.where(known, first + size, 1)


def _last(starts: I8, wanted: I8) -> I8:
    last: I8 = np.searchsorted(starts, wanted, side="right") - 1
    return last


def whole(numbers: Numbers) -> I8:
    """As integers; what is not a finite number becomes -1."""
    if numbers.dtype.kind == "f":
        numbers = np.where(np.abs(numbers) < 2.0**53, numbers, -1.0)
    return numbers.astype(np.int64, copy=False)
