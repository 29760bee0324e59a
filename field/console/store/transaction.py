"""One transaction of taking records in: what the takers of all topics share."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from field.console.store.opening import is_sqlite
from streams.decode.records import RecordSlice
from streams.kafka.stage_records import CONTENT_TYPE, Headers, header, latest_ms
from streams.privacy.hasher import Hasher
from streams.signed.keys import Believed
from streams.signed.seals import Voucher, voucher


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a topic (its name without prefix). ``timestamp_ms`` is the record's own. One that
    is ``set_aside`` is counted as one that can't be read, and not looked at."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    set_aside: bool = False


@dataclass(slots=True)
class Work:
    """The transaction, and what it has brought so far.

    ``events`` are kind and data of what pages get; ``unread`` counts, by topic, the records
    that can't be read, ``believed`` are the consoles whose actions count.
    """

    connection: Connection
    hasher: Hasher
    replay_behind_ms: float
    keep_findings_ms: float
    believed: Believed
    events: list[tuple[str, bytes]] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)
    _is_renewed: bool = False

    def voucher(self, message: Mapping[str, Any], topic: str) -> Voucher:
        """Who vouches for a message. Where it is a key that isn't known, keys are read anew first,
        once in a transaction: what is refused is refused for good."""
        by = voucher(message, topic, self.believed.keys)
        if by == "unknown_key" and not self._is_renewed:
            self._is_renewed = True
            by = voucher(message, topic, self.believed.renew())
        return by

    def name(self, value: bytes, index: int = -1) -> bytes:
        """Sixteen bytes that name an item of a record by its content. They are keyed: else a number
        that was hashed in it could be found by trying all."""
        place = index.to_bytes(8, "big", signed=True)
        return bytes.fromhex(self.hasher.digest(place + value))[:16]

    def add(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Inserts rows; those whose keys are there already are left out."""
        if rows:
            self.connection.execute(self.insert(table).on_conflict_do_nothing(), list(rows))

    def put(
        self,
        table: Table,
        keys: Sequence[str],
        rows: Sequence[dict[str, Any]],
        instead: Mapping[str, Any] | None = None,
    ) -> None:
        """Inserts rows; where those keys are there already, overwrites, or sets ``instead``."""
        if not rows:
            return
        statement = self.insert(table)
        new = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        self.connection.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=instead or new), list(rows)
        )

    def known(self, key: Any, value: Any, keys: set[str]) -> dict[str, Any]:
        """Of those keys that are in the database, a column's value by key."""
        found = self.connection.execute(select(key, value).where(key.in_(sorted(keys))))
        return {row[0]: row[1] for row in found}

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An insert that knows of conflicts, in the database's dialect."""
        if is_sqlite(self.connection):
            return sqlite.insert(table)
        return postgresql.insert(table)


def sliced(records: Sequence[Record]) -> RecordSlice:
    """Records of one topic as decoders take them: an offset is the place among them."""
    types = [header(record.headers, CONTENT_TYPE) for record in records]
    return RecordSlice(
        records[0].topic,
        0,
        range(len(records)),
        [record.value for record in records],
        np.array([record.timestamp_ms for record in records], dtype=np.int64),
        [None if given is None else given.decode("utf-8", "replace") for given in types],
        [record.key for record in records],
        latest_ms=np.array([latest_ms(one.headers, one.timestamp_ms) for one in records]),
    )


def last_of_each(rows: Iterable[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The last row of each key, since one statement can't write a row twice."""
    return list({row[key]: row for row in rows}.values())
