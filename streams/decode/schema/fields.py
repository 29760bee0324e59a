"""What a field and a topic of the input are: the types of the tables in this folder.

Every range is closed. A value of the wrong type, out of range or not listed makes a dead letter of
its message where the field is required or ``fatal``, and is otherwise dropped and counted while the
rest of the message is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from detectors.model.columns import Batch

Kind = Literal["int", "float", "bool", "text", "listed"]

#: Largest finite double: the range of a float that only has to be finite.
FINITE: Final = 1.7976931348623157e308
#: Integers beyond this don't fit a float64 column exactly.
EXACT: Final = 2.0**53


@dataclass(frozen=True, slots=True)
class Field:
    """One field: ``low`` and ``high`` bound numbers, ``listed`` maps a listed text to its code.

    ``meaning`` and ``unit`` are for the documentation. ``column`` is the field's name in the batch
    where that differs; ``any_case`` compares listed texts without regard to case.
    """

    name: str
    kind: Kind
    required: bool = False
    fatal: bool = False
    low: float = -FINITE
    high: float = FINITE
    listed: Mapping[str, int] | None = None
    any_case: bool = False
    column: str = ""
    unit: str = ""
    meaning: str = ""

    @property
    def kills(self) -> bool:
        """Whether a wrong value makes a dead letter of the message."""
        return self.required or self.fatal

    def meant(self, meaning: str) -> "Field":
        """The same field with another meaning, for a topic where it means something else."""
        return replace(self, meaning=meaning)


@dataclass(frozen=True, slots=True)
class Schema:
    """One topic's messages. ``identity`` says what a bad mcc, mnc, area or cell does.

    ``or_arfcn``: it is required only where there is no ``arfcn``. ``carried`` are fields that a
    register file keeps and no reader of the topic looks at. ``example`` is one message.
    """

    topic: str
    batch: type[Batch]
    fields: tuple[Field, ...]
    identity: Literal["fatal", "dropped", "or_arfcn"]
    neighbours: bool = False
    broadcast: bool = False
    tombstones: bool = False
    carried: tuple[Field, ...] = ()
    meaning: str = ""
    example: Mapping[str, Any] | None = None


def number(
    name: str,
    kind: Literal["int", "float"],
    low: float,
    high: float,
    unit: str,
    meaning: str,
    *,
    required: bool = False,
    fatal: bool = False,
    column: str = "",
) -> Field:
    """A field that holds a number between ``low`` and ``high``, both included."""
    return Field(
        *(name, kind, required, fatal, low, high),
        column=column,
        unit=unit,
        meaning=meaning,
    )


def flag(name: str, meaning: str) -> Field:
    """An optional field that is true or false."""
    return Field(name, "bool", meaning=meaning)


def text(name: str, meaning: str, *, required: bool = False) -> Field:
    """A field of free text."""
    return Field(name, "text", required=required, meaning=meaning)


def listed(name: str, words: tuple[str, ...], meaning: str, *, required: bool = False) -> Field:
    """A field that holds one of ``words``, whose code is its place counted from 1."""
    codes = {word: code for code, word in enumerate(words, 1)}
    return Field(name, "listed", required=required, listed=codes, meaning=meaning)
