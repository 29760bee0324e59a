"""The plans that ship: the world's, and China's in a table of our own, which goes over it."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import msgspec

from detectors.model.tables import fault, read_table, read_text
from detectors.numbers.plan import NumberPlan, build_plan
from detectors.numbers.ranges import Range, ranges

_PACKAGE: Final = "detectors.numbers.plans"
_WORLD: Final = "world.csv"
_CHINA: Final = "china.toml"
WORLD_COLUMNS: Final = ("country", "code", "class", "digits", "leading")


class _Series(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rows of a table: `detectors.numbers.ranges.ranges` has what the texts mean."""

    kind: str = msgspec.field(name="class")
    leading: str
    digits: str
    carrier: str = ""
    region: str = ""


class _China(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`china.toml`: series; area codes by province; and what may follow an area code, by the number
    of the area code's digits."""

    country: str
    code: str
    sources: tuple[str, ...]
    series: tuple[_Series, ...]
    after_area: dict[str, tuple[_Series, ...]]
    areas: dict[str, dict[str, str]]


def china() -> tuple[Range, ...]:
    """The ranges of China's table. Raises `ImportError` that names what is wrong with it."""
    table = read_table(_PACKAGE, _CHINA, _China)
    at_home = {"code": table.code, "country": table.country}
    found = list(ranges("", "", "unallocated", **at_home))
    try:
        for each in table.series:
            where = {"carrier": each.carrier, "region": each.region}
            found += ranges(each.leading, each.digits, each.kind, **at_home, **where)
        for province, cities in table.areas.items():
            for area, city in cities.items():
                region = province if city == province else f"{province}, {city}"
                for each in table.after_area[str(len(area))]:
                    leading = " ".join(_after(area, part) for part in each.leading.split())
                    found += ranges(leading, each.digits, each.kind, **at_home, region=region)
    except (KeyError, ValueError) as error:
        raise fault(_PACKAGE, _CHINA, str(error)) from None
    return tuple(found)


def _after(area: str, part: str) -> str:
    return "-".join(area + half for half in part.split("-"))


def world() -> tuple[Range, ...]:
    """The ranges of all other countries. Raises `ImportError` that names the line."""
    found: list[Range] = []
    for number, cells in _rows(read_text(_PACKAGE, _WORLD)):
        try:
            country, code, kind, digits, leading = cells
            found += ranges(leading, digits, kind, code=code, country=country)
        except ValueError as error:
            raise fault(_PACKAGE, f"{_WORLD}:{number}", str(error)) from None
    return tuple(found)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    lines = [
        (number, line.split(","))
        for number, line in enumerate(text.splitlines(), 1)
        if line and not line.startswith("#")
    ]
    if not lines or tuple(lines[0][1]) != WORLD_COLUMNS:
        raise fault(_PACKAGE, _WORLD, f"its first row must be {','.join(WORLD_COLUMNS)}")
    yield from lines[1:]


@cache
def shipped_plan() -> NumberPlan:
    """The plan of the world with China's own table, without ranges of an operator's own."""
    return build_plan(world(), china())


def plan_with(own: Sequence[Range]) -> NumberPlan:
    """The same with an operator's own ranges over all."""
    return build_plan(world(), china(), own) if own else shipped_plan()
