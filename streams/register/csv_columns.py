"""Texts of a register's CSV into checked columns, a block of rows at a time."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.model.codes import AREA_BITS, CELL_BITS, is_reserved_area, is_unknown_cell_value
from detectors.model.columns import F8, I8, Bool, RegisterRows
from streams.decode.schema import REGISTER, Field

REQUIRED: Final = ("radio", "mcc", "net", "area", "cell", "lon", "lat")
#: OpenCelliD's columns, then the operator's own, in the order in which they are written.
COLUMNS: Final = (
    *("radio", "mcc", "net", "area", "cell", "unit", "lon", "lat", "range", "samples"),
    *("changeable", "created", "updated", "averageSignal", "arfcn", "pci", "azimuth_deg"),
    *("eirp_dbm", "antenna_m", "valid_from", "valid_to", "kind"),
)
#: Columns that no rule reads, kept so that a register passes through unharmed.
CARRIED: Final = REGISTER.carried
_CARRIED: Final = tuple(spec.name for spec in CARRIED)
_FIELDS: Final = {f.name: f for f in (*REGISTER.fields, *CARRIED) if f.name in COLUMNS}


class Parsed(NamedTuple):
    """A column: values (NaN or code 0 where missing), and which were given, or given wrongly."""

    values: NDArray[Any]
    given: Bool
    wrong: Bool
    outside: Bool


@dataclass(slots=True)
class Faults:
    """The first fault of each row, as a place in ``met``, pairs of reason and column; -1: none."""

    first: I8
    met: list[tuple[str, str]] = field(default_factory=list)

    def add(self, rows: Bool, reason: str, name: str) -> None:
        """Note a fault of some rows; those that have one already keep it."""
        if (fresh := rows & (self.first == -1)).any():
            self.first[fresh] = len(self.met)
            self.met.append((reason, name))


@dataclass(frozen=True, slots=True)
class Block:
    """Rows good and bad; ``offset`` counts from 0. ``wrong`` counts wrong optional values."""

    rows: RegisterRows
    carried: dict[str, F8]
    faults: Faults
    blank: Bool
    wrong: dict[str, int]


def checked(texts: dict[str, Any], count: int) -> Block:
    """Columns of ``count`` rows from Arrow arrays of text, null for an empty field."""
    blank = np.ones(count, dtype=np.bool_)
    for text in texts.values():
        blank &= text.is_null().to_numpy(zero_copy_only=False)
    faults = Faults(np.full(count, -1, dtype=np.int64))
    wrong: dict[str, int] = {}
    columns: dict[str, NDArray[Any]] = {}
    for name, spec in _FIELDS.items():
        column = _parsed(texts[name], spec) if name in texts else _missing(count)
        columns[name] = column.values
        if name in REQUIRED:
            listed, place = spec.kind == "listed", name in ("lat", "lon")
            faults.add(~column.given & ~blank, "missing_field", name)
            faults.add(column.wrong, "unknown_value" if listed else "wrong_type", name)
            faults.add(column.outside, "bad_position" if place else "out_of_range", name)
        elif lost := int((column.wrong | column.outside).sum()):
            wrong[name] = lost
    _check_identity(columns, faults, blank)
    return Block(
        _rows(columns, count), {name: columns[name] for name in _CARRIED}, faults, blank, wrong
    )


def _check_identity(columns: dict[str, NDArray[Any]], faults: Faults, blank: Bool) -> None:
    rat = np.nan_to_num(columns["radio"]).astype(np.uint8)
    area, cell = (np.nan_to_num(columns[name]).astype(np.int64) for name in ("area", "cell"))
    for reason, name, rows in (
        ("area_does_not_fit", "area", (area < 0) | (area >> AREA_BITS[rat] > 0)),
        ("cell_does_not_fit", "cell", (cell < 0) | (cell >> CELL_BITS[rat] > 0)),
        ("reserved_area", "area", is_reserved_area(rat, area)),
        ("reserved_cell", "cell", is_unknown_cell_value(rat, cell)),
    ):
        faults.add(rows & ~blank, reason, name)


def _rows(columns: dict[str, NDArray[Any]], count: int) -> RegisterRows:
    updated_ms = (np.nan_to_num(columns["updated"]) * 1000).astype(np.int64)
    named: dict[str, NDArray[Any]] = {
        "ts_ms": updated_ms,
        "rx_ms": updated_ms.copy(),
        "offset": np.arange(count, dtype=np.int64),
        "index": np.full(count, -1, dtype=np.int64),
        "deleted": np.zeros(count, dtype=np.bool_),
    }
    for name, spec in _FIELDS.items():
        if spec.kind == "listed":
            named[spec.column or name] = np.nan_to_num(columns[name]).astype(np.uint8)
        elif name in ("mcc", "net", "area", "cell"):
            named[spec.column or name] = np.nan_to_num(columns[name]).astype(np.int64)
        elif name not in _CARRIED:
            named[spec.column or name] = columns[name]
    return RegisterRows(**named)


def _missing(count: int) -> Parsed:
    no = np.zeros(count, dtype=np.bool_)
    return Parsed(np.full(count, np.nan), no, no, no)


def _parsed(text: Any, spec: Field) -> Parsed:
    return _listed(text, spec) if spec.kind == "listed" else _numbers(text, spec)


def _listed(text: Any, spec: Field) -> Parsed:
    coded = text.dictionary_encode()
    listed = spec.listed or {}
    codes = [np.nan, 0.0]
    for value in coded.dictionary.to_pylist()[:]:
        stripped = value.strip().upper() if spec.any_case else value.strip()
        codes.append(float(listed.get(stripped, 0)) if stripped else np.nan)
    places = pc.fill_null(coded.indices, -2).to_numpy(zero_copy_only=False) + 2
    values = np.array(codes)[places]
    no = np.zeros(len(values), dtype=np.bool_)
    return Parsed(values, ~np.isnan(values), values == 0.0, no)


def _numbers(text: Any, spec: Field) -> Parsed:
    try:
        values = pc.cast(text, pa.float64()).to_numpy(zero_copy_only=False)
        given = text.is_valid().to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        texts = [(one or "").strip() for one in text.to_pylist()]
        given = np.array([one != "" for one in texts], dtype=np.bool_)
        values = np.array([_number(one) for one in texts])
    # "nan" and "inf" are read as numbers, but are none.
    values = np.where(np.isfinite(values), values, np.nan)
    wrong = given & np.isnan(values)
    if spec.kind == "int":
        wrong |= given & (values != np.floor(values))
    outside = given & ~wrong & ((values < spec.low) | (values > spec.high))
    return Parsed(np.where(wrong | outside, np.nan, values), given, wrong, outside)


def _number(text: str) -> float:
    if not text.isascii() or "_" in text:
        return np.nan
    try:
        return float(text)
    except ValueError:
        return np.nan
