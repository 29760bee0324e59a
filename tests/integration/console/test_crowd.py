"""The console among hostile connections: its people, its pages and its Kafka have their places.

On Linux all of 127.0.0.0/8 is this computer, so a connection from 127.0.0.66 comes from another
address than one from 127.0.0.1: so attackers and people are told apart here.
"""

import asyncio
import contextlib
import resource
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from kafka import KafkaProducer

from field.console.access import Access
from field.console.access.credentials.passwords import Passwords
from streams.config.console import ConsoleSettings
from tests.conftest import free_port
from tests.field.console.guarded_app import PASSWORD, QUICK
from tests.field.console.topic_records import alert
from tests.integration.console.console_process import ONE, produce
from tests.integration.deployment import Deployment
from tests.integration.door_process import ROOT
from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration

HOSTILE, ADDRESSES = 2000, 20
STREAMS, PEOPLE, EACH = 200, 10, 20
#: As a shell gives them by default, and no more to be had.
FILES = 1024
HALF = b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n"


class Crowded:
    """A console as people start it, that may have few files open, and accounts for it."""

    def __init__(self, deployment: Deployment, folder: Path) -> None:
        self.port, self.log = free_port(), folder / "console.log"
        accounts = str(folder / "accounts.db")
        access = Access(ConsoleSettings(accounts=accounts), lambda: 0.0, Passwords(QUICK))
        for number in range(PEOPLE):
            access.accounts.put(f"person-{number}", "viewer", PASSWORD)
        access.accounts.put("ada", "admin", PASSWORD)
        access.close()
        words = ["--prefix", deployment.prefix, "--listen", f"127.0.0.1:{self.port}"]
        words += ["--store", str(folder / "store.db")]
        program = [sys.executable, "-m", "cellhound", "console", *words]
        own = {"CELLHOUND_HOME": str(folder), "CELLHOUND__CONSOLE__ACCOUNTS": accounts}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["sh", "-c", f'ulimit -n {FILES} && exec "$@"', "sh", *program],
                cwd=ROOT,
                env=deployment.environment | own | {"PYTHONWARNINGS": "ignore"},
                stdout=log,
                stderr=log,
            )
        wait_until(self._is_ready, "the console is ready")

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def client(self, **more: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE_S, **more
        )

    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.text()
        return "cellhound console is ready" in self.text()


@pytest.fixture
def crowded(deployment: Deployment, tmp_path: Path) -> Iterator[Crowded]:
    console = Crowded(deployment, tmp_path)
    yield console
    console.process.terminate()
    console.process.wait(PATIENCE_S)


@pytest.fixture(autouse=True)
def _many_files() -> Iterator[None]:
    """This side of the connections needs as many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = HOSTILE + 2 * STREAMS + 500
    if hard != resource.RLIM_INFINITY and hard < needed:
        pytest.skip("too few files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Hostile:
    """Connections that send half of a request, and begin again when they are ended; held by a
    thread that mostly waits, so that the people of the test have their processor."""

    def __init__(self, port: int) -> None:
        self._port, self._over = port, threading.Event()
        self._there = threading.Event()
        self._thread = threading.Thread(target=self._hold, daemon=True)
        self._thread.start()
        assert self._there.wait(PATIENCE_S)

    def go(self) -> None:
        self._over.set()
        self._thread.join()

    def _hold(self) -> None:
        held: dict[int, socket.socket] = {}
        poll = select.poll()
        while not self._over.is_set():
            for number in range(HOSTILE):
                if number not in held and (begun := self._begun(number)):
                    held[number] = begun
                    poll.register(begun, select.POLLIN)
            if len(held) == HOSTILE:
                self._there.set()
            self._over.wait(1.0)
            ended = {file for file, _ in poll.poll(0)}
            for number in [number for number, one in held.items() if one.fileno() in ended]:
                poll.unregister(held[number])
                held.pop(number).close()
        for one in held.values():
            one.close()

    def _begun(self, number: int) -> socket.socket | None:
        one = socket.socket()
        one.settimeout(5.0)
        try:
            one.bind((f"127.0.0.{66 + number % ADDRESSES}", 0))
            one.connect(("127.0.0.1", self._port))
            one.sendall(HALF)
        except OSError:
            one.close()
            return None
        return one


async def listen(client: httpx.AsyncClient, ready: asyncio.Semaphore) -> None:
    """Returns when the alert comes."""
    async with client.stream("GET", "/api/stream") as answer:
        assert answer.status_code == 200, await answer.aread()
        async for line in answer.aiter_lines():
            if line.startswith("retry"):
                ready.release()
            if line.startswith("data:") and ONE in line:
                return
    raise AssertionError("the stream ended")


async def log_in(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post("/api/login", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text


@pytest.mark.nightly
def test_it_stays_up_under_hostile_connections_and_many_pages(
    crowded: Crowded, deployment: Deployment, producer: KafkaProducer
) -> None:
    async def run() -> None:
        async with contextlib.AsyncExitStack() as stack:
            ready, pages, people = asyncio.Semaphore(0), [], []
            for number in range(PEOPLE):
                limits = httpx.Limits(max_connections=EACH + 5)
                client = await stack.enter_async_context(crowded.client(limits=limits))
                await log_in(client, f"person-{number}")
                pages += [asyncio.create_task(listen(client, ready)) for _ in range(EACH)]
                people.append(client)
            for _ in pages:
                await asyncio.wait_for(ready.acquire(), PATIENCE_S)
            # One more is one too many, whatever session it is of.
            async with crowded.client() as again:
                await log_in(again, "person-0")
                more = await again.get("/api/stream")
                assert more.status_code == 503
                assert "streams_per_account" in more.json()["detail"]
            health = (await people[0].get("/api/health")).json()
            assert health["door"]["streams"] == STREAMS
            assert health["door"]["streams_refused"] == 1
            assert health["door"]["connections"] <= health["door"]["most"] == FILES - 256
            assert health["door"]["gave_way"] > 0
            assert "console.limits" in health["trouble"]["connections"]
            assert "ingest" not in health["trouble"]
            assert crowded.open_files() < FILES - 50
            await asyncio.to_thread(produce, producer, deployment, "fbs.alerts", alert(1))
            await asyncio.wait_for(asyncio.gather(*pages), PATIENCE_S)
            async with crowded.client() as other:
                await log_in(other, "ada")
                assert len((await other.get("/api/alerts")).json()["alerts"]) == 1

    hostile = Hostile(crowded.port)
    asyncio.run(run())
    hostile.go()
    assert crowded.process.poll() is None
    assert f"at most {FILES - 256} connections are taken" in crowded.text()
    assert "Traceback" not in crowded.text()
    assert len(crowded.text().splitlines()) < 20, crowded.text()
