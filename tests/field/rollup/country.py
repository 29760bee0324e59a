"""A nation of two provinces without a broker: topics are lists, a mirror is a name before one."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from detectors.alert.record import Alert, AlertNumber, Evidence
from field.rollup.nationwide import Nationwide
from field.rollup.upwards import Upwards
from streams.config.settings import Settings, load_settings
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import load_key

NATIONAL_KEY = "0123456789abcdef" * 4
KEYS = {"east": "key of the east, " * 2 + "E", "west": "key of the west, " * 2 + "W"}
ONE, OTHER = "13812345678", "13900000001"
NOW, DAY = 1_764_500_000_000, 86_400_000
UNTIL = NOW + 7 * DAY


@dataclass
class Record:
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    timestamp: int = NOW
    offset: int = 0


def settings_of(place: str) -> Settings:
    return load_settings(env={"CELLHOUND__ROLLUP__PROVINCE": place})


def hasher_of(place: str, **env: str) -> Hasher:
    given = {"CELLHOUND_KEY": KEYS[place], "CELLHOUND_NATIONAL_KEY": NATIONAL_KEY}
    return load_key(given | env).hasher()


class Country:
    """The topics of all clusters, and what reads and writes them."""

    def __init__(self) -> None:
        self.topics: dict[str, dict[str, list[Record]]] = {
            place: {} for place in (*KEYS, "national")
        }
        self.begin()

    def begin(self) -> None:
        """All programs begin anew, and read all."""
        self.sides: dict[str, Any] = {p: Upwards(settings_of(p), hasher_of(p)) for p in KEYS}
        self.sides["national"] = Nationwide(settings_of("none"))
        self._read: dict[tuple[str, str], int] = {}

    def put(self, place: str, topic: str, *records: Record) -> None:
        self.topics[place].setdefault(topic, []).extend(records)

    def pass_on(self, now_ms: int = NOW, only: tuple[str, ...] = (*KEYS, "national")) -> int:
        """Each program reads and writes once; how many records that were, without marks of
        progress."""
        written = 0
        for place in only:
            side = self.sides[place]
            wanted = side.wants if place == "national" else self._wants(side)
            for topic, records in self.topics[place].items():
                if wanted(topic):
                    first = self._read.get((place, topic), 0)
                    self._read[place, topic] = len(records)
                    side.take(topic, 0, records[first:])
            for each in list(side.news(now_ms)):
                side.written(each)
                written += each.key != b"progress"
                self._write(place, each.topic, Record(each.key, each.value, timestamp=now_ms))
        return written

    def newest(self, place: str, topic: str) -> dict[str, Any]:
        found = {one.key.decode(): one.value for one in self.topics[place].get(topic, [])}
        return {key: json.loads(value) for key, value in found.items() if value is not None}

    def _wants(self, side: Upwards) -> Callable[[str], bool]:
        own = {"fbs.alerts", "number.reputation", "rollup.windows", "rollup.campaigns"}
        return (own | {"rollup.reputation", side.down}).__contains__

    def _write(self, place: str, topic: str, record: Record) -> None:
        self.put(place, topic, record)
        if place != "national" and topic.startswith("rollup."):
            self.put("national", f"{place}.{topic}", record)
        elif topic == "national.reputation":
            for province in KEYS:
                self.put(province, f"national.{topic}", record)


def alert(place: str, name: str, numbers: list[str], revision: int = 1, **other: Any) -> Record:
    hash_of = hasher_of(place).sender
    given: dict[str, Any] = {
        "alert_id": name,
        "revision": revision,
        "status": "open",
        **dict.fromkeys(("ts", "first_seen", "last_seen"), NOW),
        "kind": "scam_campaign",
        "identities": [],
        "probability": 0.93,
        "severity": "high",
        **dict.fromkeys(("position", "region", "radius_m", "track", "speed_mps", "bearing_deg")),
        "region_level": 0.9,
        "devices": 3,
        "reports": 40,
        "evidence": [Evidence("caller_rate", 1, 3.0, 1, NOW, NOW, "")],
        "headline": "",
        "numbers": [AlertNumber(hash_of(one), one[:3], "mobile", "caller") for one in numbers],
        "calls": [f"call-of-{name}"],
    }
    value = msgspec.json.encode(Alert(**(given | other)))
    return Record(name.encode(), value)


def marked(number: str, **other: Any) -> Record:
    given = {"ts": NOW, "number": number, "mark": "fraud", "source": "app", "count": 7}
    return Record(number.encode(), json.dumps(given | other).encode())


def settled(country: Country, now_ms: int = NOW) -> None:
    """Until nothing is written any more: it must come to an end."""
    for _ in range(6):
        if country.pass_on(now_ms) == 0:
            return
    pytest.fail("it goes round and round")
