"""Alerts, and what provinces put up of them, for tests."""

from typing import Any

from detectors.alert.record import Alert, AlertNumber, Evidence
from detectors.rollup.province import Province
from detectors.rollup.records import Campaign, Mark, Window
from detectors.rollup.sketch import Sketch

HOUR, DAY = 3_600_000, 86_400_000
T0 = 1_748_916_000_000 // HOUR * HOUR


def alert(name: str = "a", revision: int = 1, **other: Any) -> Alert:
    numbers = other.pop("numbers", ["n1"])
    roles = other.pop("roles", {})
    rules = other.pop("rules", ["caller_rate", "spoofed_ingress"])
    given = {
        "alert_id": name,
        "revision": revision,
        "status": "open",
        "ts": T0 + 1000,
        "first_seen": T0,
        "last_seen": T0 + 500,
        "kind": "scam_campaign",
        "identities": [],
        "probability": 0.9,
        "severity": "high",
        **dict.fromkeys(("position", "region", "radius_m", "track", "speed_mps", "bearing_deg")),
        "region_level": 0.9,
        "devices": 5,
        "reports": 9,
        "evidence": [Evidence(rule, 1, 3.0, 1, T0, T0, "") for rule in rules],
        "headline": "",
        "numbers": [
            AlertNumber(one, "8613", "mobile", roles.get(one, "caller")) for one in numbers
        ],
        "calls": ["c1"],
    }
    return Alert(**(given | other))


def named(number: str) -> str | None:
    return f"N-{number}"


def province(name: str = "east") -> Province:
    return Province(name, 14 * DAY)


def campaign(province: str, name: str, *numbers: str, **other: Any) -> Campaign:
    found = Province(province, 14 * DAY).take(
        alert(name, numbers=numbers, **other), lambda one: one
    )
    assert found is not None
    return found[0]


def window(
    province: str, version: int, names: list[str], start: int = T0, as_of: int = T0
) -> Window:
    return Window(
        province=province,
        start=start,
        length_s=3600,
        group="wangiri",
        version=version,
        as_of=as_of,
        alerts=1,
        people=2,
        suspects=Sketch(names).bytes(),
        calls=Sketch().bytes(),
    )


def mark(province: str, number: str, by: str = "app", ts: int = T0, **other: Any) -> Mark:
    given = {"mark": "fraud", "count": 3, "valid_until": T0 + DAY}
    return Mark(province=province, number=number, by=by, ts=ts, **(given | other))
