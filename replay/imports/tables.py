"""Tables that others made of captures: labelled NAS messages, and connections with exposures.

Their columns are those of the published data sets (SysNetS/fbsdetector; MarlinDetection/Marlin) as
cut to samples; what can't be read in a row leaves it out, counted by reason.
"""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from replay.imports.conversations import UNKNOWN_AREA, UNKNOWN_CELL, Camp, Summary, messages_of
from replay.imports.nas_eps import decode_nas_eps
from replay.imports.nas_message import Area, NasMessage
from replay.imports.packed import unpacked
from replay.traces.trace_writer import TraceWriter

_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class NasEvent:
    """One labelled message: the trace that it belongs to, its time, its fields, its label."""

    trace: str
    ts_ms: int
    message: NasMessage
    fake: bool


@dataclass(frozen=True, slots=True)
class Connection:
    """One radio connection: the capture, its second, and the message in it that exposes, if any.

    ``at_s`` counts on over midnight.
    """

    label: str
    capture: str
    at_s: float
    exposing: str | None


def read_nas_events(path: Path, summary: Summary) -> list[NasEvent]:
    """The messages of a table of NAS events, in its order."""
    events = []
    for row in _rows(path, summary):
        message, at_s = _message(row), _number(row.get("time_epoch"))
        if message is None or at_s is None:
            summary.leave_out("unreadable_row" if at_s is None else "no_known_field")
            continue
        fake = row.get("label_fbs") == "1"
        events.append(NasEvent(row.get("trace") or "", round(at_s * 1000), message, fake))
    return events


def import_nas_events(path: Path, out: Path, *, camp: Camp | None = None) -> Summary:
    """Writes the trace ``out`` with the messages of a table, a subscriber for each of its traces.

    Raises as `replay.imports.nas_pcap.import_nas` does.
    """
    summary = Summary()
    by_trace: dict[str, list[tuple[int, NasMessage]]] = {}
    for event in read_nas_events(path, summary):
        by_trace.setdefault(event.trace, []).append((event.ts_ms, event.message))
    values = []
    for name, messages in by_trace.items():
        values += messages_of(messages, name, camp or Camp(), summary)
    with TraceWriter(out) as trace:
        trace.write("cell.signalling", values)
    return summary


def read_connections(path: Path, summary: Summary) -> list[Connection]:
    """The connections of a table of exposures, each once, in order of time within a capture."""
    found: dict[tuple[str, str], Connection] = {}
    day_of: dict[str, tuple[float, float]] = {}
    for row in _rows(path, summary):
        second, capture = _number(row.get("t_s_of_day")), row.get("capture") or ""
        if second is None:
            summary.leave_out("unreadable_row")
            continue
        before, day_s = day_of.get(capture, (second, 0.0))
        # Rows stand in order of time: a step back by half a day is midnight.
        day_s += _DAY_S if before - second > _DAY_S / 2 else 0.0
        day_of[capture] = (second, day_s)
        one = Connection(
            row.get("label") or "",
            capture,
            second + day_s,
            row.get("imsi_exposing_message") or None,
        )
        key = capture, row.get("conn_ref") or f"row {len(found)}"
        if key not in found or (found[key].exposing is None and one.exposing is not None):
            found[key] = one
    return list(found.values())


def import_connections(path: Path, out: Path, *, start_ms: int, camp: Camp) -> Summary:
    """Writes the trace ``out``: each connection is of a subscriber of its own, each capture a cell.

    ``start_ms`` is the midnight before the first, as the table has only the time of day; ``camp``
    names the network and area. The cells are numbered from its ``cell``, or from 1.
    """
    summary = Summary()
    cells: dict[str, int] = {}
    values = []
    for number, one in enumerate(read_connections(path, summary)):
        cell = cells.setdefault(one.capture, (camp.cell or 1) + len(cells))
        base = {
            "ts": start_ms + round(one.at_s * 1000),
            "subscriber": f"connection-{number}",
            "source": "device",
            "rat": camp.rat,
            "mcc": camp.mcc or 1,
            "mnc": camp.mnc or 1,
            "area": camp.area or UNKNOWN_AREA,
            "cell": min(cell, UNKNOWN_CELL[camp.rat]),
        }
        values.append({**base, "procedure": "location_update"})
        if one.exposing:
            values.append({**base, "ts": int(str(base["ts"])) + 1, **_exposing(one.exposing)})
    values.sort(key=lambda value: int(str(value["ts"])))
    summary.messages = len(values)
    with TraceWriter(out) as trace:
        trace.write("cell.signalling", map(msgspec.json.encode, values))
    return summary


def _exposing(message: str) -> dict[str, str]:
    text = message.lower()
    if "identity" in text:
        return {"procedure": "identity_request", "identity_type": "imsi"}
    if "authentication" in text:
        return {"procedure": "authentication_reject", "outcome": "reject"}
    if "detach" in text:
        return {"procedure": "detach", "outcome": "abort"}
    procedures = {
        "attach": "attach",
        "tracking": "tracking_area_update",
        "service": "service_request",
    }
    named = (value for key, value in procedures.items() if key in text)
    return {"procedure": next(named, "location_update"), "outcome": "reject"}


def _message(row: dict[str, str]) -> NasMessage | None:
    """The message of a row of NAS events, decoded from the octets that its columns stand for."""
    kind = _whole(row.get("nas_msg_emm_type"))
    if kind is None or not 0 <= kind < 256:
        return None
    first = {
        0x55: _whole(row.get("id_type2")),
        0x5D: (_whole(row.get("toc")) or 0) << 4 | (_whole(row.get("toi")) or 0) & 7,
    }.get(kind, _whole(row.get("cause"), 10))
    # Only a phone switches itself off; of other detaches the table doesn't have the direction.
    uplink = kind != 0x45 or "switch-off" in row.get("info", "")
    message = decode_nas_eps(bytes([7, kind, (first or 0) & 0xFF, 0, 0]), uplink=uplink)
    if isinstance(message, str):
        return None
    mcc, mnc, tac = (_whole(row.get(name), 10) for name in ("mcc", "mnc", "tai_tac"))
    here = Area(mcc, mnc, tac) if mcc is not None and mnc is not None else None
    # The columns hold neither the kind of an update nor where the phone comes from.
    return replace(message, here=here, update_type=None)


def _rows(path: Path, summary: Summary) -> Iterator[dict[str, str]]:
    """Rows of a CSV table with a header, gzipped or not; a broken file ends early, counted."""
    data, fault = unpacked(path.read_bytes())
    text = data.decode("utf-8", "replace")
    try:
        for row in csv.DictReader(io.StringIO(text, newline="")):
            summary.packets += 1
            yield {name: value for name, value in row.items() if isinstance(value, str)}
    except csv.Error:
        fault = "broken_table"
    if fault:
        summary.leave_out(fault)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _whole(text: str | None, base: int = 0) -> int | None:
    try:
        return int(text or "", base)
    except ValueError:
        return None
