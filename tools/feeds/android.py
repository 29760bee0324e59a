"""App: what `TelephonyManager.requestCellInfoUpdate` gives an app, to `cell.measurements`.

A line is one scan as the app's SDK writes it: the time, the position (`android.location.Location`)
and the list of `CellInfo`, each by the names of its getters. In an app this runs in the app itself,
which POSTs what comes out; here it reads a file of scans.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tools.feeds.pseudonyms import pseudonym
from tools.feeds.sending import Message, run

TOPIC: Final = "cell.measurements"
#: `CellInfo.UNAVAILABLE` and `UNAVAILABLE_LONG`.
_UNAVAILABLE: Final = (2**31 - 1, 2**63 - 1)
#: By class: RAT; getters of area, cell, channel and code; of level and quality.
_KINDS: Final = {
    "CellInfoGsm": ("gsm", ("lac", "cid", "arfcn", "bsic"), ("rssi", "")),
    "CellInfoWcdma": ("umts", ("lac", "cid", "uarfcn", "psc"), ("dbm", "ecNo")),
    "CellInfoLte": ("lte", ("tac", "ci", "earfcn", "pci"), ("rsrp", "rsrq")),
    "CellInfoNr": ("nr", ("tac", "nci", "nrarfcn", "pci"), ("ssRsrp", "ssRsrq")),
}
_SOURCES: Final = {"gps": "gnss", "network": "network"}
#: Metres in a microsecond, in which Android gives NR's timing advance.
_MICROSECOND_M: Final = 299.79
_MOST_STEPS: Final = {"gsm": 63, "lte": 1282, "nr": 3846}


def read(file: Path, left_out: Counter[str]) -> Iterator[Message]:
    """A message for each cell that serves the phone, with what else it received beside."""
    for line in file.read_text("utf-8").splitlines():
        scan = json.loads(line)
        if scan["location"].get("isMock"):
            left_out["with a made-up position"] += 1
            continue
        known = [info for info in scan["cellInfo"] if info["type"] in _KINDS]
        serving = [_cell(info) for info in known if info["isRegistered"]]
        others = [_whole(_cell(info)) for info in known if not info["isRegistered"]]
        for cell in serving:
            if any(cell[name] is None for name in ("mcc", "mnc", "area", "cell", "signal_dbm")):
                left_out["without an identity or a level"] += 1
                continue
            # `timestampMillis` is of the clock since the phone was switched on.
            age_ms = scan["elapsedRealtimeMillis"] - cell.pop("measured")
            yield {
                "ts": scan["currentTimeMillis"] - age_ms,
                "device": pseudonym(scan["installationId"]),
                **_place(scan["location"]),
                **cell,
                "neighbours": [
                    {name: value for name, value in other.items() if name in _NEIGHBOUR}
                    for other in others
                    if other["rat"] == cell["rat"]
                ],
            }


_NEIGHBOUR: Final = ("rat", "mcc", "mnc", "area", "cell", "arfcn", "pci", "signal_dbm")


def _cell(info: dict[str, Any]) -> Message:
    rat, names, (level, quality) = _KINDS[info["type"]]
    identity, strength = info["cellIdentity"], info["cellSignalStrength"]
    area, cell, arfcn, pci = (_known(identity, name) for name in names)
    advance = _known(strength, "timingAdvanceMicros" if rat == "nr" else "timingAdvance")
    in_range = advance is not None and advance <= _MOST_STEPS.get(rat, -1)
    return {
        "rat": rat,
        "mcc": int(identity["mccString"]) if identity.get("mccString") else None,
        "mnc": int(identity["mncString"]) if identity.get("mncString") else None,
        **{"area": area, "cell": cell, "arfcn": arfcn, "pci": pci},
        "signal_dbm": _known(strength, level),
        "quality_db": _known(strength, quality),
        "timing_advance": advance if in_range else None,
        "ta_step_m": _MICROSECOND_M if in_range and rat == "nr" else None,
        "measured": info["timestampMillis"],
    }


def _known(values: dict[str, Any], name: str) -> Any:
    value = values.get(name)
    return None if value in _UNAVAILABLE else value


def _whole(cell: Message) -> Message:
    return {name: value for name, value in cell.items() if value is not None}


def _place(location: dict[str, Any]) -> Message:
    return {
        "lat": location["latitude"],
        "lon": location["longitude"],
        "accuracy_m": location.get("accuracy"),
        "position_source": _SOURCES.get(location["provider"]),
        "speed_mps": location.get("speed"),
        "bearing_deg": location.get("bearing"),
        "altitude_m": location.get("altitude"),
    }


if __name__ == "__main__":
    run(TOPIC, read)
