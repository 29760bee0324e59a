"""Secret identities in all forms, in all that the console takes in: none is stored or shown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from field.console.store import Store
from field.console.store.queries.operations import channel_health, deliveries, unread, workers
from field.console.store.tables import METADATA
from streams.kafka.heartbeat import Feed, WorkerHealth
from streams.privacy.hasher import Hasher
from tests.field.console.topic_records import (
    NOW,
    SOURCE,
    Topics,
    action,
    alert,
    cell,
    cell_key,
    encoded,
    finding,
    opened,
    reading,
    register_health,
    wrong_row,
)
from tests.streams.privacy.canary_forms import MSISDN, SECRETS, as_json, forms, found

FORMS = [text for _, _, text in forms()]


def _with(fields: Any, *names: str, text: str) -> dict[str, Any]:
    """Fields of a message, those names and two that nobody knows with the text in them."""
    odd = {"imsi": text, "more": {text: [text]}}
    return msgspec.to_builtins(fields) | dict.fromkeys(names, text) | odd


def _records(topics: Topics, number: int, text: str) -> None:
    """A record of each topic that the console reads, with one form in all texts of it."""
    topics.write("fbs.alerts", _with(alert(number), "headline", "kind", text=text))
    done = _with(action("note", which=f"note-{number}-id"), "by", "note", text=text)
    topics.write("fbs.actions", done | {"details": {"case_id": text, text: text}})
    topics.write("fbs.evidence", _with(finding(number), "who", "detector", text=text))
    sent = {"ts": NOW, "channel": "post", "outcome": "failed", "alert_id": "x"}
    names = ("channel", "detail", "alert_id", "outcome", "severity")
    topics.write("fbs.deliveries", _with(sent | {"number": number}, *names, text=text))
    topics.write("fbs.deliveries", _with(sent | {"number": number}, "detail", text=text))
    life = {"ts": NOW, "feeds": {text: {"arrival_ms": NOW}}, "states": {text: {"zones": text}}}
    topics.write("fbs.health", _with(life, "worker", "version", "key", text=text))
    audit = register_health([wrong_row(1)], zone=text)
    topics.write("fbs.register", _with(audit, "zone", text=text), text.encode())
    topics.write("field.measurements", _with(reading(number), "device", text=text))
    verdict = {"ts": NOW, "verdict": "not_found"}
    topics.write("field.feedback", _with(verdict, "alert_id", "by", "note", "action_id", text=text))
    topics.write("cell.register", _with(cell(number), "kind", "unit", text=text), cell_key(number))
    topics.write("cell.register", cell(number), text.encode())


def _kept(store: Store) -> Iterator[str]:
    """Every text and number in every table."""
    with store.reading() as connection:
        for table in METADATA.tables.values():
            for row in connection.execute(select(table)):
                for one in row:
                    # Digests are made with a key, and hold any bytes.
                    if isinstance(one, bytes) and len(one) != 16:
                        yield one.decode("utf-8", "replace")
                    elif isinstance(one, str):
                        yield as_json(one)


def test_none_is_stored_or_shown(tmp_path: Path) -> None:
    topics = Topics()
    for number, text in enumerate(FORMS):
        _records(topics, number, text)
    store = opened(tmp_path / "store.db")
    store.take(topics.records)
    kept = list(_kept(store))
    shown = store.read(deliveries, 1000)
    assert len(shown) == 2 * len(FORMS), "so all have been read"
    assert len(store.read(workers)) > len(SECRETS)
    assert store.read(unread) == {}
    kept += [one.decode() for one in shown]
    kept += [as_json(msgspec.to_builtins(store.read(workers)))]
    kept += [as_json(store.read(channel_health))]
    together = found("\n and \n".join(dict.fromkeys(kept)))
    assert {name: next(one for one in kept if name in found(one)) for name in together} == {}
    store.close()


def test_what_names_an_item_is_not_found_by_trying_all_numbers(tmp_path: Path) -> None:
    """A digest of what came, with its number, under no key would give the number away."""
    topics = Topics()
    for _ in range(2):
        sent = {"ts": NOW, "channel": "post", "outcome": "sent", "detail": MSISDN}
        topics.write("fbs.deliveries", sent)
    table, digests = METADATA.tables["deliveries"], set()
    for key in (b"a key", b"another"):
        store = Store(str(tmp_path / f"{key.hex()}.db"), SOURCE, Hasher(key))
        store.take(topics.records)
        with store.reading() as connection:
            digests |= set(connection.execute(select(table.c.digest)).scalars())
        store.close()
    assert len(digests) == 2


def test_what_a_worker_counts_is_no_telephone(tmp_path: Path) -> None:
    health = WorkerHealth(
        worker="w-1",
        ts=NOW,
        version="1",
        partitions=4,
        messages=int(MSISDN),
        findings=1,
        alerts=1,
        dead_letters=1,
        late=0,
        feeds={"cell.measurements": Feed(NOW, NOW, int(MSISDN))},
    )
    topics = Topics()
    topics.write("fbs.health", health)
    store = opened(tmp_path / "store.db")
    store.take(topics.records)
    [(_, kept)] = store.read(workers)
    assert encoded(msgspec.convert(kept, WorkerHealth)) == encoded(health)
    store.close()
