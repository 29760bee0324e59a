"""Rows of a delimited text, plain or gzipped, one after the other, and what stands in a field.

Total: a damaged file gives the rows before the damage, and a line that is no row is counted.
"""

import csv
import math
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from replay.imports.conversations import Summary
from streams.register.csv_layout import opened

#: A longer line is no row; a file that has one is not read further.
_MOST_LINE_BYTES: Final = 1 << 18
#: So much is read of a file: a few kilobytes of gzip can stand for gigabytes.
_MOST_FILE_BYTES: Final = 1 << 30
#: Whole numbers that say "not known" in files of Android apps: the greatest of 32 and 64 bits.
_UNKNOWN: Final = (2**31 - 1, -(2**31), 2**63 - 1)
#: Of a number to another base; more don't fit 64 bits.
_MOST_DIGITS: Final = 15
#: An eNodeB's or RNC's part of an identity is above so many bits (TS 36.413, TS 25.401).
_NODE_ABOVE_BITS: Final = {"umts": 16, "lte": 8}
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,19}(?:\.0*)?")

Row = dict[str, str]


def rows_of(
    path: Path, summary: Summary, delimiter: str, names: list[str] | None = None
) -> Iterator[Row]:
    """Rows by column, counted in ``summary``; ``names`` are the columns where there is no header.

    Names of columns are lower-case and stripped, fields stripped. A row with fewer fields than
    columns has the rest empty, and what is no column is empty in all.
    """
    rows = lists_of(path, summary, delimiter)
    header = names or next(rows, [])
    columns = [name.strip().lower() for name in header]
    for row in rows:
        summary.packets += 1
        texts = (text.strip() for text in row)
        # What was taken for a header may be none to whoever reads it as CSV.
        found = defaultdict(str, dict.fromkeys(columns, ""))
        found.update(zip(columns, texts, strict=False))
        yield found


def lists_of(path: Path, summary: Summary, delimiter: str) -> Iterator[list[str]]:
    """The fields of each line that has any; a broken line is counted."""
    reader = csv.reader(lines_of(path, summary), delimiter=delimiter)
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            summary.packets += 1
            summary.leave_out("broken_row")
            continue
        if row is None:
            return
        if any(text.strip() for text in row):
            yield row


def lines_of(path: Path, summary: Summary) -> Iterator[str]:
    """Lines of a text, gzipped or not; what ends reading early is counted in ``summary``."""
    read = 0
    with opened(path) as lines:
        try:
            while line := lines.readline(_MOST_LINE_BYTES + 1):
                if len(line) > _MOST_LINE_BYTES or (read := read + len(line)) > _MOST_FILE_BYTES:
                    summary.leave_out("too_large")
                    return
                yield line.decode("utf-8", "replace").removeprefix("\ufeff").replace("\x00", "")
        except (OSError, EOFError, zlib.error):
            summary.leave_out("broken_gzip")


def whole(text: str | None, base: int = 10) -> int | None:
    """The whole number that a text is, if it is one that means something.

    >>> whole("12"), whole("12.0"), whole("2147483647"), whole("-"), whole("1F", 16)
    (12, 12, None, None, 31)
    """
    if not text:
        return None
    try:
        if base != 10:
            value = int(text[:_MOST_DIGITS], base)
        elif _WHOLE.fullmatch(text):
            value = int(text.split(".")[0])
        else:
            return None
    except ValueError:
        return None
    return None if value in _UNKNOWN else value


def number(text: str | None) -> float | None:
    """The finite number that a text is, if it is one that means something."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value not in _UNKNOWN else None


def at_least_zero(value: Any) -> Any:
    """A number that can't be below zero; ``None`` for one that is, as apps mark what they lack."""
    return None if value is None or value < 0 else value


def joined_cell(node: int | None, cell: int | None, rat: str) -> int | None:
    """A cell's whole identity, where apps show its node's part apart: LTE's and UMTS's.

    Other RATs have no such part; a cell that is longer than its own part is whole already.

    >>> joined_cell(21, 11, "lte"), joined_cell(None, 5387, "lte"), joined_cell(None, 11, "lte")
    (5387, 5387, None)
    """
    bits = _NODE_ABOVE_BITS.get(rat)
    if bits is None or cell is None or cell < 0 or cell >> bits:
        return None if cell is None or cell < 0 else cell
    return None if node is None or node < 0 else (node << bits) + cell


def plmn_of(text: str) -> tuple[int, int] | None:
    """MCC and MNC of the digits of both.

    >>> plmn_of("46000"), plmn_of("310-260"), plmn_of("4600")
    ((460, 0), (310, 260), None)
    """
    digits = text.replace("-", "").replace(" ", "")
    if not (digits.isascii() and digits.isdecimal() and len(digits) in (5, 6)):
        return None
    return int(digits[:3]), int(digits[3:])


def time_ms(text: str, reader: Callable[[str], datetime], utc_offset_ms: int = 0) -> int | None:
    """Ms since the epoch of a time; one without an offset is ``utc_offset_ms`` ahead of UTC."""
    try:
        at = reader(text)
        own = at.utcoffset()
        naive = at.replace(tzinfo=None) if own is None else (at - own).replace(tzinfo=None)
        ms = (naive - datetime(1970, 1, 1)).total_seconds() * 1000
    except (ValueError, OverflowError):
        return None
    return round(ms) - (utc_offset_ms if own is None else 0)
