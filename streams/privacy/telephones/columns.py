"""Columns of telephone numbers, read as `streams.privacy.telephones.number` reads one.

All characters of a column are looked at at once; only the hash of each number is made by itself.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, U1, Bool, Text
from streams.privacy.cover import Cover
from streams.privacy.plain_columns import CleanNames
from streams.privacy.telephones.number import (
    INTERNATIONAL,
    MOST_DIGITS,
    NATIONAL,
    PREFIX_DIGITS,
    SUBSCRIBER,
    Number,
    Telephones,
)

#: "h-" and the digits of a hash.
_OURS_CHARACTERS: Final = 26
_PLACES: Final = np.arange(PREFIX_DIGITS)
_POWERS: Final = 10 ** np.arange(PREFIX_DIGITS + 1)
#: By how many digits there are, what each place counts.
_WEIGHTS: Final = np.array(
    [
        [10 ** (count - 1 - place) if place < count else 0 for place in range(PREFIX_DIGITS)]
        for count in range(PREFIX_DIGITS + 1)
    ],
    dtype=np.int64,
)


class Numbers(NamedTuple):
    """Numbers as columns, as `detectors.model.columns` says it."""

    name: Text
    prefix: I8
    digits: U1
    length: F8


class TelephoneColumns:
    """Reads columns of numbers as ``one`` reads a number. Remembers names that need no change."""

    def __init__(self, one: Telephones) -> None:
        self._one, self._clean = one, CleanNames()

    def read(self, texts: Text, nature: F8 | None, has_long: bool, must: bool = False) -> Numbers:
        """`number` of each, row by row; ``texts`` may have gaps. ``has_long``: some may be too long
        for a name. Where there ``must`` be a number, a text without a digit is a name."""
        found = none_of(len(texts))
        try:
            column = pa.array(texts, pa.string())
        except UnicodeEncodeError:  # Half a surrogate pair, which only the patient reader lets in.
            for row, text in enumerate(texts.tolist()):
                kind = 0 if nature is None or np.isnan(nature[row]) else int(nature[row])
                _put(found, row, self._read(text, kind, must) if text else None)
            return found
        ends = np.frombuffer(column.buffers()[1], np.int32)[: len(texts) + 1].astype(np.int64)
        data = np.frombuffer(column.buffers()[2] or b"", np.uint8)
        if not len(data):
            return found
        ends, begins = ends[1:], ends[:-1]
        shape = _Shape(data, begins, ends)
        ours, bare = shape.are_ours(), np.flatnonzero(shape.bare)
        found.name[ours] = texts[ours]
        if len(bare):
            kinds = np.zeros(len(bare), dtype=np.int64)
            if nature is not None:
                kinds = np.nan_to_num(nature[bare], nan=0.0).astype(np.int64)
            self._take_bare(found, bare, shape, kinds, column)
        if len(bare) + np.count_nonzero(ours) < np.count_nonzero(shape.size):
            others = np.flatnonzero(~shape.bare & ~ours & (shape.size > 0))
            self._take_others(found, others, texts[others], shape, has_long, must)
        return found

    def _take_bare(
        self, found: Numbers, rows: I8, shape: "_Shape", kinds: I8, column: pa.Array
    ) -> None:
        data, end = shape.data, shape.ends[rows]
        plus = shape.plus[rows]
        begin = shape.begins[rows] + plus
        count = end - begin
        first, second = data[begin] == ord("0"), data[np.minimum(begin + 1, end - 1)] == ord("0")
        first, second = first & ~plus, first & second & (count > 1) & ~plus
        is_open = ~plus & (kinds != SUBSCRIBER) & (kinds != NATIONAL) & (kinds != INTERNATIONAL)
        escaped = second & (count > 2) & (is_open | (kinds == INTERNATIONAL))
        at_home = np.zeros(len(rows), dtype=np.bool_)
        trunk = at_home
        if self._one.plan.home:
            national = ~plus & (kinds == NATIONAL)
            trunk = first & (count > 1) & ((national & ~second) | (is_open & ~escaped))
            at_home = national | trunk
            asked = np.flatnonzero(is_open & ~first)
            if len(asked):
                at_home[asked] = self._are_national(column.take(pa.array(rows[asked])))
        begin = begin + 2 * escaped + trunk
        length = end - begin
        found.length[rows] = length + at_home * len(self._one.plan.home)
        code = self._one.plan.home[:PREFIX_DIGITS]
        more = np.minimum(length, PREFIX_DIGITS - len(code) * at_home)
        places = np.minimum(begin[:, np.newaxis] + _PLACES, len(data) - 1)
        value = ((data[places] - np.int64(ord("0"))) * _WEIGHTS[more]).sum(axis=1)
        found.prefix[rows] = value + at_home * int(code or 0) * _POWERS[more]
        found.digits[rows] = more + len(code) * at_home
        raw, starts = data.tobytes(), (self._one.abroad.copy, self._one.at_home.copy)
        names = []
        # A loop, since nothing hashes several at once; a call for each would take as long again.
        for a, b, home in zip(begin.tolist(), end.tolist(), at_home.tolist(), strict=True):
            hasher = starts[home]()
            hasher.update(raw[a:b])
            names.append("h-" + hasher.hexdigest())
        found.name[rows] = names if self._one.cover is None else _covered(names, self._one.cover)

    def _are_national(self, digits: pa.Array) -> Bool:
        """Which digits are a number of the national plan, without the country's code."""
        plan = self._one.plan
        if plan.national_pattern is None:
            return np.array(list(map(plan.is_national, digits.to_pylist())), dtype=np.bool_)
        is_national = pc.match_substring_regex(digits, plan.national_pattern)
        return np.asarray(is_national.to_numpy(zero_copy_only=False), dtype=np.bool_)

    def _take_others(
        self,
        found: Numbers,
        rows: I8,
        texts: Text,
        shape: "_Shape",
        has_long: bool,
        must: bool,
    ) -> None:
        """Hashes made before, and whatever else; most of them stay as they are."""
        odd = shape.odd(rows)
        suspects = set(self._clean.unknown(texts[~odd].tolist(), has_long))
        suspects.update(texts[odd].tolist())
        changed: dict[str, Number | None] = {}
        for text in suspects:
            number = self._read(text, 0, must)
            if number == Number(text):
                self._clean.add(text)
            else:
                changed[text] = number
        found.name[rows] = texts
        if changed:
            for row, text in zip(rows.tolist(), texts.tolist(), strict=True):
                if text in changed:
                    _put(found, row, changed[text])

    def _read(self, text: str, nature: int, must: bool) -> Number | None:
        number = self._one.number(text, nature)
        return Number(self._one.pseudonym(text)) if number is None and must else number


def _covered(names: list[str], cover: Cover) -> list[str]:
    digits = cover.all_covered(bytes.fromhex("".join(name[2:] for name in names))).hex()
    return ["h-" + digits[at : at + 24] for at in range(0, len(digits), 24)]


class _Shape:
    """What a column of texts looks like, all characters at once."""

    def __init__(self, data: NDArray[np.uint8], begins: I8, ends: I8) -> None:
        self.data, self.begins, self.ends = data, begins, ends
        self.size = ends - begins
        self._some = np.flatnonzero(self.size)
        self._is_digit = (data - np.uint8(ord("0"))) < 10
        self._digits = digits = self._count(self._is_digit)
        self._first = first = data[np.minimum(begins, len(data) - 1)]
        self.plus = (self.size > 0) & (first == ord("+"))
        self.bare = (digits > 0) & (digits <= MOST_DIGITS) & (digits == self.size - self.plus)

    def are_ours(self) -> Bool:
        """Which are hashes of our own form."""
        ours: Bool = (self.size == _OURS_CHARACTERS) & (self._first == ord("h"))
        if ours.any():
            is_hex = self._is_digit | ((self.data - np.uint8(ord("a"))) < 6)
            second = self.data[np.minimum(self.begins + 1, len(self.data) - 1)]
            ours &= (second == ord("-")) & (self._count(is_hex) == _OURS_CHARACTERS - 2)
        return ours

    def odd(self, rows: I8) -> Bool:
        """Which of some rows are unlike a hash: without a letter or a digit, not in ASCII, or with
        so many digits in a row as a number has."""
        letters = self._count(((self.data | 0x20) - np.uint8(ord("a"))) < 26)[rows]
        foreign = self._count(self.data >= 0x80)[rows]
        run, step = self._is_digit, 1
        while step < PREFIX_DIGITS + 1:
            run, step = run[:-step] & run[step:], 2 * step
        at = np.zeros(len(self.data), dtype=np.bool_)
        at[: len(run)] = run
        return np.asarray(
            (letters == 0) | (self._digits[rows] == 0) | (foreign > 0) | (self._count(at)[rows] > 0)
        )

    def _count(self, which: Bool) -> I8:
        """How many characters of each text are such."""
        count = np.zeros(len(self.size), dtype=np.int64)
        # The texts lie end to end, and those without a character nowhere.
        count[self._some] = np.add.reduceat(which, self.begins[self._some], dtype=np.int64)
        return count


def with_given(
    numbers: Numbers, prefixes: Text | None, lengths: F8 | None
) -> tuple[Numbers, tuple[Bool, Bool]]:
    """``numbers`` with what was given beside them where they don't show it themselves; then which
    prefixes, and which lengths, are wrong."""
    count = len(numbers.name)
    wrong = np.zeros((2, count), dtype=np.bool_)
    unknown = numbers.digits == 0
    prefix, digits, length = numbers.prefix, numbers.digits, numbers.length
    if prefixes is not None and unknown.any():
        given, value, many = _prefixes(prefixes)
        wrong[0] = given & (many == 0) & unknown
        prefix = np.where(unknown, value, prefix)
        digits = np.where(unknown, many, digits).astype(np.uint8)
    if lengths is not None and unknown.any():
        wrong[1] = unknown & (lengths < digits)
        length = np.where(unknown & ~wrong[1], lengths, length)
    return Numbers(numbers.name, prefix, digits, length), (wrong[0], wrong[1])


def _prefixes(texts: Any) -> tuple[Bool, I8, U1]:
    """Which are given, the first seven digits of each as a number, and how many those are; none of
    one that isn't digits alone."""
    try:
        column = pa.array(texts, pa.string())
    except UnicodeEncodeError:
        shown = [t if t is None or t.isascii() else "x" for t in texts]
        column = pa.array(shown, pa.string())
    given = column.is_valid().to_numpy(zero_copy_only=False)
    right = pc.match_substring_regex(column, "^[0-9]+$")
    first = pc.utf8_slice_codeunits(pc.if_else(right, column, ""), 0, PREFIX_DIGITS)
    digits = pc.fill_null(pc.binary_length(first), 0).to_numpy(zero_copy_only=False)
    first = pc.if_else(pc.equal(first, ""), None, first)
    value = pc.fill_null(pc.cast(first, pa.int64()), 0).to_numpy(zero_copy_only=False)
    return given, value, digits.astype(np.uint8)


def none_of(count: int) -> Numbers:
    """Columns without a number."""
    return Numbers(
        np.full(count, None, dtype=np.object_),
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.uint8),
        np.full(count, np.nan),
    )


def _put(found: Numbers, row: int, number: Number | None) -> None:
    if number is None:
        found.name[row] = None
        return
    found.name[row] = number.name
    if number.length:
        found.prefix[row], found.digits[row] = int(number.prefix), len(number.prefix)
        found.length[row] = number.length
