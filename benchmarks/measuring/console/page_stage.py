"""A real console on a real Kafka, with alerts as from a worker, and a browser before it: for the
page's tests, pictures and measurements.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
from kafka import KafkaProducer

from detectors.alert.record import Alert
from streams.kafka.make_topics import ensure_topics
from streams.kafka.settings import KafkaSettings

ROOT: Final = Path(__file__).parents[3]
#: Without what shows windows tests of pages take a third less of a processor.
_CHROMIUMS: Final = ("chromium-headless-shell", "chromium", "chromium-browser")
#: Draws without a graphics card, and may run as root in a container. A program stands in for the
#: card; what lies around the map is drawn without it, which takes a tenth less of a processor.
CHROMIUM: Final = next(filter(None, map(shutil.which, _CHROMIUMS)), None)
CHROMIUM_ARGS: Final = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-gpu-rasterization",
    # What draws on a machine that stands for a while is slow, and not dead.
    "--disable-gpu-watchdog",
)
_READY: Final = "cellhound console is ready"
_PATIENCE_S: Final = 120.0
_FEEDS: Final = ("cell.measurements", "cell.signalling", "sms.metadata")


def launched(*args: str, env: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """``cellhound ARGS`` as people start it; all that it prints goes to the log."""
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "cellhound", *args], cwd=ROOT, env=env, stdout=out, stderr=out
        )


@dataclass
class Stage:
    """A console under a prefix of its own; ``settings`` are environment variables for it."""

    bootstrap: str
    prefix: str
    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    #: An API token, where there are accounts.
    token: str = ""
    #: Starts a command: its arguments, ``env`` and ``log``; what has the methods of `Popen`.
    launch: Callable[..., Any] = launched
    process: Any = None

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it, once more after `stop` too; returns when it serves."""
        ensure_topics(KafkaSettings(bootstrap=self.bootstrap, prefix=self.prefix), _PATIENCE_S)
        own = {name: value for name, value in os.environ.items() if not name.startswith("CELLH")}
        own |= {"PYTHONPATH": str(ROOT), "KAFKA_BOOTSTRAP": self.bootstrap}
        own |= {"CELLHOUND_KEY": "a key for tests only", "CELLHOUND_HOME": str(self.folder)}
        log = self.folder / "console.log"
        listen = [
            "--listen",
            f"127.0.0.1:{self.port}",
            "--store",
            str(self.folder / "store.sqlite"),
        ]
        arguments = ("console", "--prefix", self.prefix, *listen)
        self.process = self.launch(*arguments, env=own | self.settings, log=log)
        until(lambda: _READY in log.read_text() or self.process.poll() is not None, "it serves")
        assert self.process.poll() is None, log.read_text()

    def stop(self) -> None:
        """As SIGTERM does it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=_PATIENCE_S)

    def send(self, topic: str, records: Iterable[tuple[str, Any]]) -> None:
        """Keys and values, which become JSON."""
        producer = KafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=5, acks="all")
        for key, value in records:
            producer.send(self.prefix + topic, msgspec.json.encode(value), key.encode())
        producer.flush()
        producer.close()

    def send_alerts(self, *alerts: Alert) -> None:
        """As a worker publishes them."""
        self.send("fbs.alerts", ((alert.alert_id, alert) for alert in alerts))

    def beat(self, feeds: Iterable[str] = _FEEDS, behind_ms: int = 0) -> None:
        """A worker's sign of life, which receives these feeds now; ``behind_ms``: from a recording
        that is so old."""
        now = int(time.time() * 1000)
        feed = {
            "arrival_ms": now - behind_ms,
            "heard_ms": now,
            "messages": 48_213,
            "dead_letters": 2,
        }
        health = {
            "worker": "worker-1",
            "ts": now,
            "version": "0.1.0",
            "partitions": 8,
            "messages": 144_639,
            "findings": 312,
            "alerts": 7,
            "dead_letters": 6,
            "late": 0,
            "feeds": dict.fromkeys(feeds, feed),
            "replay": behind_ms > 0,
        }
        self.send("fbs.health", [("worker-1", health)])

    def get(self, path: str) -> Any:
        """What the API answers."""
        request = urllib.request.Request(self.url + path, headers=self._credential())
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:
            return json.load(answer)

    def _credential(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def post(self, path: str, body: Any) -> Any:
        """What the API answers to a body."""
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:
            return json.load(answer)

    def holds(self, count: int) -> bool:
        """Whether the console has that many alerts by now."""
        # Closed ones are in no count.
        return len(self.get(f"/api/alerts?limit={count}")["alerts"]) >= count


@contextmanager
def stage_on_broker(name: str) -> Iterator[Stage]:
    """A stage on the broker of KAFKA_BOOTSTRAP, under a prefix of its own; stopped at the end."""
    bootstrap = os.environ.get("KAFKA_BOOTSTRAP") or "127.0.0.1:9092"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(bootstrap, f"{name}.{uuid.uuid4().hex[:8]}.", Path(folder), port)
        try:
            yield stage
        finally:
            stage.stop()


def until(condition: Callable[[], bool], what: str, timeout_s: float = _PATIENCE_S) -> float:
    """Waits; the seconds that it took. Fails with a sentence when it takes far too long."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < timeout_s, f"not within {timeout_s:.0f} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began
