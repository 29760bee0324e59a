"""A console with alerts for a browser, in a thread of the test's own and without a broker."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measuring.console.city_alerts import evening
from detectors.alert.record import Alert
from field.console.access import Access
from field.console.access.credentials.passwords import Passwords
from field.console.app import build, wall_ms
from field.console.store import Store
from streams.config.console import ConsoleSettings
from streams.config.settings import Settings
from tests.field.console.guarded_app import NAMES, PASSWORD, QUICK
from tests.field.console.loopback_console import Loopback
from tests.field.console.served import served as listening
from tests.field.console.topic_records import opened


@dataclass
class Served:
    """A console that answers at ``url``."""

    url: str
    store: Store
    publisher: Loopback
    access: Access
    alerts: list[Alert]

    def send(self, *alerts: Alert) -> None:
        """As from a worker."""
        for alert in alerts:
            record = self.publisher.topics.write("fbs.alerts", msgspec.json.encode(alert))
            self.store.take([record])
        self.publisher.news.notify()

    def actions(self) -> list[dict[str, Any]]:
        """What was written to the topic of actions."""
        found: list[dict[str, Any]] = self.publisher.sent("fbs.actions")
        return found


@contextmanager
def served(folder: Path, people: bool = False, **console: Any) -> Iterator[Served]:
    """The console with the alerts of an evening; with ``people`` somebody of each role logs in."""
    given = {"accounts": str(folder / "accounts.db"), "logins_per_minute": 10_000, **console}
    settings = Settings(console=msgspec.convert(given, ConsoleSettings))
    access = Access.open(settings.console, time.time, Passwords(QUICK))
    if people:
        for role, name in NAMES.items():
            access.accounts.put(name, role, PASSWORD)
    store = opened(folder / "store.db")
    publisher = Loopback(store)
    publisher._clock = wall_ms
    try:
        with listening(build(settings, store, publisher, access)) as url:
            made = Served(url, store, publisher, access, evening(wall_ms()))
            made.send(*made.alerts)
            yield made
    finally:
        store.close()
        access.close()
