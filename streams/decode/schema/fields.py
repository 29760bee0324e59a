"""What a field and a topic of the input are, and the reader of the tables in this folder.

Every range is closed. A value of the wrong type, out of range or not listed makes a dead letter of
its message where the field is required or ``fatal``, and is otherwise dropped and counted while the
rest of the message is kept.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from detectors.model import codes
from detectors.model.columns import Batch

Kind = Literal["int", "float", "bool", "text", "listed"]

#: Largest finite double: the range of a float that only has to be finite.
FINITE: Final = 1.7976931348623157e308
#: Integers beyond this don't fit a float64 column exactly.
EXACT: Final = 2.0**53
_HERE: Final = Path(__file__).parent
#: What several topics have, and parts of messages.
_PARTS: Final = _HERE / "parts"
_SHARED: Final = tomllib.loads((_PARTS / "shared.toml").read_text("utf-8"))


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field: ``low`` and ``high`` bound numbers, ``listed`` maps a listed text to its code.

    ``meaning`` and ``unit`` are for the documentation. ``column`` is the field's name in the batch
    where that differs; ``any_case`` compares listed texts without regard to case. ``refusal`` is
    the reason of the dead letter for a text that is not listed. A text that is a ``number`` is a
    telephone's: a bare one, or its hash with the fields `_prefix` and `_length` beside it
    (`streams.privacy.telephones.number`).
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
    refusal: str = "unknown_value"
    number: bool = False
    unit: str = ""
    meaning: str = ""

    @property
    def kills(self) -> bool:
        """Whether a wrong value makes a dead letter of the message."""
        return self.required or self.fatal


class Schema(msgspec.Struct, frozen=True):
    """One topic's messages. ``identity`` says what a bad mcc, mnc, area or cell does.

    ``or_arfcn``: it is required only where there is no ``arfcn``. ``carried`` are fields that a
    register file keeps and no reader of the topic looks at. ``example`` is one message. Those
    ``of_instruments`` are taken of enrolled devices alone.
    """

    topic: str
    batch: type[Batch]
    fields: tuple[Field, ...]
    identity: Literal["fatal", "dropped", "or_arfcn"]
    neighbours: bool
    broadcast: bool
    tombstones: bool
    of_instruments: bool
    carried: tuple[Field, ...]
    meaning: str
    example: Mapping[str, Any]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The fields that are telephone numbers."""
        return tuple(spec.name for spec in self.fields if spec.number)


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    """A file as it is written: ``field`` has what is not as in `parts/shared.toml`. Where it is
    ``like`` another topic's, what it doesn't have itself stands there, field by field."""

    fields: list[str]
    like: str = ""
    identity: Literal["fatal", "dropped", "or_arfcn"] = "dropped"
    required: frozenset[str] = frozenset()
    fatal: frozenset[str] = frozenset()
    carried: list[str] = []
    neighbours: bool = False
    broadcast: bool = False
    tombstones: bool = False
    of_instruments: bool = False
    meaning: str = ""
    example: dict[str, Any] = {}
    field: dict[str, dict[str, Any]] = {}


def schema_of(topic: str, batch: type[Batch] = Batch, text: str | None = None) -> Schema:
    """The schema in the file of a topic or of a part of messages, or in ``text``.

    Raises ValueError for a field that is described nowhere or wrongly, or described and not named.
    """
    content = tomllib.loads(_text_of(topic) if text is None else text)
    if like := content.get("like"):
        content = _over(tomllib.loads(_text_of(like)), content)
    table = msgspec.convert(content, _Table)
    named = {*table.fields, *table.carried}
    if strange := sorted((table.field.keys() | table.required | table.fatal) - named):
        raise ValueError(f"{topic}: not among its fields: {', '.join(strange)}")
    fields, carried = (
        tuple(_field(name, table) for name in names) for names in (table.fields, table.carried)
    )
    rest = {
        name: getattr(table, name)
        for name in (
            *("identity", "neighbours", "broadcast", "tombstones", "of_instruments"),
            *("meaning", "example"),
        )
    }
    return Schema(topic, batch, fields, carried=carried, **rest)


def _text_of(topic: str) -> str:
    own = _HERE / f"{topic}.toml"
    return (own if own.is_file() else _PARTS / own.name).read_text("utf-8")


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A table with another one's entries over its own, those of ``field`` one by one."""
    fields = dict(base.get("field", {}))
    for name, parts in own.get("field", {}).items():
        fields[name] = {**fields.get(name, {}), **parts}
    return {**base, **own, "field": fields}


def _field(name: str, table: _Table) -> Field:
    # What stands beside a telephone number is alike for all of them.
    shared = _SHARED.get(name) or _SHARED.get("".join(name.rpartition("_")[1:]), {})
    parts = {**shared, **table.field.get(name, {})}
    if isinstance(listed := parts.get("listed"), str):
        # A code is the text's place in the tuple of that name, counted from 1.
        parts["listed"] = {word: code for code, word in enumerate(getattr(codes, listed), 1)}
    if only := parts.pop("only", None):
        parts["listed"] = {word: parts["listed"][word] for word in only}
    own = {"name": name, "required": name in table.required, "fatal": name in table.fatal}
    try:
        return msgspec.convert({**parts, **own}, Field)
    except msgspec.ValidationError as error:
        raise ValueError(f"field {name!r}: {error}") from None
