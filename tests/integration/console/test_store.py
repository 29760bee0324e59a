"""The console's database: killed, deleted, of another prefix, in PostgreSQL; nothing is lost."""

import json
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka import KafkaProducer

from field.alerts.life_cycle import Action
from field.console.live.arrival import feedback_of
from field.console.store.transaction import Record
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import load_key
from tests.field.console.topic_records import (
    action,
    alert,
    content,
    everything,
    has_postgres,
    opened,
    postgres,
)
from tests.integration.console.console_process import ONE, Console, Page, produce
from tests.integration.deployment import Deployment
from tests.integration.disturbing import make_anew
from tests.integration.door_process import run_door
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration

ACTIONS, FEEDBACK = "fbs.actions", "field.feedback"

#: What `everything` holds that can't be read.
UNREAD = {"fbs.alerts": 1, ACTIONS: 1, "fbs.register": 1, "field.measurements": 1}


@pytest.mark.nightly
def test_a_console_that_is_killed_at_any_moment_loses_and_doubles_nothing(
    deployment: Deployment, producer: KafkaProducer, tmp_path: Path
) -> None:
    console = Console(deployment, tmp_path)
    topics = everything()
    for number in range(10, 210):
        topics.write("fbs.alerts", alert(number))
    stop = threading.Event()

    def write(record: Any) -> None:
        producer.send(deployment.name(record.topic), record.value, record.key, partition=0)

    # Once a console has caught up it begins to sign, and what nobody signed counts no more.
    for record in topics.records:
        if record.topic == ACTIONS:
            write(record)
    producer.flush()

    def keep_writing() -> None:
        for count, record in enumerate(topics.records):
            if record.topic != ACTIONS:
                write(record)
            if count % 40 == 0:
                producer.flush()
                time.sleep(0.8)
        producer.flush()
        stop.set()

    writer = threading.Thread(target=keep_writing, daemon=True)
    writer.start()
    kills = 0
    while not stop.is_set() or kills < 4:
        console.start()
        time.sleep(0.17 * kills)
        console.kill()
        kills += 1
    writer.join()
    console.start()
    try:
        wait_until(lambda: len(console.shown()) == 206, "all is there")
        wait_until(lambda: console.get("/api/health")["unread"] == UNREAD, "all is read")
        assert console.stop() == 0
    finally:
        console.end()
    print(f"killed {kills} times")
    assert_same(console.store, topics.records, deployment)


def assert_same(path: Path, records: list[Any], deployment: Deployment) -> None:
    """That a store of a process holds what the records make in one go, but for their times."""
    with sqlite3.connect(path) as raw:
        source = raw.execute("SELECT value FROM meta WHERE name = 'source'").fetchone()[0]
    raw.close()
    store = opened(path, source)
    hasher = Hasher(load_key(deployment.environment).key)  # Rows are named by keyed digests.
    whole = opened(path.with_suffix(".whole"), source, hasher=hasher)
    # Of the trail what was written here, without the console's own beginning; of feedback all: a
    # console that stands long enough passes on the verdicts that nobody had.
    ours = {(record.topic, 0, record.offset) for record in records}
    whole.take(
        [
            Record(topic, read.partition, read.offset, read.timestamp, read.key, read.value)
            for topic in dict.fromkeys(record.topic for record in records)
            for read in deployment.read(topic)
            if topic == FEEDBACK or (topic, read.partition, read.offset) in ours
        ]
    )
    try:
        one, other = content(store), content(whole)
        one["actions"] = [row for row in one["actions"] if "'begin'" not in row]
        for name in one:
            if name != "offsets":
                assert one[name] == other[name], name
    finally:
        store.close()
        whole.close()


def test_a_store_that_is_deleted_is_made_anew_from_the_topics(
    deployment: Deployment, producer: KafkaProducer, tmp_path: Path
) -> None:
    console = Console(deployment, tmp_path).start()
    topics = everything()
    for record in topics.records:
        producer.send(deployment.name(record.topic), record.value, record.key, partition=0)
        if record.topic == "fbs.actions" and b"false_alarm" in record.value:
            # A verdict without feedback is passed on after some seconds, by whichever console then
            # runs.
            verdict = msgspec.json.decode(record.value, type=Action)
            produce(producer, deployment, "field.feedback", feedback_of(verdict, verdict.ts))
    producer.flush()

    def is_whole() -> bool:
        health = console.get("/api/health")
        cells = console.get("/api/cells")["features"]
        return len(console.shown()) == 6 and health["unread"] == UNREAD and len(cells) == 3

    try:
        wait_until(is_whole, "all is there")
        # What the console itself writes is on topics too.
        path = f"/api/alerts/{4:032x}/actions"
        assert console.post(path, {"action": "acknowledge", "note": "x"}).status_code == 200
        assert console.stop() == 0
        before = contents(console.store)
        for file in tmp_path.glob(f"{console.store.name}*"):
            file.unlink()
        console.start()
        wait_until(is_whole, "all is there again")
        wait_until(lambda: console.shown()[4]["state"] == "acknowledged", "the action too")
        assert console.stop() == 0
        assert contents(console.store) == before
        # As a later version finds it whose tables are others.
        with sqlite3.connect(console.store) as raw:
            raw.execute("UPDATE meta SET value = 'of another version' WHERE name = 'schema'")
        raw.close()
        console.start()
        wait_until(is_whole, "all is there a third time")
        wait_until(lambda: console.shown()[4]["state"] == "acknowledged", "the action too")
        assert console.stop() == 0
        assert contents(console.store) == before
    finally:
        console.end()


def contents(path: Path) -> dict[str, list[Any]]:
    with sqlite3.connect(path) as raw:
        source = raw.execute("SELECT value FROM meta WHERE name = 'source'").fetchone()[0]
    raw.close()
    store = opened(path, source)
    try:
        return content(store)
    finally:
        store.close()


def test_a_store_of_another_prefix_is_refused(
    console: Console, deployment: Deployment, tmp_path: Path
) -> None:
    assert console.stop() == 0
    words = ["--prefix", "elsewhere-", "--listen", f"127.0.0.1:{console.port}"]
    environment = deployment.environment | {"CELLHOUND_HOME": str(tmp_path)}
    words += ["--store", str(console.store)]
    code, printed = run_door("console", *words, env=environment, log=tmp_path / "refused.log")
    assert code == 2
    assert "holds what was read from" in printed
    assert "Traceback" not in printed


def test_a_verdict_that_a_crash_kept_from_feedback_is_passed_on_later(
    deployment: Deployment, producer: KafkaProducer, tmp_path: Path
) -> None:
    # As a console leaves it that was killed between the two topics.
    lost, sent = action("false_alarm", 1, note="a repeater"), action("false_alarm", 2)
    produce(producer, deployment, "fbs.alerts", alert(1), alert(2))
    produce(producer, deployment, "fbs.actions", lost, sent, action("found", 1, "refused"))
    produce(producer, deployment, "field.feedback", feedback_of(sent, sent.ts))
    console = Console(deployment, tmp_path).start()
    try:
        wait_until(lambda: len(deployment.read("field.feedback")) == 2, "it is passed on")
        time.sleep(12)  # Two looks later it has not been passed on again.
    finally:
        console.end()
    feedback = [json.loads(record.value) for record in deployment.read("field.feedback")]
    assert sorted(one["action_id"] for one in feedback) == ["false_alarm-1-id", "false_alarm-2-id"]
    assert {one["verdict"] for one in feedback} == {"false_alarm"}


def test_a_topic_that_is_deleted_and_made_anew_is_read_from_its_beginning(
    console: Console, deployment: Deployment, producer: KafkaProducer
) -> None:
    produce(producer, deployment, "fbs.alerts", *(alert(number) for number in range(40)))
    wait_until(lambda: len(console.shown()) == 40, "all is there")
    assert console.stop() == 0
    make_anew(deployment, "fbs.alerts")
    # As many as before, so that the offsets alone say nothing.
    produce(producer, deployment, "fbs.alerts", *(alert(number, 2) for number in range(60)))
    console.start()
    wait_until(lambda: len(console.shown()) == 60, "the new ones are there")
    assert {one["revision"] for one in console.shown().values()} == {2}
    # And while it runs.
    make_anew(deployment, "fbs.alerts")
    produce(producer, deployment, "fbs.alerts", alert(100))
    wait_until(lambda: 100 in console.shown(), "the newest is there")
    assert len(console.shown()) == 61


@pytest.mark.skipif(not has_postgres(), reason="no PostgreSQL is installed")
def test_a_store_may_be_a_postgresql(
    deployment: Deployment, producer: KafkaProducer, tmp_path: Path
) -> None:
    with postgres() as address:
        console = Console(deployment, tmp_path, more=("--store", address)).start()
        try:
            produce(producer, deployment, "fbs.alerts", *(alert(number) for number in range(5)))
            wait_until(lambda: len(console.shown()) == 5, "all is there")
            page = Page(console.url)
            deed = {"action": "acknowledge"}
            assert console.post(f"/api/alerts/{ONE}/actions", deed).status_code == 200
            wait_until(lambda: "action" in [event[2] for event in page.events], "it is on the page")
            console.kill()
            console.start()
            assert console.shown()[1]["state"] == "acknowledged"
            assert len(console.get("/api/alerts?bbox=116.405,39.8,116.425,40")["alerts"]) == 2
            assert console.stop() == 0
        finally:
            console.end()
