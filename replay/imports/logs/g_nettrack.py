"""G-NetTrack's log: a row each second or so, a header that names the columns, tabs between them.

Formats: raw logs of braz0101/GNetTrackAnalytics (tab), the writer of a log of the same columns with
bars between them, and the CSV of uccmisl/5Gdataset. Columns are found by name, since each version
has others. A cell's identity is split: LTE's is the node times 256 and the cell, UMTS's the RNC
times 65,536 and the cell (TS 36.413, TS 25.401). An NR cell is taken only where a column holds its
whole identity, since the length of the node's part is the operator's choice. Times are local to the
phone; levels below what a phone can measure (-340, -200), which the log has where there is none,
are left out with their rows. Columns with the phone's IMSI, IMEI and number are not read.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from replay.imports.conversations import Summary
from replay.imports.importing import Given, Message
from replay.imports.logs.text_rows import (
    Row,
    at_least_zero,
    joined_cell,
    number,
    plmn_of,
    rows_of,
    time_ms,
    whole,
)
from replay.imports.recognise import fields_of, head_of

_RATS: Final = {
    **dict.fromkeys(("2G", "GSM", "GPRS", "EDGE"), "gsm"),
    **dict.fromkeys(("3G", "UMTS", "WCDMA", "HSDPA", "HSUPA", "HSPA", "HSPA+", "HSPAP"), "umts"),
    **dict.fromkeys(("4G", "LTE", "LTE-A", "LTE+", "LTE_CA"), "lte"),
    **dict.fromkeys(("5G", "NR", "5G SA", "NR SA"), "nr"),
}
_NEIGHBOURS: Final = range(1, 19)
_MPS_IN_KMH: Final = 1 / 3.6


def read_g_nettrack(path: Path, given: Given, summary: Summary) -> Iterator[Message]:
    """Messages of `cell.measurements` in the order of the file."""
    _, delimiter = fields_of(head_of(path).decode("utf-8-sig", "replace").lstrip().split("\n")[0])
    for row in rows_of(path, summary, delimiter):
        if report := _report(row, given, summary):
            yield "cell.measurements", report


def _report(row: Row, given: Given, summary: Summary) -> dict[str, Any] | None:
    tech = _text(row, "networktech", "nettech") or _text(row, "networkmode", "netmode")
    rat = _RATS.get(tech.upper())
    ts_ms = time_ms(row["timestamp"], _time, given.utc_offset_ms)
    plmn = plmn_of(_text(row, "operator", "mccmnc")) or given.plmn
    if rat is None or ts_ms is None or plmn is None:
        why = "without_time" if ts_ms is None else "without_network"
        summary.leave_out("other_technology" if rat is None else why)
        return None
    speed_kmh = at_least_zero(number(_text(row, "speed")))
    return {
        "ts": ts_ms,
        "device": given.who,
        "lat": number(row["latitude"]),
        "lon": number(row["longitude"]),
        "position_source": "gnss",
        "accuracy_m": at_least_zero(number(_text(row, "accuracy"))),
        "speed_mps": None if speed_kmh is None else round(speed_kmh * _MPS_IN_KMH, 2),
        "altitude_m": number(_text(row, "altitude")),
        "rat": rat,
        "mcc": plmn[0],
        "mnc": plmn[1],
        "area": _first(whole(_text(row, "lac", "tac")), whole(_text(row, "lachex"), 16)),
        "cell": _cell(row, rat),
        "arfcn": at_least_zero(whole(_text(row, "arfcn"))),
        "pci": at_least_zero(whole(_text(row, "psc", "pci", "pc"))),
        "signal_dbm": number(_text(row, "level", "rsrp", "rscp", "rxlev")),
        "quality_db": number(_text(row, "qual", "rsrq", "ecno")) if rat != "gsm" else None,
        "timing_advance": at_least_zero(whole(_text(row, "ta"))) if rat in ("gsm", "lte") else None,
        "neighbours": _neighbours(row, rat) or None,
    }


def _text(row: Row, *names: str) -> str:
    """The first of some columns that holds something; a dash is nothing."""
    found = (row.get(name, "") for name in names)
    return next((text for text in found if text not in ("", "-")), "")


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _time(text: str) -> datetime:
    """`2025.07.18_22.12.21`, with a fraction of a second in some versions."""
    day, _, clock = text.partition("_")
    return datetime.fromisoformat(day.replace(".", "-") + "T" + clock.replace(".", ":", 2))


def _cell(row: Row, rat: str) -> int | None:
    """The whole identity, out of the parts that the log has."""
    if (raw := whole(_text(row, "rawcellid"))) is not None:
        return raw
    cell = whole(_text(row, "cellid"))
    node = _first(whole(_text(row, "node", "rnc", "enb")), whole(_text(row, "nodehex"), 16))
    if rat == "nr":  # the length of the node's part is not known
        return None
    return joined_cell(node, cell, rat)


def _neighbours(row: Row, rat: str) -> list[dict[str, Any]]:
    """Neighbouring cells: `NCellid` is a GSM cell's identity, of others the code on its channel."""
    found = []
    for at in _NEIGHBOURS:
        if f"nrxlev{at}" not in row:
            break
        level = number(_text(row, f"nrxlev{at}"))
        if level is None or not -160 <= level <= 20:
            continue
        code = whole(_text(row, f"ncell{at}", f"ncellid{at}"))
        cell = {
            "rat": _RATS.get(_text(row, f"ntech{at}").upper(), rat),
            "area": at_least_zero(whole(_text(row, f"nlac{at}"))),
            "cell" if rat == "gsm" else "pci": at_least_zero(code),
            "arfcn": at_least_zero(whole(_text(row, f"narfcn{at}"))),
            "signal_dbm": level,
        }
        found.append({name: value for name, value in cell.items() if value is not None})
    return found
