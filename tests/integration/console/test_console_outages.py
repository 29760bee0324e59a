"""The console while what it stands on breaks: Kafka, the database, the disk."""

import contextlib
import os
import subprocess
import threading
import time
from pathlib import Path

import httpx
import pytest
from kafka import KafkaProducer

from detectors.alert.record import Alert
from streams.kafka.local_broker import Broker
from tests.conftest import BROKER_STARTS_S, free_port
from tests.field.console.topic_records import alert, has_postgres, postgres_server, reading
from tests.integration.console.console_process import ONE, Console, Page, deeds, produce
from tests.integration.deployment import Deployment
from tests.integration.disturbing import kill
from tests.integration.door_process import run_door
from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration

ACT = f"/api/alerts/{ONE}/actions"


def write(deployment: Deployment, *alerts: Alert) -> None:
    """By a producer of its own: kafka's leaves sockets open when its broker dies."""
    producer = deployment.producer()
    produce(producer, deployment, "fbs.alerts", *alerts)
    producer.close()


def ready(console: Console) -> tuple[int, str]:
    answer = httpx.get(f"{console.url}/readyz", timeout=60)
    return answer.status_code, answer.text.strip()


def trouble(console: Console) -> str:
    return str(console.get("/api/health")["trouble"].get("ingest", ""))


@pytest.mark.nightly
def test_a_broker_that_dies_and_returns(broker: Broker, tmp_path: Path) -> None:
    deployment = Deployment(broker.bootstrap, "outage-", tmp_path)
    deployment.create_topics()
    console = Console(deployment, tmp_path).start()
    try:
        write(deployment, alert(1), alert(2))
        wait_until(lambda: len(console.shown()) == 2, "both are shown")
        page = Page(console.url)
        assert console.post(ACT, {"action": "acknowledge"}).status_code == 200
        for _ in range(2):
            kill(broker)
            wait_until(lambda: "no broker answers" in trouble(console), "it says so")
            began = time.monotonic()
            refused = console.post(ACT, {"action": "note", "note": "while Kafka is away"})
            print(f"answered after {time.monotonic() - began:.1f} s")
            assert refused.status_code == 503
            assert "Kafka" in refused.json()["detail"]
            several = _at_once(console, 4)
            assert several == [503] * 4
            assert len(console.shown()) == 2
            broker.up(BROKER_STARTS_S)
            wait_until(lambda: trouble(console) == "", "it is over")
        # A broker that answers may take a while until it takes something, and gives it out.
        wait_until(lambda: _measures(console) == 201, "it writes again")
        wait_until(lambda: bool(console.get("/api/measurements")["measurements"]), "and reads")
        assert console.post(ACT, {"action": "dispatch"}).status_code == 200
        write(deployment, alert(3), alert(1, 2))
        wait_until(lambda: len(console.shown()) == 3, "what came later is shown")
        wait_until(lambda: console.shown()[1]["revision"] == 2, "and the revision")
        wait_until(lambda: f"{3:032x}" in page.alerts(), "the page that was open has it")
        actions = [data["action"] for _, _, kind, data in page.events if kind == "action"]
        assert actions == ["acknowledge", "dispatch"]
        assert page.alerts().count(f"{3:032x}") == 1
        assert not page.ended
        # What was answered 503 did not come later.
        actions = [entry["action"] for entry in console.get("/api/audit")["actions"]]
        assert [one for one in actions if one != "begin"] == ["dispatch", "acknowledge"]
        assert len(deeds(deployment)) == 2
        assert console.stop() == 0
        assert "Traceback" not in console.log_text()
        assert "never retrieved" not in console.log_text()
        assert len(console.log_text().splitlines()) < 60
        print(console.log_text())
    finally:
        console.end()


def _at_once(console: Console, many: int) -> list[int]:
    codes: list[int] = []

    def ask() -> None:
        codes.append(console.post(ACT, {"action": "note", "note": "too"}).status_code)

    threads = [threading.Thread(target=ask) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def _measures(console: Console) -> int:
    return console.post("/api/measurements", reading_now()).status_code


def reading_now() -> dict[str, object]:
    return {key: value for key, value in reading(1).items() if key not in ("ts", "rx_ts")}


@pytest.mark.nightly
def test_a_console_stops_while_the_broker_is_away(broker: Broker, tmp_path: Path) -> None:
    deployment = Deployment(broker.bootstrap, "away-", tmp_path)
    deployment.create_topics()
    console = Console(deployment, tmp_path).start()
    try:
        kill(broker)
        wait_until(lambda: "no broker answers" in trouble(console), "it says so")
        began = time.monotonic()
        assert console.stop() == 0
        print(f"stopped in {time.monotonic() - began:.1f} s")
        assert "Traceback" not in console.log_text()
    finally:
        console.end()


def test_a_console_without_a_broker_says_what_to_do(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    deployment = Deployment(nobody, "nobody-", tmp_path)
    words = ("console", "--listen", f"127.0.0.1:{free_port()}")
    environment = deployment.environment | {"CELLHOUND_HOME": str(tmp_path)}
    code, printed = run_door(*words, env=environment, log=tmp_path / "console.log")
    assert code == 1
    assert f"No Kafka broker answers at {nobody}" in printed
    assert "cellhound broker up" in printed
    assert "Traceback" not in printed


def code(console: Console, path: str) -> int:
    return httpx.get(console.url + path, timeout=PATIENCE_S).status_code


@pytest.mark.nightly
@pytest.mark.skipif(not has_postgres(), reason="no PostgreSQL is installed")
def test_a_postgresql_that_dies_and_returns(
    deployment: Deployment, producer: KafkaProducer, tmp_path: Path
) -> None:
    with postgres_server() as server:
        console = Console(deployment, tmp_path, more=("--store", server.address))
        console.settings["CELLHOUND__CONSOLE__ACCOUNTS"] = server.address
        console.start()
        try:
            produce(producer, deployment, "fbs.alerts", alert(1), alert(2))
            wait_until(lambda: len(console.shown()) == 2, "both are shown")
            page = Page(console.url)
            for number in (3, 4):
                server.kill()
                for path in ("/api/alerts", "/api/health", f"/api/alerts/{ONE}", "/api/me"):
                    answer = httpx.get(console.url + path, timeout=PATIENCE_S)
                    assert answer.status_code == 503, path
                    assert "try again" in answer.json()["detail"]
                    assert "127.0.0.1" not in answer.text
                assert console.post(ACT, {"action": "acknowledge"}).status_code == 503
                produce(producer, deployment, "fbs.alerts", alert(number))
                time.sleep(4)
                assert console.alive()
                server.start()
                wait_until(lambda: code(console, "/api/alerts") == 200, "it answers again")
                wait_until(lambda n=number: n in console.shown(), "nothing is lost")
                wait_until(lambda: trouble(console) == "", "it is over")
            assert console.post(ACT, {"action": "acknowledge"}).status_code == 200
            last = [f"{3:032x}", f"{4:032x}"]
            wait_until(lambda: set(last) <= set(page.alerts()), "the page has them")
            assert page.alerts() == last
            assert console.stop() == 0
            log = console.log_text()
            print(log)
            assert "Traceback" not in log
            assert len(log.splitlines()) < 40
        finally:
            console.end()


@pytest.mark.skipif(not has_postgres(), reason="no PostgreSQL is installed")
def test_two_consoles_on_one_postgresql_are_one(
    deployment: Deployment, producer: KafkaProducer, tmp_path: Path
) -> None:
    with postgres_server() as server:
        both = [Console(deployment, tmp_path, more=("--store", server.address)) for _ in range(2)]
        try:
            for console in both:
                console.start()
            pages = [Page(console.url) for console in both]
            produce(producer, deployment, "fbs.alerts", *(alert(n) for n in range(200)))
            for console in both:
                wait_until(lambda console=console: len(console.shown()) == 200, "all are shown")
            for number, (here, there) in enumerate([both, both[::-1]], start=1):
                path = f"/api/alerts/{number:032x}/actions"
                assert here.post(path, {"action": "acknowledge"}).status_code == 200
                assert there.shown()[number]["state"] == "acknowledged"
            assert both[0].shown() == both[1].shown()
            for page in pages:
                wait_until(lambda page=page: len(page.alerts()) == 200, "each page has all")
                wait_until(lambda page=page: len(acted(page)) == 2, "and what was done")
                assert acted(page) == [ONE, f"{2:032x}"]
                numbered = [name for _, name, kind, _ in page.events if kind != "health"]
                assert len(set(numbered)) == len(numbered)
            assert len(deeds(deployment)) == 2
        finally:
            for console in both:
                console.end()


def acted(page: Page) -> list[str]:
    return [data["alert_id"] for _, _, kind, data in page.events if kind == "action"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root mounts a small disk")
def test_a_disk_that_is_full_and_gets_room_again(
    deployment: Deployment, producer: KafkaProducer, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(mounting, check=False, capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here")
    console = Console(deployment, tmp_path, more=("--store", str(disk / "store.db")))
    filler = disk / "filler"
    try:
        console.start()
        produce(producer, deployment, "fbs.alerts", alert(1))
        wait_until(lambda: 1 in console.shown(), "it is shown")
        page = Page(console.url)
        assert ready(console) == (200, "ok")
        with filler.open("wb", buffering=0) as out, contextlib.suppress(OSError):
            while True:
                out.write(b"x" * 4096)
        produce(producer, deployment, "fbs.alerts", *(alert(n) for n in range(2, 300)))
        wait_until(lambda: "full" in trouble(console) or "disk" in trouble(console), "it says so")
        print(trouble(console))
        wait_until(lambda: ready(console) == (503, "store_failing"), "it isn't ready")
        assert 1 in console.shown()
        assert console.alive()
        filler.unlink()
        wait_until(lambda: len(console.shown()) == 299, "nothing is lost")
        wait_until(lambda: trouble(console) == "", "it is over")
        wait_until(lambda: ready(console) == (200, "ok"), "it is ready again")
        # The page that was open the whole time got each of them once.
        wait_until(lambda: len(page.alerts()) >= 298, "the open page has them")
        assert sorted(page.alerts()) == [f"{number:032x}" for number in range(2, 300)]
        assert not page.ended
        assert console.post(ACT, {"action": "acknowledge"}).status_code == 200
        assert console.stop() == 0
        assert "Traceback" not in console.log_text()
    finally:
        console.end()
        subprocess.run(["umount", "-l", str(disk)], check=False)
