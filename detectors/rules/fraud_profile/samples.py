"""Callers on which `fraud_profile` fires, and callers on which it stays silent."""

from typing import Any

from detectors.model.columns import Batch
from detectors.rules.sample_town import Row, Town


def fires(make: Town) -> list[Batch]:
    """Two callers who ring ten strangers, one after the other. (Bitmaps count them: of more some
    would share a bit, and which depends on the key by which names are hashed.)"""
    return [make.calls(*strangers(10, caller="d5"), *strangers(10, caller="d6"))]


def silent(make: Town) -> list[Batch]:
    """Somebody who rings five people by turns; and one who rings strangers, but only nine."""
    friends = [{**row, "callee": f"c{n % 5}"} for n, row in enumerate(strangers(20, caller="d3"))]
    return [make.calls(*friends, *strangers(9, caller="d2"))]


def firm(make: Town) -> list[Batch]:
    """The line of a firm that rings as many."""
    fixed = {"caller_prefix": 8621655, "caller_length": 12.0, "number_class": 1}
    return [make.calls(*strangers(20), **fixed)]


def moving(make: Town) -> list[Batch]:
    """A courier who rings as many from all over the town."""
    rows = [{**row, "area": 4100.0, "cell": 1000.0 + n} for n, row in enumerate(strangers(20))]
    return [make.calls(*rows, rat=3)]


#: By the switch that keeps it silent.
EXCUSED = {"excuse_firm": firm, "excuse_moving": moving}


def strangers(count: int, **row: Any) -> list[Row]:
    """So many calls, a minute apart, each to another number."""
    fixed = {"caller": "d1", **row}
    return [{"at_s": 60.0 * n, "callee": f"c{n}", **fixed} for n in range(count)]
