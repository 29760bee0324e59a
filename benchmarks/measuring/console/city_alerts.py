"""Alerts of a made-up evening in Beijing, as a worker would have raised them: for pictures of the
console's page and for measuring it. Times are relative to a moment that the caller gives.
"""

import math
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import msgspec

from detectors.alert.record import Alert, Considered, Evidence, Measure
from detectors.incident.position import Ahead
from detectors.model.finding import Identity
from field.formats.words.text import explain, headline

EARTH_M: Final = 6_371_008.8
MINUTE_MS: Final = 60_000
CENTRE: Final = (39.9219, 116.4435)
_CORNERS: Final = 40
SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
_CHANCE: Final = {"critical": 0.985, "high": 0.93, "medium": 0.81, "low": 0.62, "info": 0.34}


def onward(lat: float, lon: float, bearing_deg: float, metres: float) -> tuple[float, float]:
    """The place so far away in that direction; flat, good for some kilometres."""
    angle = math.radians(bearing_deg)
    north, east = metres * math.cos(angle), metres * math.sin(angle)
    there = lat + math.degrees(north / EARTH_M)
    return there, lon + math.degrees(east / (EARTH_M * math.cos(math.radians(lat))))


def blob(
    lat: float, lon: float, along_m: float, across_m: float, turn_deg: float
) -> dict[str, Any]:
    """An ellipse as a GeoJSON Polygon."""
    ring = []
    for corner in range(_CORNERS):
        angle = 2.0 * math.pi * corner / _CORNERS
        x, y = along_m * math.cos(angle), across_m * math.sin(angle)
        y2, x2 = onward(lat, lon, turn_deg - math.degrees(math.atan2(y, x)), math.hypot(x, y))
        ring.append([round(x2, 6), round(y2, 6)])
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def evidence(now_ms: int, who: Identity, minutes: float, few: bool = False) -> list[Evidence]:
    """What stands behind a fake base station: phones from odd areas, an unknown cell, its level."""
    first, last = now_ms - int(minutes * MINUTE_MS), now_ms - 20_000
    shown = [
        Evidence(
            "unknown_cell",
            4,
            4.1,
            57,
            first,
            last,
            "",
            23,
            who,
            {"grade": "unknown_area", "heard_only": 0},
        ),
        Evidence(
            "unknown_old_area",
            3,
            3.2,
            31,
            first,
            last,
            "",
            19,
            who,
            {"procedure": "location_update", "stayed": 1},
        ),
        Evidence(
            "odd_level",
            5,
            1.4,
            22,
            first,
            last,
            "",
            14,
            who,
            {"level_dbm": -51.0, "expected_dbm": -83.5, "excess_db": 32.5},
        ),
        Evidence(
            "security_downgrade",
            2,
            0.9,
            6,
            first,
            last,
            "",
            5,
            who,
            {"algorithm": "A5/0"},
        ),
    ]
    # In the words that the product has for it.
    worded = [msgspec.structs.replace(one, explanation=explain(one, "en")) for one in shown]
    return worded[:2] if few else worded


def alert(
    name: str,
    now_ms: int,
    severity: str,
    lat: float,
    lon: float,
    who: Identity,
    *,
    kind: str = "fake_base_station",
    minutes: float = 12.0,
    ago_s: float = 30.0,
    reach_m: float = 320.0,
    revision: int = 1,
    status: Any = "open",
    heading_deg: float | None = None,
    speed_mps: float | None = None,
    rich: bool = False,
) -> Alert:
    """One alert; with ``heading_deg`` and ``speed_mps`` it drives and has a track and forecast."""
    seen = now_ms - int(ago_s * 1000.0)
    moving = heading_deg is not None and speed_mps is not None
    track, ahead = None, None
    if heading_deg is not None and speed_mps is not None:
        track = _track(lat, lon, heading_deg, speed_mps, seen, 14)
        there = onward(lat, lon, heading_deg + 8.0, speed_mps * 120.0)
        region = blob(*there, 620.0, 330.0, heading_deg)
        ahead = Ahead(seen + 2 * MINUTE_MS, *there, region)
    next_ = onward(lat, lon, 200.0, 900.0)
    made = Alert(
        alert_id=name,
        revision=revision,
        status=status,
        ts=seen + 900,
        first_seen=now_ms - int(minutes * MINUTE_MS),
        last_seen=seen,
        kind=kind,
        identities=[who],
        probability=_CHANCE[severity],
        severity=severity,
        position={"lat": round(lat, 6), "lon": round(lon, 6)},
        region=blob(lat, lon, reach_m, reach_m * 0.62, (heading_deg or 35.0)),
        region_50=blob(lat, lon, reach_m * 0.48, reach_m * 0.3, (heading_deg or 35.0)),
        region_level=0.9,
        radius_m=reach_m,
        track=track,
        speed_mps=speed_mps if moving else None,
        bearing_deg=heading_deg if moving else None,
        devices=23 if rich else 9,
        reports=116 if rich else 31,
        evidence=evidence(now_ms, who, minutes, few=not rich),
        headline="",
        considered=[
            Considered(
                "F7", "a repeater that was switched on would be as loud", 0.35, ["odd_level"]
            )
        ]
        if rich
        else [],
        forecast=ahead,
        measure_next=Measure(round(next_[0], 6), round(next_[1], 6), "bearing", 0.41)
        if rich
        else None,
    )
    return msgspec.structs.replace(made, headline=headline(made, "en"))


def _track(
    lat: float, lon: float, heading_deg: float, speed_mps: float, until_ms: int, fixes: int
) -> list[tuple[int, float, float]]:
    """Where it came from, along a road that bends; oldest first."""
    found = [(until_ms, round(lat, 6), round(lon, 6))]
    for back in range(1, fixes):
        bend = heading_deg + 180.0 + (28.0 if back > 5 else 0.0) + (40.0 if back > 9 else 0.0)
        lat, lon = onward(lat, lon, bend, speed_mps * 20.0)
        found.append((until_ms - back * 20_000, round(lat, 6), round(lon, 6)))
    return found[::-1]


def evening(now_ms: int) -> list[Alert]:
    """Seven alerts in several states of severity and movement, the most pressing first."""
    lat, lon = CENTRE
    gsm = Identity("gsm", 460, 0, 34_817, 20_113, 62, 41)
    lte = Identity("lte", 460, 11, 4_122, 187_420_673, 1_650, 213)
    places = [onward(lat, lon, angle, far) for angle, far in ((75, 300), (310, 3100), (170, 2700))]
    places += [
        onward(lat, lon, angle, far) for angle, far in ((235, 4200), (20, 4300), (100, 3900))
    ]
    places += [onward(lat, lon, 265, 1900)]
    more = [
        Identity("gsm", 460, 1, 9_999, 1, 512, 7),
        Identity("lte", 460, 0, 4_100, 100_000_041, 1_300, 88),
        Identity("nr", 460, 11, 70_211, 9_044_551_002, 504_990, 402),
        Identity("gsm", 460, 0, 21_004, 443, 71, 12),
        Identity("umts", 460, 1, 40_960, 51_300_112, 10_713, 301),
    ]
    rows: list[dict[str, Any]] = [
        {"severity": "critical", "who": gsm, "kind": "sms_spammer", "heading_deg": 62.0}
        | {"speed_mps": 7.4, "minutes": 26.0, "ago_s": 14.0, "rich": True, "revision": 9},
        {"severity": "high", "who": lte, "kind": "imsi_catcher", "reach_m": 190.0, "rich": True},
        {"severity": "high", "who": more[0], "minutes": 41.0, "ago_s": 150.0, "reach_m": 410.0},
        {"severity": "medium", "who": more[1], "kind": "cloned_cell", "reach_m": 150.0},
        {"severity": "medium", "who": more[2], "reach_m": 520.0, "ago_s": 320.0},
        {"severity": "low", "who": more[4], "reach_m": 780.0, "ago_s": 480.0, "minutes": 30.0},
        {"severity": "high", "who": more[3], "ago_s": 560.0, "minutes": 130.0, "status": "closed"},
    ]
    return [
        alert(f"{at + 1:032x}", now_ms, lat=place[0], lon=place[1], **row)
        for at, (place, row) in enumerate(zip(places, rows, strict=True))
    ]


def many(count: int, now_ms: int, seed: int = 1) -> Iterator[Alert]:
    """So many alerts all over a country, of the last thirty days."""
    draw = Random(seed)
    for number in range(count):
        severity = draw.choices(SEVERITIES, (1, 6, 15, 40, 38))[0]
        rat = draw.choice(("gsm", "lte", "lte", "nr"))
        who = Identity(rat, 460, draw.choice((0, 1, 11)), draw.randrange(1, 65_000), number + 1)
        ago_s = draw.random() * 30 * 86_400
        yield alert(
            f"{seed:08x}{number:024x}",
            now_ms,
            severity,
            draw.uniform(22.0, 42.0),
            draw.uniform(100.0, 121.0),
            who,
            minutes=ago_s / 60.0 + 20.0,
            ago_s=ago_s,
            status="open" if ago_s < 7200 else "closed",
        )
