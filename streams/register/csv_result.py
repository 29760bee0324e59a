"""A register file as read: its rows, and what was wrong with the others."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from detectors.model.columns import F8, RegisterRows

#: Why a row is left out, with a sentence for people.
REASONS: Final = {
    "wrong_column_count": "The line has more or fewer fields than the header.",
    "missing_field": "One of the required fields is empty.",
    "wrong_type": "A required field is no number, or no whole number where one is due.",
    "unknown_value": "The radio is none of GSM, UMTS, WCDMA, LTE and NR.",
    "out_of_range": "The mcc or net lies outside 0..999, or a number is too large to be true.",
    "bad_position": "The latitude or longitude is out of range.",
    "area_does_not_fit": "The area code does not fit 16 bits (NR: 24).",
    "cell_does_not_fit": "The cell identity does not fit the bits of its radio.",
    "reserved_area": "The area code is one that says that there is none.",
    "reserved_cell": "The cell identity is one that says that it is not known.",
    "duplicate": "A later row has the same radio, mcc, net, area, cell and valid_from.",
}


class Reject(NamedTuple):
    """A row that was left out: its line in the file, one of `REASONS`, and what stood there."""

    row: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """A register as read. ``rows`` keep the file's order; their ``offset`` is the line.

    ``ts_ms`` and ``rx_ms`` are the row's ``updated``, 0 where it is missing. ``carried`` holds the
    columns of `streams.register.csv_columns.CARRIED`, NaN where missing. ``dropped`` counts wrong
    values of optional columns by column: they are taken as missing, and the row is kept.
    """

    rows: RegisterRows
    rejects: list[Reject]
    carried: dict[str, F8]
    dropped: dict[str, int]
