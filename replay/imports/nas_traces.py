"""A phone's signalling in a capture file, or in a table of decoded messages, as a trace.

Understood are pcap and pcapng files of link type 148 (plain NAS-EPS) and of GSMTAP in the links
that `replay.imports.link` unpacks. A table's columns are those of a published data set
(SysNetS/fbsdetector) as cut to samples; what can't be read in a row leaves it out, counted by
reason.
"""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from replay.imports.conversations import Camp, Summary, messages_of
from replay.imports.importing import accepted, refuse_nothing
from replay.imports.logs.rayhunter import read_rayhunter
from replay.imports.nas import Area, NasMessage, decode_nas_eps
from replay.imports.pcap import unpacked
from replay.imports.radio.reading import read_capture, reports_of
from replay.traces.trace_writer import TraceWriter
from streams.progress import each


def import_nas(
    pcap: Path,
    out: Path,
    *,
    subscriber: str,
    rat: str | None = None,
    mcc: int | None = None,
    mnc: int | None = None,
    area: int | None = None,
    cell: int | None = None,
) -> Summary:
    """Writes the trace ``out`` with what the phone or probe of ``pcap`` sent and received.

    Procedures become messages of `cell.signalling`, system information with a level reports of
    `cell.measurements`.

    ``rat`` replaces the RAT of the messages (UMTS shares GSM's). ``mcc`` and ``mnc``
    are for captures that don't name the network, ``area`` and ``cell`` for what is known of the
    place; else both are written as "not known". A broken file gives what could be read of it.
    Raises `replay.imports.importing.ImportFileError` where nothing in it can be used, `OSError`
    where a file can't be read or written, `replay.traces.trace_files.TraceError` where the folder
    holds another form of the same file.
    """
    summary, camp = Summary(), Camp("lte", mcc, mnc, area, cell)
    found = read_capture(pcap.read_bytes(), summary)
    messages = (
        (subscriber, replace(camp, rat=rat or one.rat), one.ts_ms, one.piece)
        for one in found.signalling
    )
    reports = reports_of(found.information, subscriber, summary)
    return _written(messages, pcap, out, summary, reports)


def read_nas(data: bytes, summary: Summary) -> Iterator[tuple[str, int, NasMessage]]:
    """RAT, time (ms) and content of each message in the bytes of a capture; never raises."""
    found = read_capture(data, summary)
    yield from ((one.rat, one.ts_ms, one.piece) for one in found.signalling)


@dataclass(frozen=True, slots=True)
class NasEvent:
    """One labelled message: the trace that it belongs to, its time, its fields, its label."""

    trace: str
    ts_ms: int
    message: NasMessage
    fake: bool


def read_nas_events(path: Path, summary: Summary) -> list[NasEvent]:
    """The messages of a table of NAS events, in its order."""
    events = []
    for row in rows_of(path, summary):
        message, at_s = _message(row), number_in(row.get("time_epoch"))
        if message is None or at_s is None:
            summary.leave_out("unreadable_row" if at_s is None else "no_known_field")
            continue
        fake = row.get("label_fbs") == "1"
        events.append(NasEvent(row.get("trace") or "", round(at_s * 1000), message, fake))
    return events


def import_nas_events(path: Path, out: Path, *, camp: Camp | None = None) -> Summary:
    """Writes the trace ``out`` with the messages of a table, a subscriber for each of its traces.

    Raises as `replay.imports.nas_traces.import_nas` does.
    """
    summary = Summary()
    events = read_nas_events(path, summary)
    messages = ((event.trace, camp or Camp(), event.ts_ms, event.message) for event in events)
    return _written(messages, path, out, summary)


def import_rayhunter(
    path: Path, out: Path, *, subscriber: str, plmn: tuple[int, int] | None = None
) -> Summary:
    """Writes the trace ``out`` with the messages that rayhunter's analysis knows of.

    ``plmn`` is the network where the analysis names none. Raises as `import_nas` does.
    """
    summary = Summary()
    camp = Camp("lte", *(plmn or (None, None)))
    found = read_rayhunter(path, summary)
    return _written(((subscriber, camp, *one) for one in found), path, out, summary)


def _written(
    messages: Iterable[tuple[str, Camp, int, NasMessage]],
    path: Path,
    out: Path,
    summary: Summary,
    reports: Sequence[dict[str, Any]] = (),
) -> Summary:
    """Writes the messages of each subscriber on each network, with their times (ms)."""
    grouped: dict[tuple[str, Camp], list[tuple[int, NasMessage]]] = {}
    for subscriber, camp, ts_ms, message in messages:
        grouped.setdefault((subscriber, camp), []).append((ts_ms, message))
    signalling = [
        message
        for (subscriber, camp), theirs in grouped.items()
        for message in messages_of(theirs, subscriber, camp, summary)
    ]
    found = {"cell.signalling": signalling, "cell.measurements": reports}
    values = {topic: accepted(topic, some, summary) for topic, some in found.items()}
    refuse_nothing(path, summary)
    with TraceWriter(out) as trace:
        for topic, some in values.items():
            if some:
                trace.write(topic, some)
    return summary


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


def rows_of(path: Path, summary: Summary) -> Iterator[dict[str, str]]:
    """Rows of a CSV table with a header, gzipped or not; a broken file ends early, counted."""
    data, fault = unpacked(path.read_bytes())
    text = data.decode("utf-8", "replace")
    try:
        rows = csv.DictReader(io.StringIO(text, newline=""))
        for row in each(rows, "import", unit=" rows"):
            summary.packets += 1
            yield {name: value for name, value in row.items() if isinstance(value, str)}
    except csv.Error:
        fault = "broken_table"
    if fault:
        summary.leave_out(fault)


def number_in(text: str | None) -> float | None:
    """The finite number that a text is, if it is one."""
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
