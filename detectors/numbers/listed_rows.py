"""The rows of the operator's list of numbers as columns, and where to find those of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np

from detectors.model.codes import code_of
from detectors.model.columns import I8, U1, Bool, Text
from detectors.model.rare_messages import NumberRow
from detectors.numbers.classes import NUMBER_CLASSES
from detectors.numbers.ranges import MOST_DIGITS

#: Stands for "no row".
NO_ROW = -1
_FOR_EVER_MS = 1 << 62
_SHORT = "short"


@dataclass(frozen=True, slots=True)
class _Layer:
    """Ranges with as many leading digits: these, sorted and distinct, each with its row (a range
    has one, since it is what is listed) and how many digits its numbers have, 0 for any."""

    digits: int
    leading: I8
    row: I8
    length: I8


def _none() -> I8:
    return np.zeros(0, dtype=np.int64)


def _nowhere() -> Bool:
    return np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class ListedRows:
    """Built by `of`; empty by default. Nothing in it changes."""

    of_number: dict[str, int] = field(default_factory=dict)
    #: Those with more leading digits first.
    layers: tuple[_Layer, ...] = ()
    kind: U1 = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))
    trusted: Bool = field(default_factory=_nowhere)
    protected: Bool = field(default_factory=_nowhere)
    silent: Bool = field(default_factory=_nowhere)
    #: Rows of one number, whose hash is listed.
    single: Bool = field(default_factory=_nowhere)
    from_ms: I8 = field(default_factory=_none)
    to_ms: I8 = field(default_factory=_none)
    rights: tuple[tuple[str, ...], ...] = ()
    #: A number for each trunk that any row names.
    trunks: dict[str, int] = field(default_factory=dict)
    #: Row times the count of trunks, plus the trunk: sorted.
    allowed: I8 = field(default_factory=_none)
    limited: Bool = field(default_factory=_nowhere)

    @classmethod
    def of(cls, rows: Sequence[NumberRow], home_code: str = "") -> "ListedRows":
        """The columns of rows, each of something else. Whatever can't be used is left unused.

        Short numbers are written without the country code, and are found with it too.
        """
        if not rows:
            return cls()
        trunks = {name: at for at, name in enumerate(sorted({t for r in rows for t in r.rights}))}
        allowed = [
            at * len(trunks) + trunks[t] for at, row in enumerate(rows) for t in set(row.rights)
        ]
        trusted, protected, silent = (
            np.array([bool(getattr(row, name)) for row in rows], dtype=np.bool_)
            for name in ("trusted", "protected", "do_not_originate")
        )
        of_number = {row.number: at for at, row in enumerate(rows) if row.number is not None}
        return cls(
            of_number,
            tuple(_layers(rows, home_code)),
            np.array([code_of(row.number_class, NUMBER_CLASSES) for row in rows], dtype=np.uint8),
            trusted,
            protected,
            silent,
            np.array([row.number is not None for row in rows], dtype=np.bool_),
            np.array([row.valid_from or 0 for row in rows], dtype=np.int64),
            np.array([_end_of(row) for row in rows], dtype=np.int64),
            tuple(row.rights for row in rows),
            trunks,
            np.array(sorted(allowed), dtype=np.int64),
            np.array([bool(row.rights) for row in rows], dtype=np.bool_),
        )

    def find(self, number: Text, prefix: I8, digits: I8, length: I8, ts_ms: I8) -> I8:
        """The row of each number that holds when it is asked for: by its hash, else by the longest
        range that it is in."""
        row = np.full(len(number), NO_ROW, dtype=np.int64)
        if self.of_number:
            exact = map(self.of_number.get, number.tolist(), repeat(NO_ROW))
            row = self._holding(np.fromiter(exact, np.int64, len(number)), ts_ms)
        usable = (digits > 0) & (digits <= MOST_DIGITS) & (prefix >= 0)
        for layer in self.layers:
            asked = np.flatnonzero((row < 0) & usable & (digits >= layer.digits))
            if not len(asked):
                continue
            begins = prefix[asked] // 10 ** (digits[asked] - layer.digits)
            at = np.minimum(np.searchsorted(layer.leading, begins), len(layer.leading) - 1)
            places = layer.row[at]
            wanted = layer.length[at]
            fits = (layer.leading[at] == begins) & ((wanted == 0) | (wanted == length[asked]))
            found = np.where(fits, places, NO_ROW)
            row[asked] = self._holding(found, ts_ms[asked])
        return row

    def may_use(self, rows: I8, trunks: Text) -> Bool:
        """As `detectors.numbers.book.NumberBook.may_use`."""
        may = ~self.names_trunks(rows)
        asked = np.flatnonzero(~may)
        if not len(asked):
            return may
        given = trunks[asked].tolist()
        codes = np.array([self.trunks.get(name, -1) for name in given], dtype=np.int64)
        key = rows[asked] * len(self.trunks) + codes
        at = np.minimum(np.searchsorted(self.allowed, key), len(self.allowed) - 1)
        missing = np.array([name is None for name in given], dtype=np.bool_)
        may[asked] = missing | ((codes >= 0) & (self.allowed[at] == key))
        return may

    def names_trunks(self, rows: I8) -> Bool:
        """Which rows name trunks; `NO_ROW` doesn't."""
        if not len(self.limited):
            return np.zeros(len(rows), dtype=np.bool_)
        named: Bool = (rows >= 0) & self.limited[rows]
        return named

    def _holding(self, row: I8, ts_ms: I8) -> I8:
        """The rows; `NO_ROW` in place of those that don't hold at these times."""
        if not len(self.from_ms):
            return row
        holds = (row >= 0) & (ts_ms >= self.from_ms[row]) & (ts_ms < self.to_ms[row])
        return np.where(holds, row, NO_ROW)


def _end_of(row: NumberRow) -> int:
    return _FOR_EVER_MS if row.valid_to is None else row.valid_to


def _layers(rows: Sequence[NumberRow], home_code: str) -> list[_Layer]:
    by_digits: dict[int, dict[int, tuple[int, int]]] = {}
    behind: list[tuple[str, tuple[int, int]]] = []
    for at, row in enumerate(rows):
        text, length = row.prefix or "", row.length or 0
        if row.number is not None or not (text.isascii() and text.isdigit()):
            continue
        if row.number_class == _SHORT and not text.startswith(home_code or text):
            more = length + len(home_code) if length else 0
            behind.append((home_code + text, (at, more)))
        by_digits.setdefault(len(text), {})[int(text)] = at, length
    for text, entry in behind:
        by_digits.setdefault(len(text), {}).setdefault(int(text), entry)
    layers = []
    for digits in sorted((each for each in by_digits if each <= MOST_DIGITS), reverse=True):
        of = sorted(by_digits[digits].items())
        columns = np.array([(lead, *entry) for lead, entry in of], dtype=np.int64).T
        layers.append(_Layer(digits, *columns.copy()))
    return layers
