"""Calls on which `rung_back` fires, and calls on which it stays silent."""

from typing import Any

from detectors.rules.sample_town import Piece, Row, Town
from detectors.rules.wangiri.samples import ABROAD, ONCE

FOREIGN: Row = {"callee_prefix": 2243210, "callee_length": 11.0, "callee_region": None}


def fires(make: Town) -> list[Piece]:
    """Two numbers that ring six people each; one of each six rings back."""
    rows = [*once("w1", 6), *once("w2", 6), *back("w1", 1), *back("w2", 1)]
    return [of(make, rows)]


def silent(make: Town) -> list[Piece]:
    """A number that nobody rings back; one that waits, and speaks, as who returns a call does; a
    number of home."""
    waits = once("w2", 6, answered=True, duration_ms=60_000.0)
    home = once("w3", 6, caller_prefix=8613912, caller_length=13.0)
    return [of(make, [*once("w1", 6), *waits, *back("w2", 2), *home, *back("w3", 1)])]


def on_purpose(make: Town) -> list[Piece]:
    """Somebody abroad who rings six friends once, three of whom ring back before the half-minute is
    over."""
    return [of(make, [*once("w1", 6), *back("w1", 3, at_s=1510.0, every_s=5.0)])]


def codes(make: Town) -> list[Piece]:
    """A service that shows by a ring that a number is somebody's; one of very many rings back."""
    return [of(make, [*once("w1", 60), *back("w1", 1)])]


def acquainted(make: Town) -> list[Piece]:
    """A firm abroad that people ring; it rings them once, and they ring again."""
    before = [{**row, "at_s": 1.0 + n} for n, row in enumerate(back("w1", 4))]
    again = [{**row, "call_ref": f"again-{n}"} for n, row in enumerate(back("w1", 1))]
    return [of(make, [*before, *once("w1", 6, at_s=100.0), *again])]


def once(number: str, count: int, at_s: float = 100.0, **row: Any) -> list[Row]:
    """Calls of a number abroad that it ends after a ring, ten seconds apart."""
    fixed = {**ABROAD, **ONCE, "caller": number, **row}
    return [
        {**fixed, "callee": f"{number}-p{n}", "call_ref": f"{number}-r{n}", "at_s": at_s + 10.0 * n}
        for n in range(count)
    ]


def back(number: str, count: int, at_s: float = 1500.0, every_s: float = 10.0) -> list[Row]:
    """Calls of as many of those people to it."""
    return [
        {"caller": f"{number}-p{n}", "callee": number, **FOREIGN, "at_s": at_s + every_s * n}
        for n in range(count)
    ]


def of(make: Town, rows: list[Row]) -> Piece:
    return make.calls(*sorted(rows, key=lambda row: float(row["at_s"])))


EXCUSED = {
    "excuse_on_purpose": on_purpose,
    "excuse_codes": codes,
    "excuse_acquainted": acquainted,
}
