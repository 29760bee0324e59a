"""Records as the console's topics hold them, and stores to take them in."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from detectors.alert.record import Alert, Evidence
from detectors.alert.rights import NEEDS
from detectors.audit.register_health import RegisterHealth
from detectors.audit.wrong_row import Kind, WrongRow
from detectors.model.finding import Finding, Identity, Place, Source
from field.alerts.life_cycle import Action
from field.console.store import Record, Store
from field.console.store.tables import METADATA
from streams.privacy.hasher import Hasher
from streams.signed.keys import Believed
from tests.conftest import free_port

#: When all happens, ms.
NOW = 1_700_000_000_000
KEY = Hasher(b"a key for tests only")
SOURCE = "cluster of tests"
#: Tables of which every line is made from the topics; the others are the store's own affair.
REBUILT_TABLES = (
    *(
        "alerts",
        "summaries",
        "revisions",
        "revision_values",
        "handling",
        "actions",
        "findings",
        "measurements",
    ),
    *("feedback", "deliveries", "workers", "cells", "register_health", "unread", "offsets"),
)


def alert(number: int, revision: int = 1, **more: Any) -> Alert:
    """A revision of alert ``number``; those of higher numbers lie farther east."""
    lat, lon = 39.9, 116.4 + number / 100
    ring = [[lon - 0.001, lat - 0.001], [lon + 0.001, lat - 0.001], [lon, lat + 0.001]]
    seen = {"first_ts": NOW - 60_000, "last_ts": NOW - 1000}
    values: dict[str, Any] = {
        "alert_id": f"{number:032x}",
        "revision": revision,
        "status": "open" if revision == 1 else "update",
        "ts": NOW + revision * 1000,
        "first_seen": NOW - 60_000,
        "last_seen": NOW - 1000,
        "kind": "fake_base_station",
        "identities": [Identity("lte", 460, number % 3, 4100 + number % 50, number, 100, 5)],
        "probability": 0.9,
        "severity": ("low", "medium", "high", "critical")[number % 4],
        "position": {"lat": lat, "lon": lon},
        "region": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        "region_level": 0.9,
        "radius_m": 120.0,
        "track": [(NOW - 5000, lat, lon)],
        "speed_mps": None,
        "bearing_deg": None,
        "devices": 5,
        "reports": 9,
        "evidence": [Evidence("unknown_cell", 1, 2.0, 5, **seen, explanation="5 phones say so")],
        "headline": f"Probable fake base station number {number}",
    }
    return Alert(**values | more)


def wrong_row(number: int, kind: Kind = "site_displaced", **more: Any) -> WrongRow:
    """A row of the register that is likely wrong, the likelier the higher its number."""
    lat, lon = 39.9, 116.4 + number / 100
    elsewhere = {"learned_lat": lat + 0.01, "learned_lon": lon, "off_m": 1112.0, "sigma_m": 60.0}
    values: dict[str, Any] = {
        **{"key": f"lte-460-0-4100-{number}", "kind": kind, "lat": lat, "lon": lon},
        **{"probability": 0.95 + number / 1000, "reports": 40, "phones": 30},
        **({} if kind == "retired" else elsewhere),
    }
    return WrongRow(**values | more)


def register_health(rows: list[WrongRow], zone: str = "zone", left_out: int = 0) -> RegisterHealth:
    """What the audit of a zone found."""
    span = {"first_ms": NOW - 3_600_000, "last_ms": NOW}
    return RegisterHealth(zone=zone, **span, sites=7, cells=40, rows=rows, left_out=left_out)


def action(name: str, number: int = 1, which: str = "", **more: Any) -> Action:
    """An action about alert ``number`` by somebody who may, its id ``which`` or by its name."""
    role = NEEDS.get(name, "field")
    fields = {"ts": NOW + 2000, "by": "fei", "role": role, "alert_id": f"{number:032x}"}
    return Action(action_id=which or f"{name}-{number}-id", action=name, **fields | more)


def finding(number: int) -> Finding:
    """A finding about the identity of alert ``number``."""
    return Finding(
        detector="unknown_cell",
        version=1,
        family="identity",
        ts=NOW - 30_000 + number,
        rx_ts=NOW - 29_000 + number,
        weight=1.5,
        cap=4.0,
        space="device",
        who=f"d-{number}",
        claimed=Identity("lte", 460, number % 3, 4100 + number % 50, number),
        place=Place(39.9, 116.4),
        source=Source("cell.measurements", 0, number, -1),
    )


def cell(number: int, lat: float = 39.9, lon: float = 116.4) -> dict[str, Any]:
    """A row of the register."""
    who = {"radio": "LTE", "mcc": 460, "net": 0, "area": 4100, "cell": 100 + number}
    return who | {"lat": lat, "lon": lon, "changeable": 0, "kind": "macro"}


def cell_key(number: int) -> bytes:
    return f"lte-460-0-4100-{100 + number}".encode()


def reading(number: int, **more: Any) -> dict[str, Any]:
    """A reading of a team's instrument."""
    fields = {"ts": NOW + number, "rx_ts": NOW + number, "device": "van-1", "rat": "lte"}
    where = {"lat": 39.9, "lon": 116.41, "arfcn": 100, "signal_dbm": -70.5}
    return fields | where | {"bearing_to_deg": 90.0} | more


def encoded(content: Any) -> bytes:
    return msgspec.json.encode(content)


@dataclass
class Topics:
    """What has been written, in order; each topic has one partition."""

    records: list[Record] = field(default_factory=list)

    def write(self, topic: str, content: Any, key: bytes | None = None, ts: int = NOW) -> Record:
        """Writes ``content``, encoded unless it is bytes or nothing."""
        raw = isinstance(content, bytes) or content is None
        offset = sum(record.topic == topic for record in self.records)
        value = content if raw else encoded(content)
        self.records.append(Record(topic, 0, offset, ts, key, value))
        return self.records[-1]


def everything() -> Topics:
    """Some of each topic, things that can't be read among them."""
    topics = Topics()
    for number in range(6):
        topics.write("fbs.alerts", alert(number))
    topics.write("fbs.alerts", alert(1, 3, severity="critical"))
    topics.write("fbs.alerts", alert(1, 2))
    topics.write("fbs.alerts", b"no alert")
    topics.write("fbs.actions", action("acknowledge"))
    topics.write("fbs.actions", action("found"))
    topics.write("fbs.actions", action("false_alarm", details={"mute_until_ts": NOW + 9}))
    topics.write("fbs.actions", b"[]")
    for number in range(4):
        topics.write("fbs.evidence", finding(number))
        topics.write("field.measurements", reading(number))
        topics.write("cell.register", cell(number), cell_key(number))
    topics.write("fbs.evidence", b"[]")
    topics.write("cell.register", None, cell_key(2))
    topics.write("field.measurements", [reading(8), reading(9), {"rat": "lte"}])
    topics.write("field.feedback", {"ts": NOW, "alert_id": "x", "verdict": "confirmed"})
    sent = {"ts": NOW, "channel": "post", "alert_id": "x", "revision": 1, "outcome": "sent"}
    topics.write("fbs.deliveries", sent)
    topics.write("fbs.health", {"worker": "w-1", "ts": NOW, "feeds": {}})
    topics.write("fbs.health", {"worker": "w-1", "ts": NOW + 1, "feeds": {}})
    topics.write("fbs.register", register_health([]), b"zone")
    topics.write("fbs.register", register_health([wrong_row(1), wrong_row(2, "retired")]), b"zone")
    topics.write("fbs.register", b"no audit", b"zone")
    return topics


def content(store: Store) -> dict[str, list[Any]]:
    """All that a store holds, but for the numbers that the database gave."""
    found = {}
    with store.reading() as connection:
        for name in REBUILT_TABLES:
            table = METADATA.tables[name]
            columns = [column for column in table.c if column.name != "place"]
            found[name] = sorted(map(repr, connection.execute(select(*columns))))
    return found


def opened(
    address: str | Path,
    source: str = SOURCE,
    believed: Believed | None = None,
    hasher: Hasher = KEY,
) -> Store:
    return Store(str(address), source, hasher, believed=believed)


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server of its own; the address of a database on it."""
    with postgres_server() as server:
        yield server.address


@contextmanager
def postgres_server() -> Iterator["PostgresServer"]:
    """A PostgreSQL server of its own, which can be killed."""
    # Not in pytest's folder: that of root lets nobody through, and PostgreSQL refuses to be root.
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        user = "postgres" if os.getuid() == 0 else None
        if user is not None:
            owner = pwd.getpwnam(user)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        server = PostgresServer(Path(folder) / "data", user)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.kill()


@dataclass
class PostgresServer:
    """A server on a folder, run as ``user``."""

    data: Path
    user: str | None
    port: int = field(default_factory=free_port)

    @property
    def address(self) -> str:
        return f"postgresql://console@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        options_of = ("-U", "console", "--auth=trust", "-E", "UTF8", "--no-sync")
        self._do("initdb", *options_of)

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k {self.data} -c fsync=off"
        self._do("pg_ctl", "-w", "-l", str(self.data / "log"), "-o", options, "start")

    def kill(self) -> None:
        """At once and without a word to anybody; it recovers at its next start."""
        self._do("pg_ctl", "-m", "immediate", "stop")

    def _do(self, program: str, *options_of: str) -> None:
        done = subprocess.run(
            [_programs() / program, "-D", str(self.data), *options_of],
            user=self.user,
            cwd="/",
            # Not a pipe, which the server would keep open.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, program


def has_postgres() -> bool:
    return _programs().is_dir() and (os.getuid() != 0 or "postgres" in _users())


def _programs() -> Path:
    found = shutil.which("pg_ctl")
    beside = [Path(found).resolve().parent] if found else []
    places = [*beside, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    return next((place for place in places if (place / "initdb").is_file()), Path("/nowhere"))


def _users() -> set[str]:
    return {entry.pw_name for entry in pwd.getpwall()}
