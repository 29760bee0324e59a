"""A scenario that is simulated and detected in seconds: a blaster in a village, and parts of it."""

from typing import Any

VILLAGE: dict[str, Any] = {
    "name": "village",
    "description": "A blaster parks in a village.",
    "start_ms": 1748916000000,
    "duration_s": 600,
    "city": {"centre_lat_deg": 30.6, "centre_lon_deg": 104.0, "size_m": 2500},
    "operators": [{"mcc": 460, "mnc": 0, "share": 1.0}],
    "people": {"phones": 160},
    "rogues": [
        {
            "id": "van",
            "place": {"mode": "parked", "at_m": [200, -100]},
            "active_s": [[120, 420]],
            "claims": [0],
            "identity": {"mode": "fixed"},
        }
    ],
}
#: The same without anybody rogue, smaller and shorter.
HAMLET: dict[str, Any] = {
    **VILLAGE,
    "name": "hamlet",
    "description": "Nobody rogue.",
    "duration_s": 60,
    "city": {**VILLAGE["city"], "size_m": 1000},
    "people": {"phones": 20},
    "rogues": [],
}
