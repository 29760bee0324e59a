"""Takes what is on the ground: readings of the teams' instruments, the register's cells, and what
reports show of the register."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import delete, select, text

from detectors.audit.register_health import RegisterHealth
from detectors.model.codes import CELL_KINDS, RATS, text_of
from detectors.register.register import key_text
from field.console.store.intake.alerts import put_boxes
from field.console.store.opening import is_sqlite
from field.console.store.tables import BOXES, CELLS, MEASUREMENTS, REGISTER_HEALTH
from field.console.store.transaction import Record, Work, last_of_each, sliced
from streams.decode.clean_messages import NUMBERS, hashed_line, numeric_fields
from streams.decode.codec import decode
from streams.kafka.stage_records import WATERMARK_VALUE

_MEASURED = (
    *("mcc", "mnc", "area", "cell", "arfcn", "pci", "lat", "lon"),
    *("bearing_to_deg", "bearing_sigma_deg", "signal_dbm", "timing_advance"),
)
#: Fields of an audit whose numbers are no identifiers.
_AUDITED = NUMBERS | numeric_fields(RegisterHealth)
_FLOATS = ("lat", "lon", "bearing_to_deg", "bearing_sigma_deg", "signal_dbm")


def take_measurements(work: Work, records: Sequence[Record]) -> None:
    """The teams' readings, one row an item."""
    given = [record for record in records if record.value != WATERMARK_VALUE]
    if not given:
        return
    decoded = decode(sliced(given), work.hasher)
    work.unread["field.measurements"] += len(decoded.dead)
    batch = decoded.batch
    rows: dict[bytes, dict[str, Any]] = {}
    values = [record.value or b"" for record in given]
    for at in range(len(batch.ts_ms)):
        # `sliced` numbers the records, so the offset is the record that an item was in.
        name = work.name(values[int(batch.offset[at])], int(batch.index[at]))
        row = {
            "digest": name,
            "ts": int(batch.ts_ms[at]),
            "rx_ts": int(batch.rx_ms[at]),
            "device": str(batch.device[at]),
            "rat": text_of(int(batch.rat[at]), RATS),
        }
        for column in _MEASURED:
            row[column] = _number(getattr(batch, column)[at], column in _FLOATS)
        rows[name] = row
    work.add(MEASUREMENTS, list(rows.values()))


def take_cells(work: Work, records: Sequence[Record]) -> None:
    """The register: the last row of each key is its cell, a record without a value removes it."""
    given = [record for record in records if record.value != WATERMARK_VALUE]
    if not given:
        return
    decoded = decode(sliced(given), work.hasher)
    work.unread["cell.register"] += len(decoded.dead)
    batch = decoded.batch
    rows: dict[str, dict[str, Any] | None] = {}
    columns = (batch.rat, batch.mcc, batch.mnc, batch.area, batch.cell)
    numbers = zip(*(column.tolist() for column in columns), strict=True)
    for at, (rat, mcc, mnc, area, cell) in enumerate(numbers):
        key = key_text(rat, mcc, mnc, area, cell)
        rows[key] = (
            None
            if batch.deleted[at]
            else {
                "key": key,
                "rat": text_of(rat, RATS),
                **{"mcc": mcc, "mnc": mnc, "area": area, "cell": cell},
                "lat": float(batch.lat[at]),
                "lon": float(batch.lon[at]),
                "kind": text_of(int(batch.kind[at]), CELL_KINDS) or None,
                "changeable": _number(batch.changeable[at]),
                "arfcn": _number(batch.arfcn[at]),
                "pci": _number(batch.pci[at]),
                "range_m": _number(batch.range_m[at], fraction=True),
            }
        )
    _remove_cells(work, [key for key, row in rows.items() if row is None])
    kept = [row for row in rows.values() if row is not None]
    work.put(CELLS, ["key"], kept)
    if kept and is_sqlite(work.connection):
        found = work.connection.execute(
            select(CELLS.c.place, CELLS.c.lat, CELLS.c.lon).where(
                CELLS.c.key.in_([row["key"] for row in kept])
            )
        )
        put_boxes(
            work,
            "cells",
            [(p, {"west": x, "east": x, "south": y, "north": y}) for p, y, x in found],
        )


def take_register_health(work: Work, records: Sequence[Record]) -> None:
    """What audits of the register found: the newest record of each zone."""
    rows = []
    for record in records:
        try:
            value = hashed_line(record.value or b"", work.hasher, _AUDITED)
            health = msgspec.json.decode(value, type=RegisterHealth)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            work.unread[record.topic] += 1
            continue
        row = {"zone": health.zone, "received_ms": record.timestamp_ms, "value": value}
        rows.append(row)
    work.put(REGISTER_HEALTH, ["zone"], last_of_each(rows, "zone"))


def _remove_cells(work: Work, keys: list[str]) -> None:
    if not keys:
        return
    gone = CELLS.c.key.in_(keys)
    if is_sqlite(work.connection):
        places = work.connection.execute(select(CELLS.c.place).where(gone)).scalars().all()
        statement = text(f"DELETE FROM {BOXES['cells']} WHERE id = :id")
        if places:
            work.connection.execute(statement, [{"id": place} for place in places])
    work.connection.execute(delete(CELLS).where(gone))


def _number(value: Any, fraction: bool = False) -> float | int | None:
    if np.isnan(value):
        return None
    return float(value) if fraction else int(value)
