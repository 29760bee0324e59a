"""The gateway on a real Kafka: what comes by HTTP and on standard input alerts as a replay does."""

import contextlib
import gzip
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from field.ingest.serve import READY
from replay.traces.trace import Message
from streams.decode.records import ARROW
from streams.kafka.stage_records import CONTENT_TYPE, header
from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.door_process import ROOT, DoorProcess, start_door
from tests.integration.messages import end_ms, in_order, revisions
from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration

_LINES = {"content-type": "application/x-ndjson"}
#: The trace's signalling and messages are the operator's.
_TOPICS = ("--topic", "cell.signalling", "--topic", "sms.metadata")
_IN_A_REQUEST = 250
_HEAD = b"POST /v1/device.sms HTTP/1.1\r\nHost: 127.0.0.1\r\n"


class Gateway:
    """A gateway that runs."""

    def __init__(self, process: DoorProcess, log: Path) -> None:
        self.process, self.log = process, log
        wait_until(lambda: READY in log.read_text() or process.poll() is not None, "it is ready")
        found = re.search(rf"{READY}: http://127\.0\.0\.1:(\d+)", log.read_text())
        assert found, log.read_text()
        self.port = int(found[1])
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE_S)

    def post(self, topic: str, values: Sequence[bytes]) -> dict[str, int]:
        """Sends messages; what is answered."""
        body = gzip.compress(b"\n".join(values), 1)
        headers = _LINES | {"content-encoding": "gzip"}
        answer = self.client.post(f"/v1/{topic}", content=body, headers=headers)
        assert answer.status_code == 202, answer.text
        found: dict[str, int] = answer.json()
        return found


@pytest.fixture
def gateway(deployment: Deployment, tmp_path: Path) -> Iterator[Gateway]:
    log = tmp_path / "ingest.log"
    words = ("ingest", "--listen", "127.0.0.1:0", *_TOPICS, "--prefix", deployment.prefix)
    made = Gateway(start_door(*words, env=deployment.environment, log=log), log)
    yield made
    made.client.close()
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait(PATIENCE_S)


@pytest.mark.nightly
def test_what_apps_send_alerts_as_a_replay_does(
    deployment: Deployment, quarter_hour: Known, gateway: Gateway
) -> None:
    # What comes on standard input comes a while after the rest.
    deployment.settings["CELLHOUND__STREAMS__IDLE_S"] = "3600"
    messages = in_order(quarter_hour.trace)
    deployment.load_register(quarter_hour.trace)
    deployment.start()
    with _half_open(gateway.port):
        half = len(messages) // 2 // _IN_A_REQUEST * _IN_A_REQUEST
        late = [m.value for m in messages[half:] if m.topic == "cell.measurements"]
        for begin in range(0, len(messages), _IN_A_REQUEST):
            part = messages[begin : begin + _IN_A_REQUEST]
            for topic, values in _by_topic(part, begin >= half).items():
                answer = gateway.post(topic, values)
                assert (answer["messages"], answer["dead_letters"]) == (len(values), 0)
        _send_stdin(deployment, "cell.measurements", [*late, b"{"])
    deployment.mark(end_ms(messages), end=True)
    deployment.wait_until_idle()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)
    assert not any(correlator.late for correlator in deployment.correlators().values())
    assert [letter["reason"] for letter in deployment.dead_letters()] == ["not_json"]
    records = [one for one in deployment.read("cell.measurements") if one.value != b"[]"]
    kinds = [header(one.headers, CONTENT_TYPE) for one in records]
    assert kinds.count(ARROW.encode()) > 0.9 * len(kinds)

    # A request that is under way when it is told to stop is answered, once Kafka has it.
    with socket.create_connection(("127.0.0.1", gateway.port)) as last:
        last.sendall(_HEAD + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{")
        wait_until(lambda: bool(gateway.client.get("/").status_code), "it has begun to read")
        gateway.process.send_signal(signal.SIGTERM)
        last.sendall(b"}")
        last.settimeout(PATIENCE_S)
        assert last.recv(4096).startswith(b"HTTP/1.1 202")
    assert gateway.process.wait(PATIENCE_S) == 0
    assert "Traceback" not in gateway.log.read_text()
    assert [one.value for one in deployment.read("device.sms") if one.value != b"[]"] == [b"{}"]


def _by_topic(messages: Sequence[Message], is_late: bool) -> dict[str, list[bytes]]:
    """What goes by HTTP, of each topic; late measurements go otherwise."""
    found: dict[str, list[bytes]] = {}
    for message in messages:
        if not (is_late and message.topic == "cell.measurements"):
            found.setdefault(message.topic, []).append(message.value)
    return found


def _send_stdin(deployment: Deployment, topic: str, values: Sequence[bytes]) -> None:
    words = ("ingest", "--stdin", topic, "--prefix", deployment.prefix)
    done = subprocess.run(
        [sys.executable, "-m", "cellhound", *words],
        input=b"\n".join(values),
        cwd=ROOT,
        env=deployment.environment,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert json.dumps(done.stdout.decode()).count(f"{len(values)} messages, 1 of them dead letters")


@contextlib.contextmanager
def _half_open(port: int) -> Iterator[None]:
    """Connections that begin a request and don't end it."""
    with contextlib.ExitStack() as stack:
        for begun in (b"", b"POST /v1/", _HEAD + b"Content-Length: 10\r\n\r\n"):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            one.sendall(begun)
        yield
