"""What ingest and publisher do while the database or Kafka does not answer."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from field.console.live.cluster import Cluster
from field.console.live.ingest import BULK, PROMPT, VICTIMS, Ingest
from field.console.live.publish import NotWritten, Publisher
from field.console.live.stream import News
from field.console.store import Record, Store
from field.console.store.intake.taking import TAKERS
from field.console.store.queries.operations import offsets
from streams.config.settings import KafkaSettings
from tests.field.console.loopback_console import desk
from tests.field.console.topic_records import KEY, NOW, Topics, action, alert, opened

IDS = {topic: f"id of {topic}" for topic in PROMPT + BULK}
CLUSTER = Cluster("cluster-1", dict.fromkeys(PROMPT + BULK, 1), IDS)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = opened(tmp_path / "store.db")
    yield found
    found.close()


def test_every_topic_that_is_read_is_known_to_the_store() -> None:
    assert set(PROMPT + BULK + VICTIMS) == set(TAKERS)


def test_records_wait_until_the_database_answers_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("field.console.live.ingest._AGAIN_S", 0.01)
    ingest = Ingest(KafkaSettings(), CLUSTER, store, News())
    take, troubles = store.take, []

    def failing(records: list[Record]) -> int:
        troubles.append(ingest.trouble)
        if len(troubles) < 4:
            raise OperationalError("INSERT", {}, OSError("no space left"))
        return take(records)

    monkeypatch.setattr(store, "take", failing)
    topics = Topics()
    topics.write("fbs.alerts", alert(1))
    asyncio.run(ingest._take(topics.records))
    assert troubles == [None, *["store: no space left"] * 3]
    assert ingest.trouble is None
    assert store.read(offsets) == {("fbs.alerts", 0): 1}


def test_offsets_of_a_topic_that_was_made_anew_are_forgotten(store: Store) -> None:
    topics = Topics()
    topics.write("fbs.alerts", alert(1))
    topics.write("fbs.actions", action("acknowledge"))
    store.take(topics.records)

    def look(ids: dict[str, str]) -> bool:
        cluster = Cluster("cluster-1", CLUSTER.partitions, ids)
        ingest = Ingest(KafkaSettings(), cluster, store, News())
        return asyncio.run(ingest._forget_what_is_gone(PROMPT + BULK))

    assert not look(IDS)
    assert len(store.read(offsets)) == 2
    assert look(IDS | {"fbs.alerts": "another"})
    assert store.read(offsets) == {("fbs.actions", 0): 1}
    assert not look(IDS | {"fbs.alerts": "another"})
    assert store.alert(f"{1:032x}") is not None


def test_a_source_is_a_cluster_and_a_prefix() -> None:
    assert CLUSTER.source("") == "cluster cluster-1"
    assert CLUSTER.source("a-") == "cluster cluster-1 with prefix a-"


def test_without_kafka_an_action_is_answered_503_and_changes_nothing(tmp_path: Path) -> None:
    with desk(tmp_path) as console:
        console.take("fbs.alerts", alert(1))
        unconnected = Publisher(KafkaSettings(), console.store, KEY)
        console.app.state.publisher = unconnected
        path = f"/api/alerts/{1:032x}/actions"
        answer = console.browser().post(path, json={"action": "acknowledge"})
        assert answer.status_code == 503
        assert "Kafka" in answer.json()["detail"]
        assert console.get("/api/alerts")["alerts"][0]["state"] == "new"


def test_a_database_that_does_not_answer_is_503(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OperationalError("SELECT", {}, OSError("gone"))

    with desk(tmp_path) as console:
        monkeypatch.setattr(console.store, "page", failing)
        answer = console.browser().get("/api/alerts")
        assert answer.status_code == 503
        assert "gone" not in answer.text


def test_a_verdict_is_passed_on_once(tmp_path: Path) -> None:
    with desk(tmp_path) as console:
        console.take("fbs.alerts", alert(1))
        console.take("fbs.actions", action("false_alarm"))
        assert asyncio.run(console.publisher._pass_on_lost(NOW)) == 0
        assert asyncio.run(console.publisher._pass_on_lost(NOW + 1)) == 1
        assert asyncio.run(console.publisher._pass_on_lost(NOW + 1)) == 0
        [records] = console.publisher.sent("field.feedback")
        assert records["action_id"] == "false_alarm-1-id"


def test_an_action_that_is_not_read_back_is_an_error(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("field.console.live.publish._READ_BACK_S", 0.05)
    publisher = Publisher(KafkaSettings(), store, KEY)

    async def nowhere(topic: str, key: str, value: bytes) -> None:
        assert (topic, key) == ("fbs.actions", f"{1:032x}")

    monkeypatch.setattr(publisher, "_send", nowhere)
    with pytest.raises(NotWritten, match="has not been read back"):
        asyncio.run(publisher.act(action("acknowledge")))
