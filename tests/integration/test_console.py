"""The console as a process of its own on a real Kafka: from the topic to the page and back."""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from kafka import KafkaProducer

from field.console.live.arrival import feedback_of
from tests.conftest import free_port
from tests.field.console.told import (
    NOW,
    action,
    alert,
    cell,
    cell_key,
    content,
    encoded,
    everything,
    has_postgres,
    opened,
    postgres,
)
from tests.integration.deployment import PATIENCE_S, Deployment, make_anew, wait_until

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
ONE = f"{1:032x}"
_READY = "cellhound console is ready"


@dataclass
class Console:
    """A console process on a prefix, with a folder of its own, and those that are to be stopped."""

    deployment: Deployment
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    #: More words of the command.
    more: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / f"console-{self.port}.log"

    @property
    def store(self) -> Path:
        return self.folder / f"store-{self.port}.db"

    def start(self) -> "Console":
        words = ["--prefix", self.deployment.prefix, "--listen", f"127.0.0.1:{self.port}"]
        words += ["--store", str(self.store), *self.more]
        own = {"CELLHOUND_HOME": str(self.folder), "PYTHONWARNINGS": "ignore"}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "cellhound.py", "console", *words],
                cwd=ROOT,
                env=self.deployment.environment | own | self.settings,
                stdout=out,
                stderr=out,
            )
        wait_until(lambda: _READY in self.said() or not self.alive(), "the console is ready")
        assert self.alive(), self.said()
        return self

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """As a power cut does it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE_S)

    def end(self) -> None:
        if self.alive():
            self.kill()

    def get(self, path: str) -> Any:
        answer = httpx.get(self.url + path, timeout=PATIENCE_S)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any) -> httpx.Response:
        return httpx.post(self.url + path, json=body, timeout=PATIENCE_S)

    def shown(self) -> dict[int, dict[str, Any]]:
        """What the list shows, by alert number."""
        listed = self.get("/api/alerts?limit=10000")["alerts"]
        return {int(one["alert_id"], 16): one for one in listed}


@pytest.fixture
def console(deployment: Deployment, tmp_path: Path) -> Iterator[Console]:
    found = Console(deployment, tmp_path).start()
    yield found
    found.end()


def produce(producer: KafkaProducer, deployment: Deployment, topic: str, *contents: Any) -> None:
    for told in contents:
        value = told if isinstance(told, bytes) else encoded(told)
        key = getattr(told, "alert_id", "").encode() or None
        producer.send(deployment.name(topic), value, key)
    producer.flush()


class Page:
    """An open stream, read by a thread of its own; events with the time at which they came."""

    def __init__(self, url: str, last: str = "") -> None:
        self.events: list[tuple[float, str, str, Any]] = []
        self.ended = False
        self._url, self._last = url, last
        self._began = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        assert self._began.wait(PATIENCE_S)

    def _read(self) -> None:
        headers = {"Last-Event-ID": self._last} if self._last else {}
        told: dict[str, str] = {}
        try:
            with httpx.stream("GET", f"{self._url}/api/stream", headers=headers, timeout=60) as got:
                for line in got.iter_lines():
                    self._began.set()
                    name, _, value = line.partition(": ")
                    if line:
                        told[name] = value
                    elif "event" in told:
                        data = json.loads(told["data"])
                        here = (time.monotonic(), told.get("id", ""), told["event"], data)
                        self.events.append(here)
                        told = {}
        except httpx.TransportError:
            pass
        self.ended = True

    def alerts(self) -> list[str]:
        return [data["alert_id"] for _, _, kind, data in self.events if kind == "alert"]


def test_an_alert_on_the_topic_is_in_the_api_and_on_open_pages(
    console: Console, deployment: Deployment, producer: KafkaProducer
) -> None:
    page = Page(console.url)
    began = time.monotonic()
    produce(producer, deployment, "fbs.alerts", alert(1))
    wait_until(lambda: ONE in page.alerts(), "the alert is on the page")
    took_s = next(when for when, _, kind, _ in page.events if kind == "alert") - began
    print(f"from topic to page: {took_s * 1000:.0f} ms")
    assert console.shown()[1]["state"] == "new"
    wait_until(lambda: "health" in [event[2] for event in page.events], "health is told")


def test_what_one_does_the_other_sees_and_the_stream_gets_the_verdict(
    console: Console, deployment: Deployment, producer: KafkaProducer
) -> None:
    produce(producer, deployment, "fbs.alerts", alert(1))
    wait_until(lambda: 1 in console.shown(), "the alert is shown")
    other = Console(deployment, console.folder).start()
    try:
        pages = [Page(console.url), Page(other.url)]
        deed = {"action": "false_alarm", "note": "a repeater"}
        assert console.post(f"/api/alerts/{ONE}/actions", deed).json()["state"] == "false_alarm"
        for page in pages:
            wait_until(lambda page=page: "action" in [e[2] for e in page.events], "it is seen")
            [told] = [data for _, _, kind, data in page.events if kind == "action"]
            assert (told["state"], told["by"]) == ("false_alarm", "local")
        wait_until(lambda: other.shown()[1]["state"] == "false_alarm", "the other shows it")
        refused = other.post(f"/api/alerts/{ONE}/actions", {"action": "acknowledge"})
        assert refused.status_code == 409
        assert refused.json()["allowed"] == ["reopen"]
    finally:
        other.end()
    verdicts = [json.loads(record.value) for record in deployment.read("field.feedback")]
    for verdict in verdicts:
        assert (verdict["alert_id"], verdict["verdict"]) == (ONE, "false_alarm")
        assert verdict["mute_until_ts"] > verdict["ts"]
    [act] = [json.loads(record.value) for record in deployment.read("fbs.actions")]
    # One that is not read back in time is passed on again: as the same, by its action.
    assert {verdict["action_id"] for verdict in verdicts} == {act["action_id"]}
    assert len({verdict["note"] for verdict in verdicts}) == 1


def test_two_who_act_at_once_are_told_who_was_first(
    console: Console, deployment: Deployment, producer: KafkaProducer
) -> None:
    produce(producer, deployment, "fbs.alerts", alert(1))
    wait_until(lambda: 1 in console.shown(), "the alert is shown")

    async def both() -> list[int]:
        async with httpx.AsyncClient(base_url=console.url, timeout=PATIENCE_S) as client:
            deeds = [{"action": "acknowledge"}, {"action": "false_alarm"}] * 4
            path = f"/api/alerts/{ONE}/actions"
            answers = await asyncio.gather(*(client.post(path, json=deed) for deed in deeds))
            return [answer.status_code for answer in answers]

    codes = asyncio.run(both())
    assert set(codes) <= {200, 409}
    # Acknowledged first and then a false alarm is allowed; every other order is refused.
    assert 1 <= codes.count(200) <= 2
    trail = console.get("/api/audit")["actions"]
    assert sum(entry["accepted"] for entry in trail) == codes.count(200)
    assert console.shown()[1]["state"] == "false_alarm"


def test_a_console_that_is_killed_at_any_moment_loses_and_doubles_nothing(
    deployment: Deployment, producer: KafkaProducer, tmp_path: Path
) -> None:
    console = Console(deployment, tmp_path)
    topics = everything()
    for number in range(10, 400):
        topics.write("fbs.alerts", alert(number))
    stop = threading.Event()

    def keep_writing() -> None:
        for count, record in enumerate(topics.records):
            producer.send(deployment.name(record.topic), record.value, record.key, partition=0)
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
        wait_until(lambda: len(console.shown()) == 396, "all is there")
        wait_until(lambda: console.get("/api/health")["unread"] == UNREAD, "all is read")
        assert console.stop() == 0
    finally:
        console.end()
    print(f"killed {kills} times")
    assert_same(console.store, topics.records, deployment)


#: What `everything` holds that can't be read.
UNREAD = {"fbs.alerts": 1, "fbs.actions": 1, "field.measurements": 1}


def assert_same(path: Path, records: list[Any], deployment: Deployment) -> None:
    """That a store of a process holds what the records make in one go, but for their times."""
    with sqlite3.connect(path) as raw:
        source = raw.execute("SELECT value FROM meta WHERE name = 'source'").fetchone()[0]
    raw.close()
    told = opened(path, source)
    whole = opened(path.with_suffix(".whole"), source)
    heard = {
        (record.topic.removeprefix(deployment.prefix), record.offset): record.timestamp
        for topic in {record.topic for record in records}
        for record in deployment.read(topic)
        if record.partition == 0
    }
    whole.take(
        [
            record.__class__(
                record.topic,
                record.partition,
                record.offset,
                heard[(record.topic, record.offset)],
                record.key,
                record.value,
            )
            for record in records
        ]
    )
    try:
        one, other = content(told), content(whole)
        for name in one:
            if name != "offsets":
                assert one[name] == other[name], name
    finally:
        told.close()
        whole.close()


def test_a_store_that_is_deleted_is_made_anew_from_the_topics(
    deployment: Deployment, producer: KafkaProducer, tmp_path: Path
) -> None:
    console = Console(deployment, tmp_path).start()
    topics = everything()
    for record in topics.records:
        producer.send(deployment.name(record.topic), record.value, record.key, partition=0)
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
    done = subprocess.run(
        [sys.executable, "cellhound.py", "console", *words, "--store", str(console.store)],
        cwd=ROOT,
        env=deployment.environment | {"CELLHOUND_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "holds what was read from" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_that_is_taken_is_named(console: Console, deployment: Deployment) -> None:
    words = ["--prefix", deployment.prefix, "--listen", f"127.0.0.1:{console.port}"]
    done = subprocess.run(
        [sys.executable, "cellhound.py", "console", *words],
        cwd=ROOT,
        env=deployment.environment | {"CELLHOUND_HOME": str(console.folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert f"can't listen on 127.0.0.1:{console.port}" in done.stderr


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
    told = [json.loads(record.value) for record in deployment.read("field.feedback")]
    assert sorted(one["action_id"] for one in told) == ["false_alarm-1-id", "false_alarm-2-id"]
    assert {one["verdict"] for one in told} == {"false_alarm"}


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


def test_pages_that_are_open_don_t_keep_it_from_stopping(console: Console) -> None:
    pages = [Page(console.url) for _ in range(5)]
    began = time.monotonic()
    assert console.stop() == 0
    print(f"stopped in {time.monotonic() - began:.1f} s")
    wait_until(lambda: all(page.ended for page in pages), "the pages have ended")
    assert "Traceback" not in console.said()


def test_a_page_resumes_after_a_restart_without_a_gap(
    console: Console, deployment: Deployment, producer: KafkaProducer
) -> None:
    page = Page(console.url)
    produce(producer, deployment, "fbs.alerts", alert(1))
    wait_until(lambda: ONE in page.alerts(), "the first is on the page")
    last = next(name for _, name, kind, _ in page.events if kind == "alert")
    console.kill()
    produce(producer, deployment, "fbs.alerts", alert(2), alert(3))
    console.start()
    again = Page(console.url, last)
    wait_until(lambda: len(again.alerts()) == 2, "what was missed is on the page")
    # They lie in two partitions, which are read in any order.
    assert sorted(again.alerts()) == [f"{2:032x}", f"{3:032x}"]
    assert "reset" not in [kind for _, _, kind, _ in again.events]


def test_the_past_is_shown_by_at(
    console: Console, deployment: Deployment, producer: KafkaProducer
) -> None:
    produce(producer, deployment, "fbs.alerts", alert(1), alert(1, 5, severity="critical"))
    wait_until(lambda: console.shown().get(1, {}).get("revision") == 5, "both are there")
    [then] = console.get(f"/api/alerts?at={NOW + 2000}")["alerts"]
    assert then["revision"] == 1
    assert then["replay"] is True  # Its time is years ago.
    assert console.get(f"/api/alerts/{ONE}?at={NOW + 2000}")["revision"] == 1
    assert console.get(f"/api/alerts?at={NOW}")["alerts"] == []


def test_gdal_in_another_process_opens_the_feed_and_the_exports(
    console: Console, deployment: Deployment, producer: KafkaProducer
) -> None:
    produce(producer, deployment, "fbs.alerts", *(alert(number) for number in range(30)))
    for number in range(5):
        value = encoded(cell(number, 39.9 + number / 100))
        producer.send(deployment.name("cell.register"), value, cell_key(number))
    producer.flush()
    wait_until(lambda: len(console.shown()) == 30, "all is there")
    wait_until(lambda: len(console.get("/api/cells")["features"]) == 5, "the register too")
    program = f"""
import json, pyogrio
url = {console.url!r}
feed = "OAPIF:" + url + "/ogc"
near = (116.395, 39.8, 116.445, 40.0)

def count(kind, *layers):
    file = "/vsicurl/" + url + "/alerts." + kind
    layers = layers or [name for name, _ in pyogrio.list_layers(file)]
    told = [pyogrio.read_info(file, layer, force_feature_count=True) for layer in layers]
    return sum(one["features"] for one in told)

found = {{
    "layers": sorted(name for name, _ in pyogrio.list_layers(feed)),
    "all": len(pyogrio.raw.read(feed, layer="alerts")[2]),
    "near": len(pyogrio.raw.read(feed, layer="alerts", bbox=near)[2]),
    "cells": len(pyogrio.raw.read(feed, layer="cells")[2]),
    "kml": count("kml"),
    "waypoints": count("gpx", "waypoints"),
    "geojson": count("geojson"),
}}
print(json.dumps(found))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=os.environ | {"GDAL_HTTP_TIMEOUT": "60"},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["layers"] == ["alerts", "cells", "measurements"]
    assert (found["all"], found["near"], found["cells"]) == (30, 5, 5)
    assert found["kml"] >= 30
    assert (found["waypoints"], found["geojson"]) == (30, 30)


def test_many_pages_each_get_an_update(
    console: Console, deployment: Deployment, producer: KafkaProducer
) -> None:
    async def run() -> tuple[float, float]:
        limits = httpx.Limits(max_connections=250)
        async with httpx.AsyncClient(base_url=console.url, timeout=60, limits=limits) as client:
            ready = asyncio.Semaphore(0)

            async def listen() -> float:
                async with client.stream("GET", "/api/stream") as answer:
                    async for line in answer.aiter_lines():
                        if line.startswith("retry"):
                            ready.release()
                        if line == "event: alert":
                            return time.monotonic()
                raise AssertionError("the stream ended")

            async def last_of(many: int, number: int) -> float:
                pages = [asyncio.create_task(listen()) for _ in range(many)]
                for _ in pages:
                    await ready.acquire()
                began = time.monotonic()
                await asyncio.to_thread(produce, producer, deployment, "fbs.alerts", alert(number))
                return max(await asyncio.gather(*pages)) - began

            return await last_of(1, 1), await last_of(200, 2)

    alone_s, worst_s = asyncio.run(asyncio.wait_for(run(), 2 * PATIENCE_S))
    print(f"one page had it after {alone_s * 1000:.0f} ms", end=", ")
    print(f"the last of 200 pages after {worst_s * 1000:.0f} ms")
    # Ten times what is aimed at, and what one takes here: the machine may be busy.
    assert worst_s < 10.0 * (1.0 + alone_s)


def test_a_reading_comes_back_from_its_topic(console: Console, deployment: Deployment) -> None:
    body = {"rat": "lte", "arfcn": 100, "signal_dbm": -70.0, "lat": 39.9, "lon": 116.4}
    answer = console.post("/api/measurements", [body, body | {"device": "460001234567890"}])
    assert answer.status_code == 201
    wait_until(lambda: len(console.get("/api/measurements")["measurements"]) == 2, "both are there")
    values = b"".join(record.value for record in deployment.read("field.measurements"))
    assert b"460001234567890" not in values
    assert b"rx_ts" in values


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
            wait_until(lambda: "action" in [event[2] for event in page.events], "it is told")
            console.kill()
            console.start()
            assert console.shown()[1]["state"] == "acknowledged"
            assert len(console.get("/api/alerts?bbox=116.405,39.8,116.425,40")["alerts"]) == 2
            assert console.stop() == 0
        finally:
            console.end()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl is installed")
def test_it_is_served_by_tls(deployment: Deployment, tmp_path: Path) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=console"]
    files = ["-keyout", str(key), "-out", str(certificate), "-addext"]
    made = ["openssl", *words, *files, "subjectAltName=IP:127.0.0.1"]
    subprocess.run(made, check=True, capture_output=True)
    more = ("--tls-cert", str(certificate), "--tls-key", str(key))
    console = Console(deployment, tmp_path, more=more).start()
    try:
        trusting = ssl.create_default_context(cafile=str(certificate))
        secure = console.url.replace("http://", "https://")
        answer = httpx.get(f"{secure}/api/me", verify=trusting, timeout=30)
        assert answer.json()["role"] == "admin"
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{console.url}/api/me", timeout=30)
        assert console.stop() == 0
    finally:
        console.end()
