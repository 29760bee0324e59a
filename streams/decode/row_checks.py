"""The checks over raw rows (docs/messages.md): what makes a dead letter, what is dropped.

First all that makes a dead letter, in the order in which a reader would name the cause; then, among
the rows that stay, the wrong optional fields, each counted. Times of arrival are settled first: the
row's own ``rx_ts`` where it is right, else the stand-in.
"""

from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, Bool
from streams.decode.dead_letters import DeadItem
from streams.decode.fits import AREA_LIMIT, CELL_LIMIT, STEPS_LIMIT, misfits, rat_codes
from streams.decode.raw_rows import (
    UNKNOWN,
    Fault,
    RawRows,
    broadcast_fields,
    column_of,
    first_of_each,
    reordered,
)
from streams.decode.schema import (
    NEIGHBOUR,
    NEIGHBOURS,
    RX_TS,
    Field,
    Schema,
)
from streams.limits import DEFAULT, NAME_CHARACTERS, Limits
from streams.privacy.identifiers import is_content_hash

YEAR_2000_MS: Final = 946_684_800_000
DAY_MS: Final = 86_400_000
_Kill: TypeAlias = Callable[[Bool, str, Field, str], None]


@dataclass(slots=True)
class Checked:
    """The rows that stay, their arrival times, the dead rows, and the dropped fields by name."""

    rows: RawRows
    rx_ms: I8
    dead: list[DeadItem]
    dropped: Counter[str]


def check(
    schema: Schema,
    rows: RawRows,
    stand_in_ms: I8,
    latest_ms: I8 | None = None,
    limits: Limits = DEFAULT,
    enrolled: Container[str] | None = None,
) -> Checked:
    """All checks; ``stand_in_ms`` is each row's arrival time where it has none of its own, and
    ``latest_ms`` the latest that it can have. Of instruments only those that are ``enrolled`` are
    taken, where these are given.

    The first dead rows of a record, as many as it may have letters, are given one by one; the next
    stands for all that follow.
    """
    rx_ms = _arrival(rows, stand_in_ms)
    faults = dict(rows.faults)
    if latest_ms is not None:
        _find_ahead(rx_ms, latest_ms, faults)
    if enrolled is not None and schema.of_instruments:
        _find_strangers(rows, enrolled, faults)
    _find_faults(schema, rows, rx_ms, faults, limits)
    dead = _dead(rows, rx_ms, faults, limits.letters)
    if faults:
        stays = np.ones(len(rows), dtype=np.bool_)
        stays[list(faults)] = False
        kept = np.flatnonzero(stays)
        rows, rx_ms = reordered(rows, kept), rx_ms[kept]
    dropped = Counter(name for _, name in rows.dropped)
    _drop_wrong(schema, rows, dropped)
    return Checked(rows, rx_ms, dead, dropped)


def _arrival(rows: RawRows, stand_in_ms: I8) -> I8:
    own = rows.columns.get("rx_ts")
    if own is None:
        return stand_in_ms
    right = ~np.isnan(own)
    if not rows.is_right:
        right &= ~_outside(own, RX_TS)
    if right.all():
        return own.astype(np.int64)
    return np.where(right, np.where(right, own, 0).astype(np.int64), stand_in_ms)


def _dead(rows: RawRows, rx_ms: I8, faults: dict[int, Fault], most: int) -> list[DeadItem]:
    if not faults:
        return []
    at = np.array(sorted(faults), dtype=np.int64)
    record = rows.record[at]
    total = np.searchsorted(record, record, "right") - np.searchsorted(record, record)
    counts = np.where(first_of_each(record, most), 1, total - most)
    given = first_of_each(record, most + 1)
    return [
        DeadItem(int(rows.record[row]), int(rows.index[row]), int(rx_ms[row]), faults[row], count)
        for row, count in zip(at[given].tolist(), counts[given].tolist(), strict=True)
    ]


def _find_ahead(rx_ms: I8, latest_ms: I8, faults: dict[int, Fault]) -> None:
    """Rows that arrived later than their record was written."""
    for row in np.flatnonzero(rx_ms > latest_ms).tolist():
        detail = f"the arrival time is {rx_ms[row]}, at most {latest_ms[row]} is due"
        faults.setdefault(row, Fault("arrival_ahead", detail))


def _find_strangers(rows: RawRows, enrolled: Container[str], faults: dict[int, Fault]) -> None:
    """Rows of instruments that are not enrolled."""
    stranger = Fault("not_enrolled", "'device' is no instrument that trust.instruments lists")
    for row, who in enumerate(rows.columns.get("device", ())):
        if who is not None and who not in enrolled:
            faults.setdefault(row, stranger)


def _find_faults(
    schema: Schema, rows: RawRows, rx_ms: I8, faults: dict[int, Fault], limits: Limits
) -> None:
    def kill(mask: Bool, reason: str, spec: Field, due: str) -> None:
        if not mask.any():
            return
        at = np.flatnonzero(mask)
        any_more = Fault(reason, f"{spec.name!r} is wrong, {due}")
        shown = first_of_each(rows.record[at], limits.letters).tolist()
        for row, is_shown in zip(at.tolist(), shown, strict=True):
            if row not in faults:
                value = rows.columns[spec.name][row] if is_shown else None
                found = any_more
                if value is not None:
                    found = Fault(reason, f"{spec.name!r} is {_number(value)}, {due}")
                faults[row] = found

    by_name = {spec.name: spec for spec in schema.fields}
    if not rows.is_right:
        _find_wrong(schema, rows, faults, kill)
    if schema.identity == "or_arfcn":
        _find_nameless(rows, faults)
    for name in schema.numbers:
        if by_name[name].required and name in rows.columns:
            empty = Fault("missing_field", f"{name!r} is empty")
            for row in np.flatnonzero(rows.columns[name] == "").tolist():
                faults.setdefault(row, empty)
    if (ts := rows.columns.get("ts")) is not None:
        late = ts - DAY_MS > rx_ms
        kill((ts < YEAR_2000_MS) | late, "time_out_of_range", by_name["ts"], _TIME_DUE)


def _find_wrong(schema: Schema, rows: RawRows, faults: dict[int, Fault], kill: _Kill) -> None:
    """Rows with a wrong value of a field that all of it rests on."""
    by_name = {spec.name: spec for spec in schema.fields}
    for spec in schema.fields:
        values = rows.columns.get(spec.name)
        if values is None or not spec.kills:
            continue
        if spec.kind == "listed":
            unlisted = np.flatnonzero(values == UNKNOWN)
            if len(unlisted):
                due = f"one of {', '.join(spec.listed or {})} is due"
                what = "is not listed" if spec.refusal == "unknown_value" else "is not allowed here"
                fault = Fault(spec.refusal, f"{spec.name!r} {what}, {due}")
                for row in unlisted.tolist():
                    faults.setdefault(row, fault)
        elif spec.kind in ("int", "float") and spec.name not in ("ts", "area", "cell"):
            reason = "bad_position" if spec.name in ("lat", "lon") else "out_of_range"
            due = f"{spec.low:g} to {spec.high:g} is due"
            kill(_outside(values, spec), reason, spec, due)
    if "lat" in by_name and by_name["lat"].kills:
        halves = np.isnan(column_of(rows, by_name["lat"])) != np.isnan(
            column_of(rows, by_name["lon"])
        )
        for row in np.flatnonzero(halves).tolist():
            faults.setdefault(row, Fault("bad_position", "one of 'lat' and 'lon' is missing"))
    if schema.identity == "fatal":
        for name, misfit in misfits(rows).items():
            kill(misfit, f"{name}_does_not_fit", by_name[name], "beyond the bits of its RAT")


def _find_nameless(rows: RawRows, faults: dict[int, Fault]) -> None:
    """Rows with neither a whole right identity nor a channel number."""
    arfcn = rows.columns.get("arfcn", np.full(len(rows), np.nan))
    channel = next(spec for spec in NEIGHBOUR if spec.name == "arfcn")
    nameless = np.isnan(arfcn) | _outside(arfcn, channel)
    misfit = misfits(rows)
    of_wrong_type = set(rows.dropped)
    for spec in NEIGHBOUR:
        if spec.name not in ("mcc", "mnc", "area", "cell"):
            continue
        values = rows.columns.get(spec.name, np.full(len(rows), np.nan))
        wrong = _outside(values, spec) | misfit.get(spec.name, False)
        for row in np.flatnonzero(nameless & (wrong | np.isnan(values))).tolist():
            if wrong[row]:
                reason = f"{spec.name}_does_not_fit" if spec.name in misfit else "out_of_range"
                fault = Fault(reason, f"{spec.name!r} is {_number(values[row])}, out of its range")
            elif (row, spec.name) in of_wrong_type:
                fault = Fault("wrong_type", f"{spec.name!r} is no integer")
            else:
                fault = Fault("missing_field", f"{spec.name!r} is missing, and so is 'arfcn'")
            faults.setdefault(row, fault)


def _drop_wrong(schema: Schema, rows: RawRows, dropped: Counter[str]) -> None:
    """Blanks the wrong optional values that are left; all columns of ``rows`` are its own."""
    columns = rows.columns

    def drop(name: str, wrong: Bool) -> None:
        if count := int(np.count_nonzero(wrong)):
            columns[name] = np.where(wrong, _nothing(columns[name]), columns[name])
            dropped[name] += count

    for spec in schema.fields:
        if spec.kind != "text" or spec.kills or spec.name not in columns:
            continue
        texts = columns[spec.name]
        if spec.name == "content_hash":
            wrong = [bool(t is not None and not is_content_hash(t)) for t in texts]
            drop(spec.name, np.array(wrong))
        elif rows.has_long:
            drop(spec.name, np.array([len(text or "") > NAME_CHARACTERS for text in texts]))
    if rows.is_right:
        return
    for spec in (*schema.fields, *broadcast_fields(schema)):
        if spec.name not in columns or spec.kills:
            continue
        if spec.kind == "listed":
            drop(spec.name, columns[spec.name] == UNKNOWN)
        elif spec.kind in ("int", "float"):
            drop(spec.name, _outside(columns[spec.name], spec))
    if schema.identity != "fatal":
        for name, misfit in misfits(rows).items():
            drop(name, misfit)
    _drop_half_positions(schema, rows, dropped)
    if (steps := columns.get("timing_advance")) is not None:
        drop("timing_advance", steps >= STEPS_LIMIT[rat_codes(rows)])
    if (area := columns.get("old_area")) is not None and "old_rat" in columns:
        drop("old_area", ~np.isnan(area) & (area >= AREA_LIMIT[columns["old_rat"]]))
    if (cell := columns.get("target_cell")) is not None and "target_rat" in columns:
        drop("target_cell", ~np.isnan(cell) & (cell >= CELL_LIMIT[columns["target_rat"]]))
    if len(rows.neighbour_row):
        entries = RawRows(rows.neighbour_row, rows.neighbour_row, rows.neighbours)
        counts: Counter[str] = Counter()
        _drop_wrong(NEIGHBOURS, entries, counts)
        dropped.update({f"neighbours.{name}": count for name, count in counts.items()})


def _drop_half_positions(schema: Schema, rows: RawRows, dropped: Counter[str]) -> None:
    """Where half a position is no fault, the other half goes too."""
    by_name = {spec.name: spec for spec in schema.fields}
    if "lat" not in by_name or by_name["lat"].kills:
        return
    lat, lon = column_of(rows, by_name["lat"]), column_of(rows, by_name["lon"])
    half = np.isnan(lat) != np.isnan(lon)
    if half.any():
        dropped["lat"] += int(np.count_nonzero(half & ~np.isnan(lat)))
        dropped["lon"] += int(np.count_nonzero(half & ~np.isnan(lon)))
        rows.columns["lat"] = np.where(half, np.nan, lat)
        rows.columns["lon"] = np.where(half, np.nan, lon)


def _outside(values: F8, spec: Field) -> Bool:
    outside: Bool = (values < spec.low) | (values > spec.high)
    return outside


def _nothing(column: NDArray[Any]) -> Any:
    return {"u": 0, "O": None, "f": np.nan}[column.dtype.kind]


def _number(value: float) -> str:
    """A number as people write it: whole numbers without a point."""
    return str(int(value)) if abs(value) < 1e18 and value == int(value) else f"{value:g}"


_TIME_DUE: Final = "the year 2000 to a day after its arrival is due"
