"""Numbers as CSV (RFC 4180): those of alerts, and the register of numbers as it can be read back.

Of a number there is nothing but its hash and its first seven digits. Spreadsheets take a text that
begins with = + - or @ for a formula: such a text gets an apostrophe in front, which the reader
takes away.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from detectors.acting.cases import Sum
from detectors.alert.record import Alert
from field.formats.scrubbed import scrubbed
from field.formats.words.moments import iso, moment
from streams.register.number_list import BETWEEN, COLUMNS

#: Columns of the register; `prefix` holds first digits or the hash of one number.
REGISTER: Final = COLUMNS
_MOMENTS: Final = ("valid_from", "valid_to")
_OF_ALERTS: Final = (
    *("number", "prefix", "class", "role", "alert_id", "kind", "campaign", "status"),
    *("severity", "probability", "first_seen", "last_seen"),
)
_OF_FIGURES: Final = (
    *("month", "class", "carrier", "complaints", "cases", "dispatched", "answered", "closed"),
    "per_million",
)
#: By which a spreadsheet knows a formula, in full width too, which is the same to East Asian ones;
#: and our own mark, so that a text that begins with it comes back whole.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20", "'")


def of_alerts(alerts: Iterable[Alert]) -> bytes:
    """The numbers of alerts, a line for each number of each alert."""
    return written(_OF_ALERTS, (row for alert in alerts for row in _rows(scrubbed(alert))))


def register(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows of the register of numbers, as `cellhound numbers import` reads them."""
    return written(REGISTER, ([_of_row(row, name) for name in REGISTER] for row in rows))


def of_figures(figures: Iterable[Sum]) -> bytes:
    """Monthly figures of complaints, a line for each."""
    return written(_OF_FIGURES, ([_plain(one)[name] for name in _OF_FIGURES] for one in figures))


def _plain(one: Sum) -> dict[str, Any]:
    return dict(msgspec.to_builtins(one))


def _rows(alert: Alert) -> Iterable[Sequence[Any]]:
    seen = [iso(moment(ts)) for ts in (alert.first_seen, alert.last_seen)]
    of_alert = [alert.alert_id, alert.kind, alert.campaign, alert.status, alert.severity]
    for one in alert.numbers:
        of_number = [one.number, one.prefix, one.kind, one.role]
        yield [*of_number, *of_alert, f"{alert.probability:.4f}", *seen]


def _of_row(row: Mapping[str, Any], name: str) -> Any:
    value = row[name]
    if name == "prefix":
        return value or row["key"]
    if name == "rights":
        return BETWEEN.join(value)
    if name in _MOMENTS:
        return None if value is None else iso(moment(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


def written(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A table as CSV, without what a spreadsheet would take for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value is None else value
