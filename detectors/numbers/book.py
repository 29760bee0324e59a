"""What is known of telephone numbers: the plan, how they are dialled at home, and the operator's
list of ranges and single numbers (`number.register`).

Immutable: a list that grows is another book. Numbers are asked for as columns, as batches have
them; of each at most seven digits and a keyed hash are known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from detectors.model.columns import I8, U1, Bool, Text
from detectors.model.rare_messages import NumberRow
from detectors.numbers.classes import class_code
from detectors.numbers.plan import NumberPlan, Numbers, whole
from detectors.numbers.ranges import MOST_DIGITS
from detectors.numbers.settings import NumberSettings
from detectors.numbers.shipped import shipped_plan

#: Stands for "no row".
NO_ROW = -1


@dataclass(frozen=True, slots=True)
class Listed:
    """What the operator's list says of each number of a column; ``row`` is `NO_ROW` for none.

    ``kind`` is a code of `detectors.numbers.classes.NUMBER_CLASSES`, 0 where the row has none.
    """

    row: I8
    kind: U1
    trusted: Bool
    protected: Bool
    do_not_originate: Bool


@dataclass(frozen=True, slots=True, eq=False)
class NumberBook:
    """See the module's text. ``own_plan`` is the plan where it isn't the one that ships."""

    home: NumberSettings = field(default_factory=NumberSettings)
    own_plan: NumberPlan | None = None
    #: The newest row of each range or number, by what is listed.
    rows: Mapping[str, NumberRow] = field(default_factory=dict)
    _index: "_Index | None" = None

    @property
    def plan(self) -> NumberPlan:
        """The national plan and that of the world."""
        return shipped_plan() if self.own_plan is None else self.own_plan

    def updated(self, rows: Sequence[NumberRow]) -> "NumberBook":
        """With later rows; one that is ``deleted`` takes an earlier one out."""
        if not rows:
            return self
        known = dict(self.rows)
        for row in rows:
            name = row.number or row.prefix
            if name is None:
                continue
            known.pop(name, None)
            if not row.deleted:
                known[name] = row
        return replace(self, rows=known, _index=_Index.of(known))

    def look_up(
        self, number: Text, prefix: Numbers, digits: Numbers, length: Numbers, ts_ms: I8
    ) -> Listed:
        """The row of each number that holds at ``ts_ms``: its own, else that of the longest range
        it is in."""
        index = self._index
        if index is None:
            none = np.zeros(len(number), dtype=np.bool_)
            row = np.full(len(number), NO_ROW, dtype=np.int64)
            return Listed(row, none.astype(np.uint8), none, none, none)
        row = index.find(number, whole(prefix), whole(digits), whole(length))
        row[(row >= 0) & ((ts_ms < index.from_ms[row]) | (ts_ms >= index.to_ms[row]))] = NO_ROW
        found = row >= 0
        return Listed(
            row,
            np.where(found, index.kind[row], 0).astype(np.uint8),
            *(found & flag[row] for flag in (index.trusted, index.protected, index.silent)),
        )

    def rights(self, row: int) -> tuple[str, ...]:
        """The trunks on which the numbers of a row may call; none where it doesn't say."""
        assert self._index is not None
        return self._index.rights[row]


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """The rows as columns, and where to find them."""

    of_number: dict[str, int]
    #: By how many digits are listed, their numbers, sorted, with the rows.
    of_prefix: tuple[tuple[int, I8, I8], ...]
    length: I8
    kind: U1
    trusted: Bool
    protected: Bool
    silent: Bool
    from_ms: I8
    to_ms: I8
    rights: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, known: Mapping[str, NumberRow]) -> "_Index | None":
        rows = list(known.values())
        if not rows:
            return None
        by_digits: dict[int, list[tuple[int, int]]] = {}
        for at, row in enumerate(rows):
            if row.prefix is not None and row.number is None:
                by_digits.setdefault(len(row.prefix), []).append((int(row.prefix), at))
        layers = []
        for count in sorted(by_digits, reverse=True):
            keys, places = zip(*sorted(by_digits[count]), strict=True)
            layers.append((count, np.array(keys, dtype=np.int64), np.array(places, dtype=np.int64)))
        trusted, protected, silent = (
            np.array([bool(getattr(row, name)) for row in rows], dtype=np.bool_)
            for name in ("trusted", "protected", "do_not_originate")
        )
        return cls(
            {row.number: at for at, row in enumerate(rows) if row.number is not None},
            tuple(layers),
            np.array([row.length or 0 for row in rows], dtype=np.int64),
            np.array([class_code(row.number_class or "") for row in rows], dtype=np.uint8),
            trusted,
            protected,
            silent,
            np.array([row.valid_from or 0 for row in rows], dtype=np.int64),
            np.array([row.valid_to or 1 << 62 for row in rows], dtype=np.int64),
            tuple(row.rights for row in rows),
        )

    def find(self, number: Text, prefix: I8, digits: I8, length: I8) -> I8:
        """The row of each number, by its hash, else by the longest range that it is in."""
        own = self.of_number
        row = np.array([own.get(each, NO_ROW) for each in number.tolist()], dtype=np.int64)
        usable = (digits > 0) & (digits <= MOST_DIGITS) & (prefix >= 0)
        for count, keys, places in self.of_prefix:
            asked = np.flatnonzero((row < 0) & usable & (digits >= count))
            if not len(asked):
                continue
            begins = prefix[asked] // 10 ** (digits[asked] - count)
            at = np.minimum(np.searchsorted(keys, begins), len(keys) - 1)
            wanted = self.length[places[at]]
            fits = (keys[at] == begins) & ((wanted == 0) | (wanted == length[asked]))
            row[asked[fits]] = places[at[fits]]
        return row
