"""Ranges of numbers from an operator's CSV file, which go over the plans that ship."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from detectors.numbers.book import NumberBook
from detectors.numbers.plan import NumberPlan
from detectors.numbers.plans.shipped import plan_with
from detectors.numbers.ranges import Range, ranges
from detectors.numbers.settings import NumberSettings
from streams.config.strict_yaml import listed
from streams.config_error import ConfigError

REQUIRED: Final = ("prefix", "digits", "class")
COLUMNS: Final = (*REQUIRED, "carrier", "region")
#: A country has a hundred thousand prefixes of five digits; China's plan has 600 ranges.
_MOST_BYTES: Final = 16 << 20
_MOST_ROWS: Final = 200_000
#: So many problems are listed; whoever mends a file knows by then what is meant.
_MOST_LISTED: Final = 20
_EXPECTED: Final = (
    f"expected is a CSV file in UTF-8 whose first line names the columns {', '.join(COLUMNS)},"
    " of which the last two may be missing"
)


def load_plan(settings: NumberSettings) -> NumberPlan:
    """The plan of the world with the operator's own ranges over it. Raises `ConfigError`."""
    return plan_with(read_plan(Path(settings.plan)) if settings.plan else ())


def book_of(settings: NumberSettings) -> NumberBook:
    """What the settings say of numbers: no row of the operator's list yet. Raises `ConfigError`."""
    return NumberBook(settings, load_plan(settings) if settings.plan else None)


def read_plan(path: Path) -> tuple[Range, ...]:
    """The ranges of a file. Raises `ConfigError` that lists wrong lines, and what is allowed."""
    problems: list[str] = []
    found: list[tuple[int, Range]] = []
    for line, row in _rows(path, problems):
        if missing := [name for name in REQUIRED if not row[name]]:
            problems.append(f"line {line}: {', '.join(missing)} must not be empty")
            continue
        where = {"carrier": row.get("carrier", ""), "region": row.get("region", "")}
        try:
            own = list(ranges(row["prefix"], row["digits"], row["class"], **where))
        except ValueError as error:
            problems.append(f"line {line}: {error}")
            continue
        found += [(line, each) for each in own]
    problems += _overlaps(found)
    if problems:
        more = len(problems) - _MOST_LISTED
        shown = problems[:_MOST_LISTED] + ([f".. and {more} more"] if more > 0 else [])
        raise ConfigError(listed(str(path), shown))
    return tuple(each for _, each in found)


def _rows(path: Path, problems: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that isn't blank, with its line."""
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        if wrong := _wrong_header(names):
            raise ConfigError(f"{path}: {wrong}; {_EXPECTED}.")
        for count, cells in enumerate(reader):
            if count >= _MOST_ROWS:
                problems.append(f"line {reader.line_num}: a plan has at most {_MOST_ROWS} rows")
                return
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                problems.append(
                    f"line {reader.line_num}: {len(cells)} fields instead of {len(names)}"
                )
                continue
            stripped = (cell.strip() for cell in cells)
            yield reader.line_num, dict(zip(names, stripped, strict=True))
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: is not CSV ({error})")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror}); {_EXPECTED}.") from error
    if len(content) > _MOST_BYTES:
        raise ConfigError(f"{path}: is longer than {_MOST_BYTES >> 20} MiB; {_EXPECTED}.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line}: is not UTF-8; {_EXPECTED}.") from error


def _wrong_header(names: list[str]) -> str:
    if not any(names):
        return "line 1: is empty"
    if missing := [name for name in REQUIRED if name not in names]:
        return f"line 1: lacks {', '.join(missing)}"
    if unknown := [name for name in names if name not in COLUMNS]:
        return f"line 1: there is no column {unknown[0][:40]!r}"
    if len(set(names)) < len(names):
        return "line 1: a column is named twice"
    return ""


def _overlaps(found: list[tuple[int, Range]]) -> Iterator[str]:
    """Rows of which neither is the more exact one. Their order must not decide."""
    by_form: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for line, each in found:
        for length in each.lengths:
            by_form[each.digits, length].append((each.first, each.last, line))
    seen = set()
    for rows in by_form.values():
        rows.sort()
        for (_, last, line), (first, _, other) in pairwise(rows):
            pair = tuple(sorted((line, other)))
            if first <= last and pair not in seen:
                seen.add(pair)
                yield f"line {pair[1]}: has the same numbers as line {pair[0]}; keep one"
