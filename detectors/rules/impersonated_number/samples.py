"""Calls on which `impersonated_number` fires, and calls on which it stays silent."""

from typing import Any

from detectors.model.codes import INTERNATIONAL
from detectors.rules.sample_town import Piece, Row, Town

FIXED: Row = {"caller_prefix": 8621555, "caller_length": 12.0, "number_class": 0}
TO_FIXED: Row = {"callee_prefix": 8621555, "callee_length": 12.0, "callee_region": None}


def fires(make: Town) -> list[Piece]:
    return [make.calls(*shown(), *storm())]


def silent(make: Town) -> list[Piece]:
    """A number that is shown, but nobody rings; a shop that everybody rings and nobody shows."""
    return [make.calls(*shown(), *storm("shop"))]


def shown(number: str = "x", at_s: float = 0.0, count: int = 4, **row: Any) -> list[Row]:
    """Calls from abroad under a fixed number of Shanghai, a minute apart."""
    fixed = {**FIXED, "caller": number, "ingress": INTERNATIONAL, "trunk": "gateway-01", **row}
    return [
        {**fixed, "callee": f"v{n}", "call_ref": f"{number}-a{n}", "at_s": at_s + 60.0 * n}
        for n in range(count)
    ]


def storm(number: str = "x", at_s: float = 600.0, count: int = 9, **row: Any) -> list[Row]:
    """Calls of as many people to a number, half a minute apart."""
    return [
        {"caller": f"p{n}", "callee": number, **TO_FIXED, "at_s": at_s + 30.0 * n, **row}
        for n in range(count)
    ]
