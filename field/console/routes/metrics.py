"""What the console measures of itself, and whether it is ready: asked when somebody looks."""

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, get_args

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from field.alerts.life_cycle import State
from field.channels.metrics import measure_channels
from field.console.access import Access
from field.console.databases import FAILING
from field.console.live.ingest import Ingest
from field.console.live.stream import Hub
from field.console.status import Status
from field.console.store import Store
from field.console.store.tables import ALERTS
from streams.config.settings import Settings
from streams.kafka.topics import SPECS
from streams.metrics.broker_look import BrokerLook
from streams.metrics.meters import Meters
from streams.metrics.probes import OK

#: Anybody may ask whether it is ready: the databases are asked so often at most (s).
_READY_FOR_S: Final = 1.0
_CODES: Final = ("2xx", "3xx", "4xx", "5xx")
_TROUBLES: Final = {"Kafka": "kafka", "store": "store"}


class ConsoleMetrics:
    """Of one app. ``ingest`` is known once somebody serves it; until then it isn't ready."""

    def __init__(
        self, settings: Settings, store: Store, status: Status, hub: Hub, access: Access
    ) -> None:
        self.ingest: Ingest | None = None
        self._store, self._status, self._hub, self._access = store, status, hub, access
        self.meters = meters = Meters("console", BrokerLook(settings.kafka))
        self._answers = meters.counter("cellhound_console_answers_total")
        self._alerts = meters.gauge("cellhound_console_alerts")
        self._workers = meters.gauge("cellhound_console_workers")
        self._late = meters.gauge("cellhound_console_late")
        self._silent = meters.gauge("cellhound_console_feed_silent")
        self._unread = meters.gauge("cellhound_console_unread_records")
        self._pages = meters.gauge("cellhound_console_open_pages")
        self._trouble = meters.gauge("cellhound_console_trouble")
        self._free = meters.gauge("cellhound_disk_free_bytes")
        self._size = meters.gauge("cellhound_disk_size_bytes")
        self._ready: tuple[float, str] = (0.0, "starting")
        self._asking = asyncio.Lock()
        places = {"store": store.engine_url, "accounts": access.engine.url}
        self._folders = {
            place: Path(url.database or "").absolute().parent
            for place, url in places.items()
            if url.get_backend_name() == "sqlite"
        }
        for code in _CODES:
            self._answers.labels(code)
        for question in (self._look_here, self._look_at_disks, self._look_at_store):
            meters.ask(question)
        measure_channels(meters, status.board)

    def answered(self, status: int) -> None:
        """Counts an answer by its status."""
        code = f"{status // 100}xx"
        self._answers.labels(code if code in _CODES else "5xx").inc()

    async def ready(self) -> str:
        """`OK`, or why it doesn't show what is known: a word of `streams.metrics.probes`."""
        async with self._asking:
            asked_s, word = self._ready
            if time.monotonic() - asked_s >= _READY_FOR_S or not asked_s:
                word = await asyncio.to_thread(self._why_not)
                self._ready = time.monotonic(), word
        return word

    def _why_not(self) -> str:
        ingest = self.ingest
        if ingest is None:
            return "starting"
        if not _answers(lambda: self._store.read(_nothing)) or "store" in ingest.troubled:
            return "store_failing"
        if not _answers(self._access.accounts.exist):
            return "accounts_failing"
        if "Kafka" in ingest.troubled:
            return "broker_away"
        return OK if ingest.caught_up.is_set() else "catching_up"

    def _look_here(self) -> None:
        self._pages.set(self._hub.listeners)
        troubled = self.ingest.troubled if self.ingest is not None else ()
        for name, what in _TROUBLES.items():
            self._trouble.labels(what).set(name in troubled)

    def _look_at_disks(self) -> None:
        for place, folder in self._folders.items():
            usage = shutil.disk_usage(folder)
            self._free.labels(place).set(usage.free)
            self._size.labels(place).set(usage.total)

    def _look_at_store(self) -> None:
        try:
            health, alerts = self._status.look(), self._store.read(_by_state)
        except SQLAlchemyError:
            return  # `cellhound_console_trouble` says so.
        for state in get_args(State):
            self._alerts.labels(state).set(alerts.get(state, 0))
        live = [worker for worker in health["workers"] if not worker["silent"]]
        self._workers.labels("live").set(len(live))
        self._workers.labels("silent").set(len(health["workers"]) - len(live))
        late = (worker.get("late") for worker in live)
        # Another writer may have put anything there.
        self._late.set(sum(one for one in late if isinstance(one, int)))
        for feed in health["feeds"]:
            self._silent.labels(feed["topic"]).set(bool(feed["silent"]))
        for spec in SPECS:
            self._unread.labels(spec.name).set(health["unread"].get(spec.name, 0))


def _answers(question: Callable[[], Any]) -> bool:
    try:
        question()
    except FAILING:
        return False
    return True


def _nothing(connection: Connection) -> None:
    connection.execute(select(1))


def _by_state(connection: Connection) -> dict[str, int]:
    """Alerts that aren't closed, by what people have made of them."""
    counted = select(ALERTS.c.state, func.count()).where(ALERTS.c.status != "closed")
    return dict(connection.execute(counted.group_by(ALERTS.c.state)).all())
