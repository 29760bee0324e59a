"""Messages on which `phantom_sms` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.columns import Batch
from detectors.rules.sample_town import Row, Town

PHONE, CENTRE, COMPLAINT = 1, 2, 3


def fires(make: Town) -> list[Batch]:
    """Honest messages with their records, and among them four without."""
    rows = [*honest(count=24, every_s=5.0), *campaign(4, at_s=62.0)]
    return [make.sms(*sorted(rows, key=arrival))]


def silent(make: Town) -> list[Batch]:
    return [make.sms(*sorted(honest(count=24, every_s=5.0), key=arrival))]


def warning(make: Town) -> list[Batch]:
    """One text past the centre to phones on whichever cell serves each."""
    rows = [*honest(count=60, every_s=5.0), *campaign(12, at_s=62.0)]
    cells = list(make.cells.items())
    for n, row in enumerate(rows[-12:]):
        rat, (area, cell) = cells[n % len(cells)]
        row |= {"rat": rat, "area": area, "cell": cell}
    return [make.sms(*sorted(rows, key=arrival))]


def message(at_s: float, delay_s: float = 2.0, **row: Any) -> list[Row]:
    """A phone's record and the centre's, that much later."""
    sent = {"at_s": at_s, **row}
    return [sent, {**sent, "source": CENTRE, "rx_s": row.get("rx_s", at_s) + delay_s}]


def honest(first_s: float = 0.0, count: int = 30, every_s: float = 10.0, **row: Any) -> list[Any]:
    """Messages of as many senders, one after the other, each with its record."""
    rows: list[Any] = []
    for n in range(count):
        about = {"device": f"h{n}-{first_s:.0f}", "sender": f"1069{n}", **row}
        rows += message(first_s + n * every_s, **about)
    return rows


def spam(at_s: float = 205.0, **row: Any) -> Row:
    return {"device": "victim", "at_s": at_s, **row}


def campaign(count: int = 6, at_s: float = 205.0, **row: Any) -> list[Row]:
    """Victims, who can report it only when they are back."""
    return [
        spam(at_s + n, **{"device": f"v{n}", "rx_s": at_s + n + 12.0, **row}) for n in range(count)
    ]


def arrival(row: Row) -> float:
    return float(row["rx_s"] if "rx_s" in row else row["at_s"])


EXCUSED = {"excuse_many_cells": warning}
