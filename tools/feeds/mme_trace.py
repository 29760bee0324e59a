"""MME: a trace file of subscriber and equipment trace (XML of TS 32.423), to `cell.signalling`.

Taken are NAS messages whose IEs the MME has decoded (trace depth medium), by the names of messages
and IEs in TS 24.301 and of the cell's in TS 36.413. A request and its answer become one message.
"""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tools.feeds.pseudonyms import pseudonym
from tools.feeds.sending import Message, run

TOPIC: Final = "cell.signalling"
_NS: Final = "{http://www.3gpp.org/ftp/specs/archive/32_series/32.423#traceData}"
#: Messages that begin a procedure, and that end one.
_BEGIN: Final = {
    "ATTACH REQUEST": "attach",
    "TRACKING AREA UPDATE REQUEST": "tracking_area_update",
    "SERVICE REQUEST": "service_request",
    "SECURITY MODE COMMAND": "security_mode",
}
_END: Final = {
    "ATTACH ACCEPT": ("attach", "accept"),
    "ATTACH REJECT": ("attach", "reject"),
    "TRACKING AREA UPDATE ACCEPT": ("tracking_area_update", "accept"),
    "TRACKING AREA UPDATE REJECT": ("tracking_area_update", "reject"),
    "SERVICE REJECT": ("service_request", "reject"),
    "SECURITY MODE COMPLETE": ("security_mode", "accept"),
    "SECURITY MODE REJECT": ("security_mode", "reject"),
}
#: Messages that are a procedure of their own.
_SINGLE: Final = {
    "IDENTITY REQUEST": "identity_request",
    "AUTHENTICATION REQUEST": "authentication_request",
    "AUTHENTICATION FAILURE": "authentication_failure",
    "AUTHENTICATION REJECT": "authentication_reject",
    "DETACH REQUEST": "detach",
    "PAGING": "paging",
}
_UPDATES: Final = {
    "TA updating": "normal",
    "combined TA/LA updating": "combined",
    "combined TA/LA updating with IMSI attach": "combined",
    "periodic updating": "periodic",
}


def read(file: Path, left_out: Counter[str]) -> Iterator[Message]:
    """The procedures of a file, session by session, in the order in which they began."""
    root = ET.parse(file).getroot()
    begun = root.find(f"{_NS}fileHeader/{_NS}traceCollec")
    assert begun is not None
    begin_ms = int(datetime.fromisoformat(begun.attrib["beginTime"]).timestamp() * 1000)
    for session in root.iter(f"{_NS}traceRecSession"):
        ue = session.find(f"{_NS}ue")
        if ue is None:
            left_out["of sessions without a subscriber"] += len(session.findall(f"{_NS}msg"))
            continue
        yield from _procedures(session, begin_ms, pseudonym(ue.attrib["idValue"]), left_out)


def _procedures(
    session: ET.Element, begin_ms: int, subscriber: str, left_out: Counter[str]
) -> list[Message]:
    found: list[Message] = []
    waiting: dict[str, Message] = {}
    cell: Message = {}
    for msg in session.iter(f"{_NS}msg"):
        name, values = msg.attrib["name"].upper(), _values(msg)
        cell = _cell(values) or cell
        procedure, outcome = _END.get(name, (None, None))
        if procedure in waiting:
            waiting.pop(procedure).update(
                outcome=outcome, cause=_number(values, "EMM cause"), **_algorithms(values)
            )
        elif (procedure := _BEGIN.get(name) or _SINGLE.get(name)) and cell:
            ts = begin_ms + round(1000 * float(msg.attrib["changeTime"]))
            who = {"ts": ts, "subscriber": subscriber, "source": "core", "rat": "lte"}
            message = who | cell | {"procedure": procedure} | _details(values)
            found.append(message)
            if name in _BEGIN:
                waiting[procedure] = message
        else:
            left_out["of other kinds, or before the cell was known"] += 1
    return found


def _values(msg: ET.Element) -> dict[str, Any]:
    """The IEs of a message by name; a group's are a dictionary."""
    single = {ie.attrib["name"]: (ie.text or "").strip() for ie in msg.findall(f"{_NS}ie")}
    groups = {
        group.attrib["name"]: {
            ie.attrib["name"]: (ie.text or "").strip() for ie in group.iter(f"{_NS}ie")
        }
        for group in msg.findall(f"{_NS}ieGroup")
    }
    return single | groups


def _cell(values: dict[str, Any]) -> Message:
    """Where it ran, by what the base station put beside the NAS message."""
    if "TAI" not in values or "E-UTRAN CGI" not in values:
        return {}
    tai, cgi = values["TAI"], values["E-UTRAN CGI"]
    network = {"mcc": int(cgi["MCC"]), "mnc": int(cgi["MNC"])}
    return network | {"area": int(tai["TAC"]), "cell": int(cgi["Cell Identity"])}


def _details(values: dict[str, Any]) -> Message:
    old = values.get("Last visited registered TAI", {})
    lai = values.get("Old location area identification", {})
    return {
        "update_type": _UPDATES.get(values.get("EPS update type", "")),
        "old_mcc": _number(old, "MCC"),
        "old_mnc": _number(old, "MNC"),
        "old_area": _number(old, "TAC"),
        "old_rat": "lte" if old else None,
        "old_lai_area": _number(lai, "LAC"),
        "identity_type": values.get("Identity type", "").lower() or None,
        "cause": _number(values, "EMM cause"),
        **_algorithms(values),
    }


def _algorithms(values: dict[str, Any]) -> Message:
    chosen = values.get("Selected NAS security algorithms", {})
    names = {"cipher": "Type of ciphering algorithm", "integrity": "Type of integrity algorithm"}
    return {field: chosen[name] for field, name in names.items() if name in chosen}


def _number(values: dict[str, Any], name: str) -> int | None:
    return int(values[name]) if name in values else None


if __name__ == "__main__":
    run(TOPIC, read)
