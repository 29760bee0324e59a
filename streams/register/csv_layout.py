"""Where a register's columns stand: by its first line, by OpenCelliD's order, or by a column map.

OpenCelliD's downloads come with a header and without; the order of their fourteen columns is fixed
(wiki of OpenCelliD, "Database format"). A file whose first line is such a row has no header.
"""

import csv
import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import pyarrow as pa
import pyarrow.compute as pc

from streams.register.column_map import Column, ColumnMap, Fields
from streams.register.csv_columns import COLUMNS, REQUIRED

_HEADER_BYTES: Final = 1 << 16
#: OpenCelliD's own columns, which are the first of ours; `averageSignal`, the last, may be missing.
OPENCELLID: Final = COLUMNS[: COLUMNS.index("averageSignal") + 1]
_RADIOS: Final = ("GSM", "UMTS", "WCDMA", "LTE", "NR", "CDMA")
_PLACES: Final = tuple(OPENCELLID.index(name) for name in ("lon", "lat"))
_NUMBERS: Final = (*(OPENCELLID.index(name) for name in ("mcc", "net", "area", "cell")), *_PLACES)
#: What a column map for a register may name, and must.
REGISTER_FIELDS: Final = {"register": Fields(COLUMNS, REQUIRED)}
EXPECTED: Final = (
    "expected is a CSV file (.csv or .csv.gz) whose first line names the columns, at least "
    + ",".join(REQUIRED)
    + ", or OpenCelliD's columns in their order without such a line, or a column map (--columns)"
)


class RegisterError(Exception):
    """The file can't be read as a register at all; the text says what is expected."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each of our columns stands (from 0) in lines of ``width`` fields, and what is constant.

    ``values`` replaces texts of a column, ``decimal`` is the mark in its numbers.
    """

    places: Mapping[str, int]
    width: int
    has_header: bool = True
    delimiter: str = ","
    decimal: str = "."
    missing: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def needed(self) -> list[int]:
        """The places that are read, each once."""
        return sorted(set(self.places.values()))

    def texts(self, block: Any) -> dict[str, Any]:
        """Our columns of a record batch whose columns are named by their place."""
        found = {name: self._text(name, block.column(str(at))) for name, at in self.places.items()}
        for name, text in self.constants.items():
            found[name] = pa.repeat(text, block.num_rows)
        return found

    def _text(self, name: str, column: Any) -> Any:
        if self.decimal != "." and name not in ("radio", "kind"):
            column = pc.replace_substring(column, self.decimal, ".")
        if words := self.values.get(name):
            coded = column.dictionary_encode()
            replaced = [
                words.get(text.strip(), text) if text is not None else None
                for text in coded.dictionary.to_pylist()
            ]
            column = pa.array(replaced, pa.string()).take(coded.indices)
        return column


def opened(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked where it is gzipped, whatever its name is."""
    return cast(BinaryIO, gzip.open(path)) if is_gzipped(path) else path.open("rb")


def is_gzipped(path: Path) -> bool:
    """Whether a file begins as gzip does (RFC 1952). Raises OSError where it can't be read."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def layout_of(path: Path, column_map: ColumnMap | None) -> Layout:
    """How the file is laid out. Raises RegisterError where that can't be seen."""
    line = _first_line(path)
    delimiter = column_map.delimiter if column_map else ","
    fields = [text.strip() for text in next(csv.reader([line], delimiter=delimiter), [])]
    if column_map is not None:
        return _mapped(path, fields, column_map)
    if is_opencellid_row(fields):
        names = OPENCELLID[: len(fields)]
        return Layout({name: at for at, name in enumerate(names)}, len(fields), has_header=False)
    header = [text.lower() for text in fields]
    if missing := [name for name in REQUIRED if name not in header]:
        raise RegisterError(f"{path}: its first line lacks {', '.join(missing)}; {EXPECTED}.")
    places = {name: header.index(name.lower()) for name in COLUMNS if name.lower() in header}
    return Layout(places, len(header))


def is_opencellid_row(fields: list[str]) -> bool:
    """Whether fields are a row in OpenCelliD's order.

    >>> row = "LTE,262,2,801,86355,0,13.28,52.52,1000,7,1,1282569574,1300155341,0"
    >>> is_opencellid_row(row.split(","))
    True
    >>> is_opencellid_row(list(OPENCELLID))
    False
    """
    if len(fields) not in (len(OPENCELLID) - 1, len(OPENCELLID)):
        return False
    return fields[0].upper() in _RADIOS and all(_is_number(fields[at]) for at in _NUMBERS)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _first_line(path: Path) -> str:
    try:
        with opened(path) as stream:
            first = stream.readline(_HEADER_BYTES)
    except FileNotFoundError as error:
        raise RegisterError(f"{path}: there is no such file; {EXPECTED}.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise RegisterError(f"{path}: can't be read ({error}); {EXPECTED}.") from error
    line = first.decode("utf-8-sig", errors="replace").strip("\r\n ")
    if not line.strip():
        raise RegisterError(f"{path}: the file is empty or begins with a blank line; {EXPECTED}.")
    return line


def _mapped(path: Path, fields: list[str], column_map: ColumnMap) -> Layout:
    places = {
        name: _place(path, fields, column, column_map.header)
        for name, column in column_map.columns.items()
    }
    return Layout(
        places,
        len(fields),
        column_map.header,
        column_map.delimiter,
        column_map.decimal,
        column_map.missing,
        {name: _text_of(value) for name, value in column_map.constants.items()},
        {
            name: {text: _text_of(value) for text, value in column.values.items()}
            for name, column in column_map.columns.items()
        },
    )


def _place(path: Path, fields: list[str], column: Column, has_header: bool) -> int:
    if has_header:
        if column.column in fields:
            return fields.index(column.column)
        raise RegisterError(
            f"{path}: its first line has no column {column.column!r}, which the column map names;"
            f" it has {', '.join(fields)}."
        )
    if int(column.column) <= len(fields):
        return int(column.column) - 1
    raise RegisterError(
        f"{path}: the column map names column {column.column}, but there are {len(fields)}."
    )


def _text_of(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
