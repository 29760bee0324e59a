"""What a phone or probe recorded, in a capture, a table or an analysis, as a trace.

Captures are pcap and pcapng files of the links that `replay.imports.link` unpacks. A table's
columns are those of a published data set (SysNetS/fbsdetector) as cut to samples; what can't be
read in a row leaves it out, counted by reason. The analysis is rayhunter's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from replay.imports.conversations import Camp, Summary, messages_of
from replay.imports.importing import accepted, refuse_nothing
from replay.imports.logs.rayhunter import read_rayhunter
from replay.imports.logs.text_rows import Row, number, rows_of
from replay.imports.nas import Area, NasMessage, decode_nas_eps
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
    for row in each(rows_of(path, summary, ","), "import", unit=" rows"):
        message, at_s = _message(row), number(row["time_epoch"])
        if message is None or at_s is None:
            summary.leave_out("unreadable_row" if at_s is None else "no_known_field")
            continue
        fake = row["label_fbs"] == "1"
        events.append(NasEvent(row["trace"], round(at_s * 1000), message, fake))
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


def _message(row: Row) -> NasMessage | None:
    """The message of a row of NAS events, decoded from the octets that its columns stand for."""
    kind = _whole(row["nas_msg_emm_type"])
    if kind is None or not 0 <= kind < 256:
        return None
    first = {
        0x55: _whole(row["id_type2"]),
        0x5D: (_whole(row["toc"]) or 0) << 4 | (_whole(row["toi"]) or 0) & 7,
    }.get(kind, _whole(row["cause"], 10))
    # Only a phone switches itself off; of other detaches the table doesn't have the direction.
    uplink = kind != 0x45 or "switch-off" in row["info"]
    message = decode_nas_eps(bytes([7, kind, (first or 0) & 0xFF, 0, 0]), uplink=uplink)
    if isinstance(message, str):
        return None
    mcc, mnc, tac = (_whole(row[name], 10) for name in ("mcc", "mnc", "tai_tac"))
    here = Area(mcc, mnc, tac) if mcc is not None and mnc is not None else None
    # The columns hold neither the kind of an update nor where the phone comes from.
    return replace(message, here=here, update_type=None)


def _whole(text: str, base: int = 0) -> int | None:
    try:
        return int(text, base)
    except ValueError:
        return None
