"""AMF: notifications of Namf_EventExposure (TS 29.518), to `cell.signalling`.

A line is the body of one notification (``AmfEventNotification``), as the AMF POSTs it to the
``eventNotifyUri`` of a subscription to REGISTRATION_STATE_REPORT, CONNECTIVITY_STATE_REPORT and
LOCATION_REPORT, with SUPIs.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tools.feeds.pseudonyms import pseudonym
from tools.feeds.sending import Message, run

TOPIC: Final = "cell.signalling"


def read(file: Path, left_out: Counter[str]) -> Iterator[Message]:
    """What the AMF has done with whom, where it says in which cell."""
    places: dict[str, Message] = {}
    for line in file.read_text("utf-8").splitlines():
        for report in json.loads(line).get("reportList", ()):
            # The AMF says where by a report of its own, or beside another.
            if location := report.get("location", {}).get("nrLocation"):
                places[report["supi"]] = _cell(location)
            procedure = _procedure(report)
            if procedure is None:
                left_out["that are no procedure"] += 1
            elif report["supi"] not in places:
                left_out["before the cell was known"] += 1
            else:
                yield {
                    "ts": int(datetime.fromisoformat(report["timeStamp"]).timestamp() * 1000),
                    "subscriber": pseudonym(report["supi"]),
                    "source": "core",
                    **places[report["supi"]],
                    "procedure": procedure,
                    "outcome": "accept",
                }


def _procedure(report: dict[str, Any]) -> str | None:
    """What must have run for the state to be that."""
    if report["type"] == "REGISTRATION_STATE_REPORT":
        states = {info["rmState"] for info in report.get("rmInfoList", ())}
        return "registration" if "REGISTERED" in states else "detach"
    if report["type"] == "CONNECTIVITY_STATE_REPORT":
        states = {info["cmState"] for info in report.get("cmInfoList", ())}
        return "service_request" if "CONNECTED" in states else None
    return None


def _cell(location: dict[str, Any]) -> Message:
    ncgi, tai = location["ncgi"], location["tai"]
    return {
        "rat": "nr",
        "mcc": int(ncgi["plmnId"]["mcc"]),
        "mnc": int(ncgi["plmnId"]["mnc"]),
        "area": int(tai["tac"], 16),
        "cell": int(ncgi["nrCellId"], 16),
    }


if __name__ == "__main__":
    run(TOPIC, read)
