"""Calls on which `group_surge` fires, and calls on which it stays silent."""

from typing import Any

from detectors.model.codes import INTERCONNECT, INTERNATIONAL
from detectors.model.columns import Batch
from detectors.rules.sample_town import Row, Town

#: A fixed number of Shanghai and a mobile one, as a gateway signals them.
FIXED: Row = {"caller_prefix": 8621555, "caller_length": 12.0, "number_class": 0}
MOBILE: Row = {"caller_prefix": 8613912, "caller_length": 13.0, "number_class": 0}
BRITISH: Row = {"caller_prefix": 4474005, "caller_length": 12.0, "number_class": 0}


def fires(make: Town) -> list[Batch]:
    return [make.calls(*campaign())]


def silent(make: Town) -> list[Batch]:
    """One caller who goes on; roamers who ring the same people; and what comes from operators at
    home."""
    alone = calls("a", 12, 60.0, callers=1)
    inland = calls("i", 12, 800.0, ingress=INTERCONNECT)
    same = [{**row, "callee": f"s{n % 3}"} for n, row in enumerate(calls("r", 12, 1600.0))]
    return [make.calls(*alone, *inland, *same)]


def campaign(at_s: float = 0.0, count: int = 12, **row: Any) -> list[Row]:
    """Fixed numbers, two calls of each, half a minute apart, to strangers in one region."""
    return calls("f", count, at_s, callers=(count + 1) // 2, **row)


def calls(name: str, count: int, at_s: float, callers: int = 0, **row: Any) -> list[Row]:
    """Calls from abroad of so many callers in turn (each of its own), to a stranger each."""
    fixed = {**FIXED, "ingress": INTERNATIONAL, "trunk": "gateway-01", "carrier": "gateway-1"}
    rows = []
    for n in range(count):
        own = {"caller": f"{name}{n % (callers or count)}", "callee": f"{name}c{n}"}
        ref = {"call_ref": f"{name}-{at_s:.0f}-{n}"}
        rows.append({**fixed, **own, **ref, "at_s": at_s + 30.0 * n, **row})
    return rows
