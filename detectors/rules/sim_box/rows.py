"""Calls in columns, as they go from a partition to the zone of calls, and as observations of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, cast

import numpy as np

from detectors.features.calls import packing
from detectors.features.calls.links import cell_of
from detectors.model.codes import RATS, text_of
from detectors.model.columns import I8, Bool, Text
from detectors.model.finding import Identity, Observation, OfCalls, Source
from detectors.model.hashing import U8, text_numbers
from detectors.numbers.classes import NUMBER_CLASSES

#: Rows of one observation. Chosen: a quarter of what a record between the stages may have.
MOST_ROWS: Final = 2048
#: What isn't known is -1. ``terminal`` and ``caller`` are `text_numbers`, ``at`` is when the record
#: came that showed the terminal (ms of arrival), ``spared`` and what follows as in `OfCalls`.
NUMBERS: Final = np.dtype(
    [
        *(("terminal", "<u8"), ("caller", "<u8"), ("at", "<i8"), ("rx", "<i8"), ("ts", "<i8")),
        *(
            ("partition", "<i4"),
            ("offset", "<i8"),
            ("index", "<i4"),
            ("make", "<i8"),
            ("rat", "u1"),
        ),
        *(("mcc", "<i4"), ("mnc", "<i4"), ("area", "<i8"), ("cell", "<i8")),
        *(("prefix", "<i8"), ("digits", "u1"), ("length", "<i4"), ("kind", "u1"), ("spared", "?")),
    ]
)
_NAMES: Final = tuple(NUMBERS.names or ())
#: Columns of texts: who called whom, by which reference, from which terminal, to which region.
_CALLER, _CALLEE, _REF, _TERMINAL, _REGION = range(5)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some calls: a row of ``numbers`` (`NUMBERS`), and a column of ``texts``, for each."""

    numbers: np.ndarray[tuple[int], np.dtype[np.void]]
    texts: Text

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, which: I8) -> "Rows":
        """Some of them."""
        return Rows(self.numbers[which], self.texts[:, which])

    def at(self, terminals: U8, at_ms: I8) -> "Rows":
        """The same from these terminals, which showed then."""
        numbers = self.numbers.copy()
        numbers["terminal"], numbers["at"] = terminals, at_ms
        return Rows(numbers, self.texts)

    def packed(self) -> Iterator[str]:
        """As texts, of so many rows at most, for `unpacked`."""
        for begin in range(0, len(self), MOST_ROWS):
            end = begin + MOST_ROWS
            texts = [column[begin:end].tolist() for column in self.texts]
            yield packing.packed((self.numbers[begin:end].tobytes(), texts))

    def in_order(self) -> "Rows":
        """In an order that doesn't depend on how they were dealt out to partitions: that in which
        they became known; of several records of a call one with the terminal is first."""
        numbers = self.numbers
        ref, lacks = text_numbers(self.texts[_REF]), ~self._has_terminal()
        keys = lacks, numbers["caller"], ref, numbers["ts"], numbers["rx"], numbers["at"]
        return self.take(np.lexsort(keys))

    def call(self, row: int) -> tuple[str, str, str, str]:
        """Who called whom, the call's reference, and the terminal if the record names it."""
        caller, callee, ref, terminal = self.texts[:_REGION, row].tolist()
        return caller, callee or "", ref, terminal or ""

    def observation(self, row: int, rule: str, topic: str) -> Observation:
        """A call by itself, of a record of an input topic."""
        numbers = cast("dict[str, int]", dict(zip(_NAMES, self.numbers[row].item(), strict=True)))
        caller, callee, ref, _, region = self.texts[:, row].tolist()
        cell = Identity(text_of(numbers["rat"], RATS), *map(_known, _identity(numbers)))
        digits = numbers["digits"]
        values = {"cell": cell_of(cell), "region": region}
        return Observation(
            detector=rule,
            kind="call",
            ts=numbers["ts"],
            rx_ts=numbers["at"],
            space="number",
            who=caller,
            values={name: value for name, value in values.items() if value},
            of_calls=OfCalls(
                number=caller,
                prefix=str(numbers["prefix"]).zfill(digits) if digits else None,
                length=_known(numbers["length"]),
                number_class=text_of(numbers["kind"], NUMBER_CLASSES),
                calls=(ref,),
                people=(callee,) if callee else (),
                spared=numbers["spared"] > 0,
            ),
            source=Source(topic, *(numbers[name] for name in ("partition", "offset", "index"))),
        )

    def _has_terminal(self) -> Bool:
        has: Bool = self.texts[_TERMINAL].astype(bool)
        return has


def joined(parts: Iterable[Rows]) -> Rows:
    """All rows of some, one at least."""
    some = list(parts)
    if len(some) == 1:
        return some[0]
    numbers = np.concatenate([each.numbers for each in some])
    return Rows(numbers, np.concatenate([each.texts for each in some], axis=1))


def unpacked(packed: str) -> Rows:
    """What `Rows.packed` has packed.

    Raises ValueError for what it never gives.
    """
    numbers, texts = packing.unpacked(packed, tuple[bytes, list[list[str | None]]])
    rows = np.frombuffer(numbers, dtype=NUMBERS)
    if [len(column) for column in texts] != [len(rows)] * (_REGION + 1):
        raise ValueError("columns of different lengths")
    return Rows(rows, np.array(texts, dtype=object).reshape(_REGION + 1, len(rows)))


def _identity(numbers: dict[str, int]) -> tuple[int, ...]:
    return numbers["mcc"], numbers["mnc"], numbers["area"], numbers["cell"]


def _known(number: int) -> int | None:
    return None if number < 0 else number
