"""Kismet's log (kismetdb): what its sources for cells (AT modem, Qualcomm DIAG) observed.

Format: the table `data` with records of the types `Cellular` and `CellModem` (kismetwireless.net,
"Kismetdb cell logs", 2026-10; `phy_cell.cc` of kismetwireless/kismet for the fields). A record with
a whole identity is a report; one that has only a channel and a code on it is a neighbour of the
serving cell that the same source reported before it. Records that hold identifiers of the modem
(`CellLog`, `RawAT`) and all about Wi-Fi and Bluetooth are not read. Nothing of the database is
carried out: views and triggers are not followed, and a query that takes too long ends.
"""

import json
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from replay.imports.conversations import Summary
from replay.imports.importing import Given, Message
from replay.imports.pcap import unpacked
from streams.register.csv_layout import is_gzipped

_RATS: Final = {"GSM": "gsm", "WCDMA": "umts", "UMTS": "umts", "LTE": "lte", "NR": "nr"}
_MOST_BYTES: Final = 1 << 20
#: No field of ours is larger, and times still fit 64 bits in milliseconds.
_MOST_WHOLE: Final = 1 << 48
#: Steps of SQLite's machine after which a query is taken to be hostile, in thousands.
_MOST_THOUSANDS: Final = 20_000_000
#: A neighbour belongs to the serving cell of at most so long ago: twice Kismet's slowest poll.
_SERVED_MS: Final = 10_000
#: Reports that wait for their neighbours at most, sources that are devices of their own, and
#: neighbours of one report: some times as many as a receiver gives in that time.
_MOST_OPEN, _MOST_SOURCES, _MOST_NEIGHBOURS = 10_000, 1000, 256
_QUERY: Final = (
    "SELECT * FROM data WHERE type IN ('Cellular', 'CellModem') ORDER BY ts_sec, ts_usec"
)


def read_kismet(path: Path, given: Given, summary: Summary) -> Iterator[Message]:
    """Messages of `cell.measurements` in order of time; each source is a device of its own."""
    serving: dict[str, dict[str, Any]] = {}
    devices: dict[str, str] = {}
    reports: deque[dict[str, Any]] = deque()
    for row in _rows(path, summary):
        summary.packets += 1
        source = str(row.get("datasource"))
        if source not in devices and len(devices) >= _MOST_SOURCES:
            summary.leave_out("too_many_sources")
            continue
        device = devices.setdefault(source, _device(given.who, len(devices)))
        report = _report(row, device, summary)
        if report is None:
            continue
        if report["mcc"] is None or report["cell"] is None:
            _add_neighbour(serving.get(source), report, summary)
            continue
        reports.append(report)
        if report["serving"]:
            serving[source] = report
        # What comes soon after a report may be neighbours of it.
        while len(reports) > _MOST_OPEN or report["ts"] - reports[0]["ts"] > _SERVED_MS:
            yield "cell.measurements", reports.popleft()
    yield from (("cell.measurements", report) for report in reports)


def _device(who: str, number: int) -> str:
    return f"{who}-{number + 1}" if number else who


def _rows(path: Path, summary: Summary) -> Iterator[dict[str, Any]]:
    """The records about cells; a broken database gives what comes before the fault."""
    try:
        with closing(_opened(path)) as database:
            yield from (dict(row) for row in database.execute(_QUERY))
    except (sqlite3.Error, OverflowError):
        summary.leave_out("broken_database")


def _opened(path: Path) -> sqlite3.Connection:
    """The database, read-only and guarded; raises `sqlite3.Error` where it has no such table."""
    if is_gzipped(path):
        database = sqlite3.connect(":memory:")
        database.deserialize(unpacked(path.read_bytes())[0])
    else:
        uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        database = sqlite3.connect(uri, uri=True)
    database.row_factory = sqlite3.Row
    database.text_factory = lambda data: data.decode("utf-8", "replace")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
    thousands = iter(range(_MOST_THOUSANDS))
    database.set_progress_handler(lambda: next(thousands, None) is None, 1000)
    database.execute("PRAGMA trusted_schema=OFF")
    kind = database.execute("SELECT type FROM sqlite_master WHERE name = 'data'").fetchone()
    if kind is None or kind[0] != "table":
        database.close()
        raise sqlite3.DatabaseError("there is no table of data")
    return database


def _report(row: dict[str, Any], device: str, summary: Summary) -> dict[str, Any] | None:
    """The fields of a record; levels are those of the RAT, which Kismet calls RSRP for all."""
    try:
        found = json.loads(row.get("json") or "")
    except (ValueError, TypeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        summary.leave_out("not_json")
        return None
    rat = _RATS.get(str(found.get("rat")).upper())
    seconds, micros = _whole(row.get("ts_sec")), _whole(row.get("ts_usec"))
    if rat is None or seconds is None:
        summary.leave_out("other_technology" if rat is None else "without_time")
        return None
    lat, lon, altitude_m = (_number(row.get(name)) for name in ("lat", "lon", "alt"))
    has_place = bool(lat or lon)  # 0, 0 stands for none
    level = _number(found.get("rssi" if rat == "gsm" else "rsrp"))
    return {
        "ts": seconds * 1000 + (micros or 0) // 1000,
        "device": device,
        "lat": lat if has_place else None,
        "lon": lon if has_place else None,
        "position_source": "gnss" if has_place else None,
        "altitude_m": altitude_m if has_place and altitude_m else None,
        "rat": rat,
        "mcc": _whole(found.get("mcc")),
        "mnc": _whole(found.get("mnc")),
        "area": _whole(found.get("tac", found.get("lac"))),
        "cell": _whole(found.get("cell_id")),
        "arfcn": _whole(found.get("earfcn")),
        "pci": _whole(found.get("pci")),
        "signal_dbm": _number(found.get("rsrp")) if level is None else level,
        "quality_db": _number(found.get("rsrq")),
        "serving": found.get("is_serving") is True,
    }


def _add_neighbour(
    serving: dict[str, Any] | None, report: dict[str, Any], summary: Summary
) -> None:
    if serving is None or report["ts"] - serving["ts"] > _SERVED_MS:
        summary.leave_out("neighbour_without_serving_cell")
        return
    names = ("rat", "mcc", "mnc", "area", "cell", "arfcn", "pci", "signal_dbm")
    cell = {name: report[name] for name in names if report[name] is not None}
    neighbours = serving.setdefault("neighbours", [])
    if len(neighbours) < _MOST_NEIGHBOURS:
        neighbours.append(cell)
    else:
        summary.leave_out("too_many_neighbours")


def _whole(value: Any) -> int | None:
    """A whole number, -1 being Kismet's word for none."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 0 <= value < _MOST_WHOLE else None


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < 1e9 else None
