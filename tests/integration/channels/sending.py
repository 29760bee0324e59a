"""What tests of channels need beside a deployment: the process that sends, and a web receiver."""

import asyncio
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from detectors.alert.record import Alert
from field.channels.commands import READY
from field.channels.delivery.log import Delivery, decode_delivery
from streams.kafka.stage_records import REPLAY
from tests.field.channels.receiver import OK, Answer, Posted, Receiver, receiver
from tests.integration.deployment import Deployment
from tests.integration.door_process import start_door
from tests.integration.waiting import PATIENCE_S, wait_until


@dataclass
class Sending:
    """``cellhound notify run`` with some channels, as a process that can be killed."""

    deployment: Deployment
    channels: list[dict[str, Any]]
    env: dict[str, str] = field(default_factory=dict)
    #: Starts a command: its words, ``env`` and ``log``; what has the methods of `Popen`.
    launch: Callable[..., Any] = start_door
    process: Any = None
    runs: int = 0

    @property
    def config(self) -> Path:
        path = self.deployment.folder / "channels.yaml"
        path.write_text(json.dumps({"channels": self.channels}))
        return path

    def start(self) -> None:
        """Returns once all channels read."""
        self.runs += 1
        log = self.deployment.folder / f"notify-{self.runs}.log"
        words = ["notify", "run", "--prefix", self.deployment.prefix, "--config", str(self.config)]
        process = self.launch(*words, env=self.deployment.environment | self.env, log=log)
        self.process = process
        wait_until(lambda: READY in log.read_text() or process.poll() is not None, "all read")
        assert process.poll() is None, log.read_text()

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE_S)

    def deliveries(self) -> list[Delivery]:
        read = [decode_delivery(record.value) for record in self.deployment.read("fbs.deliveries")]
        return [one for one in read if one is not None]

    def wait_until_sent(self, *alert_ids: str) -> None:
        """Until the log says so of all these; what it doesn't say yet, the next run sends again."""
        wait_until(
            lambda: (
                set(alert_ids) <= {d.alert_id for d in self.deliveries() if d.outcome == "sent"}
            ),
            f"the log has {', '.join(alert_ids[:3])} ..",
        )


@contextmanager
def sending(
    deployment: Deployment, *channels: dict[str, Any], env: dict[str, str] | None = None
) -> Iterator[Sending]:
    """A process that is not started yet, and ends with the block."""
    made = Sending(deployment, list(channels), env or {})
    try:
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.process.kill()
            made.process.wait()


def publish(
    deployment: Deployment, *alerts: Alert, ago_s: float | None = None, replay: bool = False
) -> None:
    """Alerts as a worker writes them; ``ago_s`` seconds ago by their records' time; of a
    ``replay`` where it has read one."""
    stamp = None if ago_s is None else int((time.time() - ago_s) * 1000)
    producer = deployment.producer()
    for alert in alerts:
        producer.send(
            deployment.name("fbs.alerts"),
            msgspec.json.encode(alert),
            key=alert.alert_id.encode(),
            timestamp_ms=stamp,
            headers=[(REPLAY, b"")] if replay else [],
        )
    producer.flush()
    producer.close()


class WebReceiver:
    """A receiver in a thread; ``answer``, and what it takes, may be changed at any time."""

    def __init__(self) -> None:
        self.answer: Answer = OK
        self.takes_s = 0.0
        self._loop = asyncio.new_event_loop()
        self._done = asyncio.Event()
        self._there: Receiver | None = None
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def url(self) -> str:
        assert self._there is not None
        return f"{self._there.url}/hook"

    @property
    def posted(self) -> list[Posted]:
        """All requests, those that were refused too."""
        assert self._there is not None
        return list(self._there.posted)

    def events(self) -> list[tuple[str, int]]:
        """The events that came by webhook, by alert and revision, in order of arrival."""
        events = [posted.json["data"] for posted in self.posted]
        return [(one["alert_id"], one["revision"]) for one in events]

    def start_over(self, answer: Answer) -> None:
        """Forgets all requests and answers otherwise from now on: between two requests."""
        done = threading.Event()

        def change() -> None:
            assert self._there is not None
            self._there.posted.clear()
            self.answer = answer
            done.set()

        self._loop.call_soon_threadsafe(change)
        assert done.wait(PATIENCE_S)

    def _answer(self, _: Posted) -> Answer:
        time.sleep(self.takes_s)
        return self.answer

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        async with receiver() as there:
            there.answer = self._answer
            self._there = there
            self._up.set()
            await self._done.wait()

    def __enter__(self) -> "WebReceiver":
        self._thread.start()
        assert self._up.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(30)


@contextmanager
def listening(listen: Callable[[], Any]) -> Iterator[None]:
    """A coroutine in a thread of its own, ended with the block."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(listen())

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(30)
        loop.close()
