"""MDT: logged measurements (TS 37.320) as a decoder of RRC leaves them, to `cell.measurements`.

A line is one ``logMeasReport`` of a UEInformationResponse, in JSON by the names of its ASN.1:
``logMeasReport-r10`` (LTE, TS 36.331) or ``logMeasReport-r16`` (NR, TS 38.331). The trace reference
and the trace recording session reference (TS 32.422) are all that names the phone.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tools.feeds.pseudonyms import pseudonym
from tools.feeds.sending import Message, run

TOPIC: Final = "cell.measurements"
#: A TAC that is not known (TS 23.003): LTE's reports name the cell without it.
_NO_AREA: Final = 0xFFFE


def read(file: Path, left_out: Counter[str]) -> Iterator[Message]:
    """The reports of a file, one message for each place and time."""
    for line in file.read_text("utf-8").splitlines():
        whole = json.loads(line)
        rat, report = (
            ("lte", whole["logMeasReport-r10"])
            if "logMeasReport-r10" in whole
            else ("nr", whole["logMeasReport-r16"])
        )
        field = "-r10" if rat == "lte" else "-r16"
        begun_ms = _absolute_ms(report[f"absoluteTimeStamp{field}"])
        session = report[f"traceReference{field}"], report[f"traceRecordingSessionRef{field}"]
        device = pseudonym(json.dumps(session, sort_keys=True))
        for each in report[f"logMeasInfoList{field}"]:
            if f"servCellIdentity{field}" not in each:
                left_out["without a serving cell"] += 1
                continue
            ts = begun_ms + 1000 * each[f"relativeTimeStamp{field}"]
            measured = _lte(each) if rat == "lte" else _nr(each)
            yield {"ts": ts, "device": device, **_place(each, field), "rat": rat, **measured}


def _lte(each: dict[str, Any]) -> Message:
    cell, own = each["servCellIdentity-r10"], each["measResultServCell-r10"]
    neighbours = each.get("measResultNeighCells-r10", {}).get("measResultListEUTRA-r10", ())
    return {
        **_plmn(cell["plmn-Identity"]),
        "area": _NO_AREA,
        "cell": int(cell["cellIdentity"], 2),
        "signal_dbm": _rsrp_lte(own["rsrpResult-r10"]),
        "quality_db": own["rsrqResult-r10"] / 2 - 19.75,
        "neighbours": [
            {
                **{"rat": "lte", "arfcn": carrier["carrierFreq-r9"], "pci": one["physCellId"]},
                "signal_dbm": _rsrp_lte(one["measResult"]["rsrpResult"]),
            }
            for carrier in neighbours
            for one in carrier["measResultList-r9"]
            if "rsrpResult" in one["measResult"]
        ],
    }


def _nr(each: dict[str, Any]) -> Message:
    cell = each["servCellIdentity-r16"]
    own = each["measResultServingCell-r16"]["resultsSSB-Cell"]
    return {
        **_plmn(cell["plmn-Identity-r16"]),
        "area": int(cell["trackingAreaCode-r16"], 2),
        "cell": int(cell["cellIdentity-r16"], 2),
        "signal_dbm": own["rsrp"] - 156.5,
        "quality_db": own["rsrq"] / 2 - 43.25 if "rsrq" in own else None,
    }


def _rsrp_lte(result: int) -> float:
    """The middle of the step that ``RSRP-Range`` means (TS 36.133 table 9.1.4-1), in dBm."""
    return result - 140.5


def _plmn(identity: dict[str, list[int]]) -> Message:
    mcc, mnc = ("".join(map(str, identity[part])) for part in ("mcc", "mnc"))
    return {"mcc": int(mcc), "mnc": int(mnc)}


def _place(each: dict[str, Any], field: str) -> Message:
    """The shape as it was decoded (TS 37.355): an ellipsoid point with an uncertainty circle."""
    location = each.get(f"locationInfo{field}", {})
    shapes = location.get(f"locationCoordinates{field}", {})
    point = shapes.get("ellipsoidPointWithUncertaintyCircle-r11")
    if point is None:
        return {}
    north = 1 if point["latitudeSign"] == "north" else -1
    velocity = location.get("horizontalVelocity-r10", {})
    return {
        "lat": round(north * point["degreesLatitude"] * 90 / 2**23, 6),
        "lon": round(point["degreesLongitude"] * 360 / 2**24, 6),
        # TS 23.032 6.2.
        "accuracy_m": round(10 * (1.1 ** point["uncertainty"] - 1), 1),
        "position_source": "gnss" if f"gnss-TOD-msec{field}" in location else "network",
        "speed_mps": velocity["horizontalSpeed"] / 3.6 if velocity else None,
        "bearing_deg": velocity["bearing"] if velocity else None,
    }


def _absolute_ms(stamp: str) -> int:
    """``AbsoluteTimeInfo``: YYMMDDhhmmss, in decimal digits of four bits each, UTC."""
    digits = f"{int(stamp, 2):012x}"
    return int(datetime.strptime(digits, "%y%m%d%H%M%S").replace(tzinfo=UTC).timestamp() * 1000)


if __name__ == "__main__":
    run(TOPIC, read)
