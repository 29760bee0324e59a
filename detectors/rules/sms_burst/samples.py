"""Messages on which `sms_burst` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.columns import Batch
from detectors.rules.sample_town import Row, Town

SPAM_HASH = "ff00ff00ff00ff00"


def fires(make: Town) -> list[Batch]:
    return [make.sms(*town(make, 20, at_s=10.0), *burst(make, 5, at_s=20.0))]


def silent(make: Town) -> list[Batch]:
    return [make.sms(*town(make, 20, at_s=10.0, content_hash="abc"))]


def warning(make: Town) -> list[Batch]:
    """One text to all of a place, on whichever cell serves each."""
    rows, cells = burst(make, 12, at_s=20.0), list(make.cells.items())
    for n, row in enumerate(rows):
        rat, (area, cell) = cells[n % len(cells)]
        row |= {"rat": rat, "area": area, "cell": cell}
    return [make.sms(*town(make, 20, at_s=10.0), *rows)]


def town(make: Town, count: int = 60, **row: Any) -> list[Row]:
    """Texts of as many senders all over eight kilometres."""
    rows = []
    for n in range(count):
        lat, lon = make.at(-4000.0 + 1000.0 * (n % 9), -4000.0 + 1000.0 * (n // 9 % 9))
        fixed = {"device": f"t{n}", "sender": f"1069{n}", "lat": lat, "lon": lon}
        rows.append({**fixed, "at_s": 4.0 * n, **row})
    return rows


def burst(make: Town, count: int = 8, at_s: float = 245.0, **row: Any) -> list[Row]:
    """One text to as many phones within 700 m of each other."""
    rows = []
    for n in range(count):
        lat, lon = make.at(3000.0 + 100.0 * (n % 8), 3000.0)
        fixed = {"device": f"v{n}", "lat": lat, "lon": lon, "content_hash": SPAM_HASH}
        rows.append({**fixed, "sender": "106575258", "at_s": at_s + n, **row})
    return rows


EXCUSED = {"excuse_many_cells": warning}
