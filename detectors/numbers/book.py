"""What is known of telephone numbers: the plan, how they are dialled at home, and the operator's
list of ranges and single numbers (`number.register`).

Immutable: a list that grows is another book. Numbers are asked for as columns, as batches have
them; of each at most seven digits and a keyed hash are known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

import numpy as np

from detectors.model.columns import I8, U1, Bool, Text
from detectors.model.rare_messages import NumberRow
from detectors.numbers.listed_rows import NO_ROW, ListedRows
from detectors.numbers.plan import NumberPlan, Numbers, whole
from detectors.numbers.plans.shipped import shipped_plan
from detectors.numbers.settings import NumberSettings

__all__ = ("MOST_ROWS", "NO_ROW", "Listed", "NumberBook")

#: A book holds so many rows, the newest: China has half a million ranges of seven digits
#: (docs/numbers.md), and firms have lines of their own.
MOST_ROWS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Listed:
    """What the operator's list says of each number of a column; ``row`` is `NO_ROW` for none.

    ``kind`` is a code of `detectors.numbers.classes.NUMBER_CLASSES`, 0 where the row has none.
    ``single``: the row is of this number alone, none of a range.
    """

    row: I8
    kind: U1
    trusted: Bool
    protected: Bool
    do_not_originate: Bool
    single: Bool


@dataclass(frozen=True, slots=True, eq=False)
class NumberBook:
    """See the module's text. ``own_plan`` is the plan where it isn't the one that ships."""

    home: NumberSettings = field(default_factory=NumberSettings)
    own_plan: NumberPlan | None = None
    #: The newest row of each range or number, by what is listed, in order of coming.
    rows: Mapping[str, NumberRow] = field(default_factory=dict)
    #: How many rows were forgotten because the list was longer than `MOST_ROWS`.
    left_out: int = 0
    _index: ListedRows = field(default_factory=ListedRows)

    @property
    def plan(self) -> NumberPlan:
        """The national plan and that of the world."""
        return shipped_plan() if self.own_plan is None else self.own_plan

    def updated(self, rows: Sequence[NumberRow]) -> "NumberBook":
        """With later rows; one that is ``deleted`` takes an earlier one out. Where there are more
        than `MOST_ROWS`, the oldest go."""
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
        over = max(len(known) - MOST_ROWS, 0)
        if over:
            known = dict(islice(known.items(), over, None))
        left_out = self.left_out + over
        index = ListedRows.of(list(known.values()), self.home.home_code)
        return replace(self, rows=known, left_out=left_out, _index=index)

    def look_up(
        self, number: Text, prefix: Numbers, digits: Numbers, length: Numbers, ts_ms: I8
    ) -> Listed:
        """The row of each number that holds at ``ts_ms``: its own, else that of the longest range
        it is in. Total: any values give an answer."""
        index = self._index
        row = index.find(number, whole(prefix), whole(digits), whole(length), ts_ms)
        found = row >= 0
        if not found.any():
            none = np.zeros(len(row), dtype=np.bool_)
            return Listed(row, none.astype(np.uint8), none, none, none, none)
        flags = (index.trusted, index.protected, index.silent, index.single)
        kind = np.where(found, index.kind[row], 0).astype(np.uint8)
        return Listed(row, kind, *(found & flag[row] for flag in flags))

    def rights(self, row: int) -> tuple[str, ...]:
        """The trunks on which the numbers of a row may call; none where it doesn't say, and where
        it is `NO_ROW`."""
        return self._index.rights[row] if row >= 0 else ()

    def may_use(self, rows: I8, trunks: Text) -> Bool:
        """Whether each number, by its row, may call on a trunk: it may unless the row names trunks,
        and this one is none of them. Nothing is known of a trunk that is ``None``."""
        return self._index.may_use(rows, trunks)

    def names_trunks(self, rows: I8) -> Bool:
        """Which rows say on what trunks their numbers may call."""
        return self._index.names_trunks(rows)
