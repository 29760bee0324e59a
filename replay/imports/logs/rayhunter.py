"""rayhunter's analysis (NDJSON): what its heuristics found in a hot spot's signalling.

Format: `analyzer.rs` of EFForg/rayhunter. The first line names the analyzers; each other line has
the time of a packet and, in the order of the analyzers, an event or null (report version 2), or
several packets (versions 0 and 1). An analysis is a digest: a message is made only of an event that
says which procedure ran in that very packet. Levels and places are not in it; the capture (pcapng)
that rayhunter keeps beside it holds more (`replay.imports.nas_traces`). Where the "Test Analyzer"
is on, its events name the cell.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from replay.imports.conversations import Summary
from replay.imports.logs.text_rows import lines_of, time_ms
from replay.imports.nas import Area, NasMessage

_CELL: Final = re.compile(
    r"SIB1 received CID: (\d{1,9}), TAC: (\d{1,5}), PLMN: (\d{3})-(\d{2,3})", re.ASCII
)
_DIAGNOSTIC: Final = re.compile(r"Diagnostic: E[MP][MS] ([A-Za-z ]+) \((\w*)", re.ASCII)
_IDENTITIES: Final = ("imsi", "imei", "imeisv", "tmsi")
#: Causes of EMM (TS 24.301, 9.9.3.9) by the names that rayhunter's decoder gives them.
_CAUSES: Final = {
    "IllegalUE": 3,
    "IllegalME": 6,
    "EPSServicesNotAllowed": 7,
    "EPSServicesAndNonEPSServicesNotAllowed": 8,
    "UEIdentityCannotBeDerivedByTheNetwork": 9,
    "PLMNNotAllowed": 11,
    "TrackingAreaNotAllowed": 12,
    "RoamingNotAllowedInThisTrackingArea": 13,
    "EPSServicesNotAllowedInThisPLMN": 14,
    "NoSuitableCellsInTrackingArea": 15,
    "RequestedServiceOptionNotAuthorizedInThisPLMN": 35,
}
_DIAGNOSED: Final[dict[str, Callable[[str], NasMessage]]] = {
    "Identity Request": lambda word: NasMessage(
        "identity_request", identity_type=word.lower() if word.lower() in _IDENTITIES else None
    ),
    "Attach Reject": lambda word: NasMessage("attach", "reject", cause=_CAUSES.get(word)),
    "Tracking Area Update Reject": lambda word: NasMessage(
        "tracking_area_update", "reject", cause=_CAUSES.get(word)
    ),
    "Service Reject": lambda word: NasMessage("service_request", "reject", cause=_CAUSES.get(word)),
    "Detach Request": lambda _: NasMessage("detach", "abort"),
}
#: Beginnings of other events, and the procedure that ran in their packet.
_EVENTS: Final = (
    ("NAS IMSI identity request detected", NasMessage("identity_request", identity_type="imsi")),
    ("Identity requested after auth request", NasMessage("identity_request")),
    ("Identity requested without Attach Request", NasMessage("identity_request")),
    ("NAS Security mode command requested null", NasMessage("security_mode", cipher="EEA0")),
    ("Cell suggested use of null cipher", NasMessage("security_mode", cipher="EEA0")),
    ("Detected 2G downgrade", NasMessage("redirect", target_rat="gsm")),
)


def read_rayhunter(path: Path, summary: Summary) -> Iterator[tuple[int, NasMessage]]:
    """Time (ms) and content of what an analysis knows of, in its order; its content never raises.

    Two analyzers that speak of one packet give one message.
    """
    lines = lines_of(path, summary)
    next(lines, None)
    for line in lines:
        if not line.strip():
            continue
        summary.packets += 1
        for at, events in _packets(line, summary):
            messages: dict[str | None, NasMessage] = {}
            for event in events:
                message = _message(event, summary)
                if message is not None:
                    same = messages.get(message.procedure)
                    messages[message.procedure] = _both(same, message) if same else message
            ts_ms = time_ms(at, datetime.fromisoformat) if messages else None
            if messages and ts_ms is None:
                summary.leave_out("without_time", len(messages))
                continue
            yield from ((ts_ms, message) for message in messages.values() if ts_ms is not None)


def _packets(line: str, summary: Summary) -> list[tuple[str, list[Any]]]:
    """The packets of a line: their time, and what the analyzers said of them."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        summary.leave_out("not_json")
        return []
    skipped = found.get("skipped_message_reasons", found.get("skipped_message_reason"))
    if skipped:
        count = len(skipped) if isinstance(skipped, list) else 1
        summary.leave_out("skipped_by_rayhunter", count)
    rows = found.get("analysis", [found] if "events" in found else [])
    packets = []
    for row in rows if isinstance(rows, list) else []:
        events = row.get("events") if isinstance(row, dict) else None
        if isinstance(events, list):
            at = row.get("packet_timestamp", row.get("timestamp"))
            packets.append((str(at), [event for event in events if isinstance(event, dict)]))
    return packets


def _message(event: dict[str, Any], summary: Summary) -> NasMessage | None:
    text = str(event.get("message"))
    if cell := _CELL.match(text):
        area = Area(int(cell[3]), int(cell[4]), int(cell[2]))
        return NasMessage(here=area, cell=int(cell[1]))
    if (known := _DIAGNOSTIC.match(text)) and known[1] in _DIAGNOSED:
        return _DIAGNOSED[known[1]](known[2])
    for beginning, message in _EVENTS:
        if text.startswith(beginning):
            return message
    summary.leave_out("no_known_field")
    return None


def _both(one: NasMessage, other: NasMessage) -> NasMessage:
    """One message with what both know, the first before the second."""
    empty = {f.name for f in fields(one) if getattr(one, f.name) is None}
    return replace(one, **{name: getattr(other, name) for name in empty})
