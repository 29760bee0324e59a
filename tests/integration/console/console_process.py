"""A console as a process of its own on a real Kafka, and an open page that reads its stream."""

import json
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from kafka import KafkaProducer

from tests.conftest import free_port
from tests.field.console.topic_records import encoded
from tests.integration.deployment import Deployment
from tests.integration.door_process import DoorProcess, start_door
from tests.integration.waiting import PATIENCE_S, wait_until

ONE = f"{1:032x}"
_READY = "cellhound console is ready"


@dataclass
class Console:
    """A console process on a prefix, with a folder of its own, and those that are to be stopped."""

    deployment: Deployment
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: DoorProcess | None = None
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
        environment = self.deployment.environment | own | self.settings
        self.process = start_door("console", *words, env=environment, log=self.log)
        wait_until(lambda: _READY in self.log_text() or not self.alive(), "the console is ready")
        assert self.alive(), self.log_text()
        return self

    def log_text(self) -> str:
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


def produce(producer: KafkaProducer, deployment: Deployment, topic: str, *contents: Any) -> None:
    for one in contents:
        value = one if isinstance(one, bytes) else encoded(one)
        key = getattr(one, "alert_id", "").encode() or None
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
        fields: dict[str, str] = {}
        try:
            with httpx.stream("GET", f"{self._url}/api/stream", headers=headers, timeout=60) as got:
                for line in got.iter_lines():
                    self._began.set()
                    name, _, value = line.partition(": ")
                    if line:
                        fields[name] = value
                    elif "event" in fields:
                        data = json.loads(fields["data"])
                        here = (time.monotonic(), fields.get("id", ""), fields["event"], data)
                        self.events.append(here)
                        fields = {}
        except httpx.TransportError:
            pass
        self.ended = True

    def alerts(self) -> list[str]:
        return [data["alert_id"] for _, _, kind, data in self.events if kind == "alert"]


def deeds(deployment: Deployment) -> list[bytes]:
    """What people did, by the topic; a console's own beginning is left out."""
    values = [record.value for record in deployment.read("fbs.actions")]
    return [value for value in values if b'"action":"begin"' not in value]
