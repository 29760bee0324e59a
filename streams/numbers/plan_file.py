"""Ranges of numbers from an operator's CSV file, which go over the plans that ship."""

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
from streams.numbers.csv_rows import Form, refuse, rows_of

REQUIRED: Final = ("prefix", "digits", "class")
COLUMNS: Final = (*REQUIRED, "carrier", "region")
#: A country has a hundred thousand prefixes of five digits; China's plan has 600 ranges.
_FORM: Final = Form(
    columns=COLUMNS, required=REQUIRED, what="a plan", most_rows=200_000, most_bytes=16 << 20
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
    for line, row in rows_of(path, _FORM, problems):
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
    refuse(path, problems)
    return tuple(each for _, each in found)


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
