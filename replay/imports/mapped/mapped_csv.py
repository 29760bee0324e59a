"""A CSV by its mapping file, as messages of one topic.

Beside the topic's fields a map may name two that tables often have: `plmn` (MCC and MNC in one, as
46000 or 460-00) and `node` (the eNodeB or RNC, where the cell is only its part of the identity).
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from replay.imports.conversations import Summary
from replay.imports.importing import Given, ImportFileError, Message, Reader
from replay.imports.logs.text_rows import joined_cell, lists_of, plmn_of
from replay.imports.mapped.units import Turn, turn_of, units_of
from streams.decode.schema import MEASUREMENTS, SIGNALLING, Schema
from streams.decode.schema.fields import Field
from streams.register.column_map import Column, ColumnMap, Fields, utc_offset_ms

_SCHEMAS: Final = {"measurements": MEASUREMENTS, "signalling": SIGNALLING}
#: Whose report it is, by kind, where the table doesn't say it.
_WHO: Final = {"measurements": "device", "signalling": "subscriber"}
_PLMN: Final = Field("plmn", "text")
_NODE: Final = Field("node", "int")
#: Of the names of a table's columns, in an error: so many, of so many characters.
_SHOWN_NAMES, _SHOWN_SIGNS = 40, 40
#: Fields of which one of another kind stands in for them.
_BY_PLMN: Final = ("mcc", "mnc")


def _fields(kind: str, schema: Schema) -> Fields:
    fields = {field.name: field for field in (*schema.fields, _PLMN, _NODE)}
    left = {_WHO[kind], "source", *_BY_PLMN}
    return Fields(
        tuple(fields),
        tuple(field.name for field in schema.fields if field.required and field.name not in left),
        {name: units for name, field in fields.items() if (units := units_of(field))},
    )


#: What a mapping file may be for, and what it may name.
MAPPED: Final = {kind: _fields(kind, schema) for kind, schema in _SCHEMAS.items()}


def mapped_reader(column_map: ColumnMap) -> Reader:
    """The importer of tables that are as a map says."""

    def read(path: Path, given: Given, summary: Summary) -> Iterator[Message]:
        schema = _SCHEMAS[column_map.into]
        rows = lists_of(path, summary, column_map.delimiter)
        header = next(rows, []) if column_map.header else None
        turns = _turns(path, header, column_map, schema, given)
        constants = {_WHO[column_map.into]: given.who, **column_map.constants}
        if column_map.into == "signalling":
            constants.setdefault("source", "device")
        for row in rows:
            summary.packets += 1
            yield schema.topic, _message(row, turns, constants, column_map.into, given)

    return read


_Turns = list[tuple[str, int, Mapping[str, Any], Turn]]


def _turns(
    path: Path, header: list[str] | None, column_map: ColumnMap, schema: Schema, given: Given
) -> _Turns:
    """Of each field its name, its place in a row, what texts stand for, and how others are read."""
    fields = {field.name: field for field in (*schema.fields, _PLMN, _NODE)}
    turns = []
    for name, column in column_map.columns.items():
        offset_ms = utc_offset_ms(column.utc_offset)
        if offset_ms is None:
            offset_ms = given.utc_offset_ms
        turn = _but(
            column_map.missing, turn_of(fields[name], column, column_map.decimal, offset_ms)
        )
        turns.append((name, _place(path, header, column), column.values, turn))
    return turns


def _but(missing: tuple[str, ...], turn: Turn) -> Turn:
    return (lambda text: None if text in missing else turn(text)) if missing else turn


def _place(path: Path, header: list[str] | None, column: Column) -> int:
    if header is None:
        return int(column.column) - 1
    names = [name.strip() for name in header]
    if column.column not in names:
        raise ImportFileError(
            f"{path}: its first line has no column {column.column!r}, which the mapping names; it"
            f" has {_listed(names)}."
        )
    return names.index(column.column)


def _listed(names: list[str]) -> str:
    """Names as a terminal may show them: a file may hold what moves its cursor."""
    shown = ("".join(sign if sign.isprintable() else "?" for sign in name) for name in names)
    some = ", ".join(name[:_SHOWN_SIGNS] for name in islice(shown, _SHOWN_NAMES))
    return f"{some}, .." if len(names) > _SHOWN_NAMES else some


def _message(
    row: list[str], turns: _Turns, constants: Mapping[str, Any], kind: str, given: Given
) -> dict[str, Any]:
    found = dict(constants)
    for name, place, values, turn in turns:
        text = row[place].strip() if place < len(row) else ""
        if text:
            found[name] = values[text] if text in values else turn(text)
    if isinstance(who := found.get(_WHO[kind]), str):
        found[_WHO[kind]] = given.hasher.pseudonym(who)
    rat = found.get("rat")
    if isinstance(rat, str):
        found["rat"] = rat = rat.lower()
    if (plmn := plmn_of(str(found.pop("plmn", "")))) is not None or (
        plmn := given.plmn
    ) is not None:
        found.setdefault("mcc", plmn[0])
        found.setdefault("mnc", plmn[1])
    if (node := found.pop("node", None)) is not None:
        found["cell"] = joined_cell(node, found.get("cell"), str(rat))
    return found
