"""Tower Collector's CSV export: a row a cell, those of one fix with the same time and place.

Format: `CsvExportFormatter` of zamojski/TowerCollector. Times are UTC; levels are dBm as Android
gives them (GSM RSSI, UMTS RSCP or RSSI, LTE RSRP, NR SS-RSRP). A neighbouring cell whose identity
the phone knew is a report of its own (``serving`` false); others go to ``neighbours`` of the
serving cell of the same fix. The phone's model, which every row has, is not kept.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final

from replay.imports.conversations import Summary
from replay.imports.importing import Given, Message
from replay.imports.logs.text_rows import Row, at_least_zero, number, rows_of, time_ms, whole

_RATS: Final = {"GSM": "gsm", "UMTS": "umts", "LTE": "lte", "NR": "nr"}
_IDENTITY: Final = ("mcc", "mnc", "area", "cell")
_NEIGHBOUR: Final = ("rat", *_IDENTITY, "pci", "signal_dbm")
#: A phone reports some dozen cells at once; a file may say that all it holds was at once.
_MOST_OF_FIX: Final = 1000


def read_tower_collector(path: Path, given: Given, summary: Summary) -> Iterator[Message]:
    """Messages of `cell.measurements` in the order of the file."""
    rows = rows_of(path, summary, ",")
    for _, fix in groupby(rows, key=lambda row: (row["measured_at"], row["lat"], row["lon"])):
        while some := list(islice(fix, _MOST_OF_FIX)):
            yield from _of_fix([report for row in some if (report := _report(row, given, summary))])


def _of_fix(reports: list[dict[str, Any]]) -> Iterator[Message]:
    """The reports of one fix; what can't stand alone goes to its first serving cell."""
    whole_ones = [report for report in reports if _is_whole(report) or report["serving"]]
    serving = next((report for report in whole_ones if report["serving"]), None)
    partial = [report for report in reports if not _is_whole(report) and not report["serving"]]
    if serving is not None and partial:
        serving["neighbours"] = [
            {name: cell[name] for name in _NEIGHBOUR if cell[name] is not None} for cell in partial
        ]
        partial = []
    for report in whole_ones + partial:
        yield "cell.measurements", report


def _is_whole(report: dict[str, Any]) -> bool:
    return all(report[name] is not None for name in _IDENTITY)


def _report(row: Row, given: Given, summary: Summary) -> dict[str, Any] | None:
    rat = _RATS.get(row["net_type"].upper())
    ts_ms = time_ms(row["measured_at"], datetime.fromisoformat)
    if rat is None or ts_ms is None:
        summary.leave_out("other_technology" if rat is None else "without_time")
        return None
    return {
        "ts": ts_ms,
        "device": given.who,
        "lat": number(row["lat"]),
        "lon": number(row["lon"]),
        "position_source": "gnss",
        "accuracy_m": at_least_zero(number(row["accuracy"])),
        "speed_mps": at_least_zero(number(row["speed"])),
        "bearing_deg": at_least_zero(number(row["bearing"])),
        "altitude_m": number(row["altitude"]),
        "rat": rat,
        "mcc": whole(row["mcc"]),
        "mnc": whole(row["mnc"]),
        "area": whole(row["lac"]),
        "cell": whole(row["cell_id"]),
        "pci": at_least_zero(whole(row["psc"])),
        "signal_dbm": number(row["dbm"]),
        "timing_advance": at_least_zero(whole(row["ta"])) if rat in ("gsm", "lte") else None,
        "serving": row["neighboring"].lower() != "true",
    }
