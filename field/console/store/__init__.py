"""The console's store: what was read from the topics, in SQLite or PostgreSQL.

The topics are the truth and the store is their index: deleted, it is made anew. Methods are
blocking and may be called from any thread.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, delete

from field.console.store.intake.people import forget_victims
from field.console.store.intake.taking import KEPT_EVENTS, take
from field.console.store.opening import open_engine
from field.console.store.queries.query import AlertFilter, Box
from field.console.store.queries.reading import Cursor, Known, Page, known, last_event_id, page
from field.console.store.tables import OFFSETS, TOPICS
from field.console.store.transaction import Record
from streams.privacy.hasher import Hasher
from streams.signed.keys import Believed

__all__ = ["KEPT_EVENTS", "AlertFilter", "Box", "Cursor", "Known", "Page", "Record", "Store"]

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """See the package's text. ``source`` names the cluster and prefix whose records it holds."""

    def __init__(
        self,
        address: str,
        source: str,
        hasher: Hasher,
        replay_behind_s: float = 600.0,
        findings_days: float = 30.0,
        believed: Believed | None = None,
    ) -> None:
        """Opens it; ``believed`` are the consoles whose actions count.

        Raises ConfigError where it can't be used, or is another source's.
        """
        self._engine = open_engine(address, source)
        self._hasher, self.believed = hasher, believed or Believed()
        self._replay_behind_ms = replay_behind_s * 1000.0
        self._bounds = self._replay_behind_ms, findings_days * 86_400_000.0
        self.epoch = self.read(last_event_id).rpartition("-")[0]

    @property
    def engine_url(self) -> URL:
        """Where it is."""
        return self._engine.url

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection in a transaction that sees one state of the store."""
        return self._engine.begin()

    def read(
        self, question: Callable[Concatenate[Connection, P], T], *args: P.args, **named: P.kwargs
    ) -> T:
        """The answer to one of the questions in `queries`."""
        with self.reading() as connection:
            return question(connection, *args, **named)

    def take(self, records: Sequence[Record]) -> int:
        """Takes records in, once each; how many were new. See `taking.take`."""
        return take(self._engine, records, self._hasher, self._bounds, self.believed)

    def forget_victims(self, before_ms: int) -> None:
        """Deletes notices of victims that were received before a time."""
        with self._engine.execution_options(writes=True).begin() as connection:
            forget_victims(connection, before_ms)

    def forget_offsets(self, topics: Sequence[str], ids: Mapping[str, str]) -> None:
        """Starts topics anew that were deleted and made again, and notes the ids of all.

        What was read from the old ones stays.
        """
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(delete(OFFSETS).where(OFFSETS.c.topic.in_(list(topics))))
            connection.execute(delete(TOPICS).where(TOPICS.c.topic.in_(list(ids))))
            if ids:
                rows = [{"topic": topic, "topic_id": number} for topic, number in ids.items()]
                connection.execute(TOPICS.insert(), rows)

    def page(self, asked: AlertFilter, limit: int, cursor: Cursor | None = None) -> Page:
        """Alerts as lists show them."""
        return self.read(page, asked, limit, cursor, self._replay_behind_ms)

    def alert(self, alert_id: str, at: int | None = None) -> Known | None:
        """One alert with its history."""
        return self.read(known, alert_id, at, self._replay_behind_ms)
