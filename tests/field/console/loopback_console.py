"""The console's app over a store of a test's own, and somebody who asks; no Kafka is needed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI

from field.alerts.life_cycle import Action
from field.console.access import Access
from field.console.app import build
from field.console.live.arrival import feedback_of
from field.console.live.publish import Publisher
from field.console.live.sealing import Sealing
from field.console.store import Store
from streams.config.console import ConsoleSettings
from streams.config.settings import KafkaSettings, Settings
from streams.kafka.stage_records import Headers
from tests.field.console.guarded_app import Browser, accounts_in
from tests.field.console.topic_records import KEY, NOW, Topics, opened


@dataclass
class Loopback(Publisher):
    """A publisher whose topics are read back at once, without a broker between."""

    topics: Topics = field(default_factory=Topics)

    def __init__(self, store: Store, sealing: Sealing | None = None) -> None:
        super().__init__(KafkaSettings(), store, KEY, clock=lambda: NOW, sealing=sealing)
        self.topics = Topics()

    async def _send(
        self, topic: str, key: str, value: bytes, headers: Headers = (), left_s: float = 8.0
    ) -> None:
        record = self.topics.write(topic, value, key.encode())
        await asyncio.to_thread(self._store.take, [record])
        self.news.notify()

    def sent(self, topic: str) -> list[Any]:
        """What was written to a topic."""
        found = [record for record in self.topics.records if record.topic == topic]
        return [msgspec.json.decode(record.value or b"") for record in found]


@dataclass
class Desk:
    """An app, its store, and its clock at `NOW`."""

    app: FastAPI
    store: Store
    publisher: Loopback

    def take(self, topic: str, content: Any, **more: Any) -> None:
        """Writes to a topic, and reads it into the store."""
        self.store.take([self.publisher.topics.write(topic, content, **more)])

    def act(self, action: Action) -> None:
        """An action of somebody at another console."""
        self.take("fbs.actions", action)
        if action.action in ("found", "false_alarm"):
            self.take("field.feedback", feedback_of(action, action.ts))

    def browser(self) -> Browser:
        return Browser(self.app)

    def get(self, path: str, **more: Any) -> Any:
        """The decoded answer, which must be good."""
        answer = self.browser().get(path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def desk(folder: Path, **console: Any) -> Iterator[Desk]:
    """A console on loopback without accounts, so that whoever asks is the local admin."""
    given = {"accounts": accounts_in(folder), **console}
    settings = Settings(console=msgspec.convert(given, ConsoleSettings))
    access = Access.open(settings.console, lambda: NOW / 1000)
    store = opened(folder / "store.db")
    publisher = Loopback(store)
    app = build(settings, store, publisher, access, lambda: NOW)
    try:
        yield Desk(app, store, publisher)
    finally:
        store.close()
        access.close()
