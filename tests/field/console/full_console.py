"""The whole console in one process for tests of its doors: its app, accounts, and some alerts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI

from detectors.alert.record import Alert
from field.console import page
from field.console.access import Access
from field.console.access.credentials.passwords import Passwords
from field.console.app import build
from field.console.live.publish import Publisher
from field.console.store import Record, Store
from streams.config.console import ConsoleSettings
from streams.config.settings import KafkaSettings, Settings
from streams.kafka.stage_records import Headers
from streams.privacy.hasher import Hasher
from tests.field.console.guarded_app import NAMES, PASSWORD, QUICK, Browser, Clock, accounts_in

ROOT = Path(__file__).parents[3]


class StoreOnly(Publisher):
    """A publisher whose topics are the store: what it writes has been read back at once."""

    def __init__(self, store: Store, hasher: Hasher) -> None:
        super().__init__(KafkaSettings(), store, hasher)
        self._into = store
        self._offset = 1_000_000

    async def _send(
        self, topic: str, key: str, value: bytes, headers: Headers = (), left_s: float = 8.0
    ) -> None:
        self._offset += 1
        record = Record(topic, 0, self._offset, 1_700_000_000_000, key.encode(), value)
        self._into.take([record])


@dataclass
class Whole:
    """The app, and what it stands on."""

    app: FastAPI
    access: Access
    store: Store
    alert_ids: list[str]

    def logged_in(self, name: str) -> Browser:
        browser = Browser(self.app)
        browser.log_in(name)
        return browser


@contextmanager
def whole(folder: Path, **console: Any) -> Iterator[Whole]:
    """The console over the golden alerts of a parked transmitter, with somebody of each role."""
    settings = Settings(
        console=msgspec.convert(
            {"accounts": accounts_in(folder), "logins_per_minute": 10_000, **console},
            ConsoleSettings,
        )
    )
    access = Access.open(settings.console, Clock(), Passwords(QUICK))
    for role, name in NAMES.items():
        access.accounts.put(name, role, PASSWORD)
    hasher = Hasher(b"a key for tests only")
    store = Store(str(folder / "store.db"), "tests", hasher)
    alerts = golden()
    store.take(
        [
            Record(
                "fbs.alerts", 0, at, alert.ts, alert.alert_id.encode(), msgspec.json.encode(alert)
            )
            for at, alert in enumerate(alerts)
        ]
    )
    static = page.STATIC
    if not static.is_dir():  # The page's parts are fetched when it is built.
        (folder / "static").mkdir()
        (folder / "static" / "index.html").write_text("<!doctype html>")
        page.STATIC = folder / "static"  # type: ignore[misc]
    app = build(settings, store, StoreOnly(store, hasher), access)
    try:
        yield Whole(app, access, store, sorted({alert.alert_id for alert in alerts}))
    finally:
        page.STATIC = static  # type: ignore[misc]
        store.close()
        access.close()


def golden() -> list[Alert]:
    """All alerts of a golden trace."""
    alerts = json.loads((ROOT / "tests/golden/parked.alerts.json").read_text("utf-8"))
    return [msgspec.convert(alert, Alert) for alert in alerts]
