"""Which column of somebody else's table is which of our fields: a file of YAML, checked whole.

It is used for registers (`streams.register.csv_file`) and, with units, for measurements and
signalling (`replay.imports.mapped.mapped_csv`). Whatever is wrong in it is listed together, each
with its key and with what may stand there.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from streams.config_error import ConfigError

DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "}
DECIMALS: Final = {"point": ".", "comma": ","}
#: Among the units of a time: any pattern of `datetime.strptime`.
PATTERN: Final = "a pattern such as %d.%m.%Y %H:%M:%S"
_KEYS: Final = ("into", "columns", "constants", "header", "delimiter", "decimal", "missing")
_COLUMN_KEYS: Final = ("column", "unit", "values", "utc_offset")
_OFFSET: Final = re.compile(r"([+-])(0[0-9]|1[0-4]):?([0-5][0-9])")
#: So much YAML is read: a mapping has a line or two for each field.
_MOST_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field comes from: the column's name, or its number from 1 where there is no header.

    ``values`` gives what stands for a text of the column; a text that isn't in it stays as it is.
    ``unit`` and ``utc_offset`` are empty where the map names none.
    """

    column: str
    unit: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    utc_offset: str = ""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A checked map: for each of our fields its column, or what it is in all rows."""

    into: str
    columns: Mapping[str, Column]
    constants: Mapping[str, Any] = field(default_factory=dict)
    header: bool = True
    delimiter: str = ","
    decimal: str = "."
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fields:
    """What a map may fill: the fields of a kind of table, those it must, and each one's units."""

    names: Collection[str]
    required: Collection[str]
    units: Mapping[str, Collection[str]] = field(default_factory=dict)


def read_column_map(path: Path, kinds: Mapping[str, Fields]) -> ColumnMap:
    """The map in a file, for one of ``kinds``, by name; with one kind, ``into`` may be left out.

    Raises ConfigError that lists all that is wrong, `OSError` where the file can't be read.
    """
    with path.open("rb") as stream:
        data = stream.read(_MOST_BYTES + 1)
    found = _parsed(path, data)
    problems = _Problems(path)
    problems.unknown("", found, _KEYS)
    into = found.get("into", next(iter(kinds)) if len(kinds) == 1 else None)
    if into not in kinds:
        problems.add("into", f"is {into!r}; due is one of {', '.join(kinds)}")
        problems.refuse()
    fields = kinds[str(into)]
    columns = _columns(found.get("columns"), fields, problems)
    constants = _mapping("constants", found.get("constants", {}), problems)
    problems.unknown("constants", constants, fields.names)
    for name, value in constants.items():
        if not isinstance(value, str | int | float | bool):
            problems.add(f"constants.{name}", "is no text, number or truth")
        if name in columns:
            problems.add(f"constants.{name}", "is a column already; keep one of the two")
    for name in fields.required:
        if name not in columns and name not in constants:
            problems.add("columns", f"lacks {name}; name its column, or its value in constants")
    header = found.get("header", True)
    if not isinstance(header, bool):
        problems.add("header", f"is {header!r}; due is true or false")
    if header is False:
        _check_numbers(columns, problems)
    missing = found.get("missing", [])
    if not isinstance(missing, list) or not all(isinstance(text, str) for text in missing):
        problems.add("missing", "is no list of texts")
    delimiter = problems.chosen("delimiter", found, "comma", DELIMITERS)
    decimal = problems.chosen("decimal", found, "point", DECIMALS)
    problems.refuse()
    return ColumnMap(
        str(into), columns, constants, header, delimiter, decimal, tuple(map(str, missing))
    )


def utc_offset_ms(text: str) -> int | None:
    """How far (ms) a clock is ahead of UTC, as people write it; ``None`` where it is no offset.

    >>> utc_offset_ms("+08:00"), utc_offset_ms("-0330"), utc_offset_ms("8")
    (28800000, -12600000, None)
    """
    if not (found := _OFFSET.fullmatch(text)):
        return None
    return int(found[1] + "1") * (int(found[2]) * 60 + int(found[3])) * 60_000


class _Problems:
    def __init__(self, path: Path) -> None:
        self._path, self._found = path, list[str]()

    def add(self, key: str, problem: str) -> None:
        self._found.append(f"{self._path}: {key} {problem}" if key else f"{self._path}: {problem}")

    def unknown(self, key: str, found: Mapping[str, Any], allowed: Collection[str]) -> None:
        for name in found:
            if name not in allowed:
                place = f"{key}.{name}" if key else name
                self.add(place, f"is no key here; allowed are {', '.join(allowed)}")

    def chosen(
        self, key: str, found: Mapping[str, Any], usual: str, allowed: Mapping[str, str]
    ) -> str:
        value = found.get(key, usual)
        if isinstance(value, str) and value in allowed:
            return allowed[value]
        self.add(key, f"is {value!r}; due is one of {', '.join(allowed)}")
        return ""

    def refuse(self) -> None:
        if self._found:
            raise ConfigError("\n".join(self._found))


def _parsed(path: Path, data: bytes) -> Mapping[str, Any]:
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"{path}: is longer than {_MOST_BYTES} bytes, so it is no mapping file")
    try:
        found = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        first = str(error).split("\n", 1)[0]
        raise ConfigError(f"{path}: is not YAML ({first})") from error
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise ConfigError(f"{path}: must be a mapping with the keys {', '.join(_KEYS)}")
    return found


def _mapping(key: str, found: Any, problems: _Problems) -> dict[str, Any]:
    if isinstance(found, dict) and all(isinstance(name, str) for name in found):
        return found
    problems.add(key, "must be a mapping from our fields")
    return {}


def _columns(found: Any, fields: Fields, problems: _Problems) -> dict[str, Column]:
    named = _mapping("columns", found, problems)
    problems.unknown("columns", named, fields.names)
    columns = {}
    for name, value in named.items():
        if name in fields.names:
            columns[name] = _column(f"columns.{name}", name, value, fields, problems)
    return columns


def _column(key: str, name: str, value: Any, fields: Fields, problems: _Problems) -> Column:
    """One column: its name alone, its number, or a mapping with more about it."""
    given = value if isinstance(value, dict) else {"column": value}
    problems.unknown(key, {str(one): None for one in given}, _COLUMN_KEYS)
    column = given.get("column")
    if isinstance(column, bool) or not isinstance(column, str | int):
        problems.add(key, f"is {column!r}; due is a column's name, or its number from 1")
    unit, units = given.get("unit", ""), fields.units.get(name, ())
    if unit != "" and unit not in units and not (PATTERN in units and "%" in str(unit)):
        due = f"due is one of {', '.join(units)}" if units else "this field has no units"
        problems.add(f"{key}.unit", f"is {unit!r}; {due}")
    values = given.get("values", {})
    if not isinstance(values, dict):
        problems.add(f"{key}.values", "must be a mapping from texts of the column")
        values = {}
    offset = given.get("utc_offset", "")
    if not isinstance(offset, str) or (offset and utc_offset_ms(offset) is None):
        problems.add(f"{key}.utc_offset", f'is {offset!r}; write it as "+08:00", in quotes')
    return Column(str(column), str(unit), {str(a): b for a, b in values.items()}, str(offset))


def _check_numbers(columns: Mapping[str, Column], problems: _Problems) -> None:
    for name, column in columns.items():
        if not column.column.isdecimal() or int(column.column) < 1:
            problems.add(
                f"columns.{name}", f"is {column.column!r}; without a header due is a number from 1"
            )
