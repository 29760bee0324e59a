"""Who is to answer for numbers: class, carrier and trunk, by the operator's list, then the plan."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from detectors.model.codes import text_of
from detectors.model.rare_messages import PublicReport
from detectors.numbers.book import NumberBook
from detectors.numbers.classes import NUMBER_CLASSES
from detectors.numbers.decoded import read_decoded


class Owner(NamedTuple):
    """What is known of a number; ``trunk`` is one on which it may call, by the list alone."""

    number_class: str | None = None
    carrier: str | None = None
    trunk: str | None = None

    @property
    def answerable(self) -> str | None:
        """To whom a case is sent: the carrier, else the trunk."""
        return self.carrier or self.trunk


def owners(book: NumberBook, reports: Sequence[PublicReport]) -> list[Owner]:
    """The owner of the number of each report, when it was made."""
    texts = [report.prefix or "" for report in reports]
    prefix = np.array([int(text) if text.isdecimal() else -1 for text in texts], dtype=np.int64)
    digits = np.array([len(text) for text in texts], dtype=np.int64)
    length = np.array([report.length or 0 for report in reports], dtype=np.int64)
    nothing = np.full(len(reports), np.nan)
    read = read_decoded(book.plan, book.home, prefix, digits, length, nothing, nothing)
    number = np.array([report.number for report in reports], dtype=np.object_)
    ts_ms = np.array([report.ts for report in reports], dtype=np.int64)
    listed = book.look_up(number, read.prefix, read.digits, read.length, ts_ms)
    planned = book.plan.look_up(read.prefix, read.digits, read.length)
    rows = tuple(book.rows.values())
    found = []
    for at in range(len(reports)):
        row = rows[listed.row[at]] if listed.row[at] >= 0 else None
        is_read = read.reading[at] > 0
        carrier = text_of(int(planned.carrier[at]), book.plan.carriers) if is_read else None
        kind = int(planned.kind[at]) if is_read else 0
        found.append(
            Owner(
                text_of(int(listed.kind[at]) or kind, NUMBER_CLASSES),
                (row.carrier if row is not None else None) or carrier,
                row.rights[0] if row is not None and row.rights else None,
            )
        )
    return found
