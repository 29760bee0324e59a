"""Alerts of the golden traces, and what may become of each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from detectors.alert.record import Alert
from detectors.model.rare_messages import RuledOut
from field.formats.words.text import headline

ROOT = Path(__file__).parents[2]
#: What may become of any alert.
FATES: tuple[dict[str, Any], ...] = (
    {},
    {"status": "closed"},
    {"status": "closed", "verdict": "false_alarm"},
    {"status": "closed", "verdict": "legitimate_cell", "probability": 0.999},
    {"status": "closed", "verdict": "confirmed"},
    {
        "status": "closed",
        "closed_because": "ruled_out",
        "ruled_out_before": RuledOut("a" * 32, "false_alarm", 0, 288.0),
    },
    {"status": "closed", "verdict": "not_found", "speed_mps": 6.4, "bearing_deg": 47},
    {"speed_mps": 0.6, "bearing_deg": None},
    {"speed_mps": 8.0, "bearing_deg": None},
    {"speed_mps": 8.0, "bearing_deg": 200},
    {"position": None, "region": None, "radius_m": None, "track": None},
    {"devices": 1, "reports": 1},
    {"kind": "a_new_kind", "severity": "info", "identities": []},
)


def golden() -> list[Alert]:
    """The alerts of the golden traces, as the pipeline made them."""
    found: list[Alert] = []
    for path in sorted((ROOT / "tests" / "golden").glob("*.alerts.json")):
        found += msgspec.json.decode(path.read_bytes(), type=list[Alert])
    return found


def fates_of(alert: Alert) -> Iterator[Alert]:
    """An alert as it is, and as it might become."""
    for fate in FATES:
        over = {"forecast": None, "measure_next": None} if fate.get("status") == "closed" else {}
        changed = msgspec.structs.replace(alert, **(fate | over))
        if "devices" in fate:
            ones = [msgspec.structs.replace(one, devices=1) for one in alert.evidence]
            changed = msgspec.structs.replace(changed, evidence=ones)
        yield msgspec.structs.replace(changed, headline=headline(changed, "en"))
