"""The patient JSON reader: one item as a plain object, looked at field by field.

It sees what the typed reader refused, and says why it is a dead letter, or which optional fields
are wrong and left out. Numbers beyond 64 bits come through as floats: the range checks that follow
have a reason for them.
"""

import json
from collections.abc import Iterable
from typing import Any, Final, NoReturn

import msgspec

from streams.decode.dead_letters import shortened
from streams.decode.raw_rows import Fault
from streams.decode.schema import BROADCAST, NEIGHBOUR, Field, Kind, Schema

_ANY: Final = msgspec.json.Decoder()
_SYNTAX: Final = msgspec.json.Decoder(msgspec.Raw)
_INT64: Final = 2**63
#: No integer with more digits fits a double.
_LONGEST_INTEGER: Final = 320
#: Stands for a value of another type than its field's.
WRONG: Final = object()

#: What is due for each kind of field, as a detail says it.
DUE: Final = {
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "text": "a text",
    "listed": "a text",
}


class ItemReader:
    """Reads single items of one topic into ``row`` structs."""

    def __init__(self, schema: Schema, row: Any) -> None:
        self._schema = schema
        self._row = row

    def read(self, item: bytes, dropped: list[str]) -> Any:
        """A row, or the `Fault` of the item; adds the wrong optional fields to ``dropped``."""
        content = parsed(item)
        if isinstance(content, Fault):
            return content
        if not isinstance(content, dict):
            return Fault("not_an_object", f"an object is due, this is {shown(content)}")
        values: dict[str, Any] = {}
        for spec in self._schema.fields:
            value = content.get(spec.name)
            if value is None:
                if spec.required:
                    return Fault("missing_field", f"{spec.name!r} is missing")
                continue
            value = typed(spec.kind, value)
            if value is not WRONG:
                values[spec.name] = value
            elif spec.kills:
                return Fault("wrong_type", wrong_type(spec, shown(content[spec.name])))
            else:
                dropped.append(spec.name)
        if self._schema.neighbours:
            values["neighbours"] = _neighbours(content.get("neighbours"), dropped)
        if self._schema.broadcast:
            values["broadcast"] = _part(content.get("broadcast"), BROADCAST, "broadcast", dropped)
        return self._row(**values)


def wrong_type(spec: Field, value: str) -> str:
    """The detail of a dead letter for a value of another type; a telephone number isn't shown."""
    value = "of another type" if spec.number else value
    return f"{spec.name!r} is {value}, {DUE[spec.kind]} is due"


def shown(value: Any) -> str:
    """A value as a detail shows it."""
    try:
        return shortened(json.dumps(value, ensure_ascii=False), 80)
    except (TypeError, ValueError, RecursionError):
        # Columns of Arrow also hold times, bytes and decimals, which JSON has no form for.
        return f"a value of type {type(value).__name__}"


def parsed(value: bytes) -> Any:
    """The plain content of JSON bytes, or a `Fault`; a number beyond a double is infinite."""
    try:
        return _ANY.decode(value)
    except RecursionError:
        return Fault("nested_too_deeply", "arrays or objects are nested too deeply")
    except UnicodeDecodeError as error:
        return Fault("not_utf8", f"the value is not UTF-8: {error.reason}")
    except msgspec.ValidationError:
        return _with_huge_numbers(value)
    except msgspec.DecodeError as error:
        return Fault("not_json", str(error))


def _with_huge_numbers(value: bytes) -> Any:
    """The standard library's reading, for numbers that msgspec has no room for."""
    try:
        # It is laxer than JSON (NaN, lone surrogates), so the syntax is checked first.
        _SYNTAX.decode(value)
        return json.loads(value.decode(), parse_int=_integer, parse_constant=_refused)
    except RecursionError:
        return Fault("nested_too_deeply", "arrays or objects are nested too deeply")
    except ValueError as error:
        return Fault("not_json", str(error))


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _LONGEST_INTEGER else float(digits)


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def typed(kind: Kind, value: Any) -> Any:
    """``value`` as its kind has it, `WRONG` where it is of another type."""
    match kind, value:
        case (("int" | "float"), bool()):
            return WRONG
        case "int", int():
            return value if -_INT64 <= value < _INT64 else as_float(value)
        case "int", float():
            if not value.is_integer():
                return WRONG if abs(value) < _INT64 else value
            return typed("int", int(value))
        case "float", (int() | float()):
            return as_float(value)
        case ("bool", bool()) | (("text" | "listed"), str()):
            return value
    return WRONG


def as_float(value: int | float) -> float:
    """``value`` as a float; an integer beyond all doubles is infinite."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _neighbours(content: Any, dropped: list[str]) -> list[Any] | None:
    if content is None:
        return None
    if not isinstance(content, list):
        dropped.append("neighbours")
        return None
    parts = [_part(one, NEIGHBOUR, "neighbours", dropped) for one in content]
    dropped.extend("neighbours" for one in content if one is None)
    return [part for part in parts if part is not None]


def _part(content: Any, fields: Iterable[Field], name: str, dropped: list[str]) -> Any:
    """A neighbour or a broadcast with its right fields; ``None`` where it is no object."""
    if content is None:
        return None
    if not isinstance(content, dict):
        dropped.append(name)
        return None
    part = _Part()
    for spec in fields:
        value = content.get(spec.name)
        read = None if value is None else typed(spec.kind, value)
        if read is WRONG:
            dropped.append(f"{name}.{spec.name}")
            read = None
        setattr(part, spec.name, read)
    return part


class _Part:
    """Stands for the typed reader's struct: columns are made of its attributes alike."""
