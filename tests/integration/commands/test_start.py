"""`cellhound start` and `demo --stay` as people use them, on the broker of the tests' own."""

import os
import re
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from field.laptop.claim import read_note
from streams.kafka.local_broker import Broker
from tests.conftest import free_port
from tests.integration.door_process import ROOT
from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration


def cellhound(*words: str, **env: str) -> "subprocess.Popen[str]":
    given = {name: os.environ[name] for name in os.environ if not name.startswith("CELLHOUND")}
    return subprocess.Popen(
        [sys.executable, "-m", "cellhound", *words],
        cwd=ROOT,
        env=given | {"BROWSER": "", "DISPLAY": ""} | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def up(*words: str, last: str = "Ctrl-C stops all of it.", **env: str) -> Iterator[list[str]]:
    """A start, once it is whole: its lines. It is stopped by SIGTERM, and must end well."""
    with cellhound(*words, **env) as process:
        lines: list[str] = []
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line.rstrip())
                if lines[-1] == last:
                    break
            else:
                pytest.fail("\n".join(lines))
            yield lines
            process.send_signal(signal.SIGTERM)
            rest = process.communicate(timeout=PATIENCE_S)[0]
        finally:
            process.kill()
    assert process.returncode == 0, rest
    assert rest.splitlines()[-1] == "stopped"


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def processes_with(text: str) -> list[str]:
    """The command lines of what runs and has a text in its own."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            found.append(line)
    return found


def test_all_of_it_comes_up_lets_the_first_person_in_and_leaves_nothing(
    kafka: str, tmp_path: Path
) -> None:
    port, prefix, temporary = free_port(), f"s{uuid.uuid4().hex[:8]}-", tmp_path / "tmp"
    temporary.mkdir()
    data = tmp_path / "data"
    words = ("start", "--data", str(data), "--port", str(port), "--prefix", prefix)
    env = {"KAFKA_BOOTSTRAP": kafka, "TMPDIR": str(temporary)}
    page = f"http://127.0.0.1:{port}"
    with up(*words, **env) as lines:
        text = "\n".join(lines)
        for line in (f"broker     {kafka} (yours)", "worker     is ready", f"console    {page}"):
            assert line in lines
        assert f"commands   find it with: export CELLHOUND_HOME={data}" in lines
        password = re.findall(r"admin, password (\S+)", text)[0]
        login = httpx.post(f"{page}/api/login", json={"name": "admin", "password": password})
        assert login.status_code == 200
        assert httpx.get(f"{page}/api/alerts").status_code == 401
        second = cellhound(*words, **env)
        answer = second.communicate(timeout=PATIENCE_S)[0]
        assert second.returncode == 1
        assert f"One is running: the page is at {page}, its broker on {kafka}" in answer
        assert len(processes_with(prefix)) >= 3
    assert is_free(port)
    assert processes_with(prefix) == []
    assert read_note(data) is None
    assert list(temporary.iterdir()) == []
    assert "password" not in "".join(log.read_text() for log in (data / "log").iterdir())


@pytest.mark.long
def test_its_own_broker_goes_with_it_also_after_a_kill(tmp_path: Path, class_path: Path) -> None:
    home = tmp_path / "data" / "broker"
    home.mkdir(parents=True)
    if class_path.is_file():
        (home / class_path.name).write_bytes(class_path.read_bytes())
    port, broker_port = free_port(), free_port()
    data = ("--data", str(tmp_path / "data"), "--port", str(port))
    words = ("start", *data, "--broker-port", str(broker_port))
    env = {"KAFKA_BOOTSTRAP": ""}
    with cellhound(*words, **env) as first:
        assert first.stdout is not None
        wait_until(lambda: "Ctrl-C stops" in first.stdout.readline(), "it is up")
        first.kill()
    assert Broker(home, port=broker_port).status().running
    # Without the port: that which the broker had is remembered.
    with up("start", *data, **env) as lines:
        broker = f"broker     127.0.0.1:{broker_port} (Apache Kafka; data in {home})"
        assert broker in lines
        assert not any("password" in line for line in lines)
        os.kill(Broker(home, port=broker_port).status().pid or 0, 0)
    assert not Broker(home, port=broker_port).status().running
    assert is_free(broker_port)
    assert processes_with(str(tmp_path)) == []


@pytest.mark.long
def test_the_demo_stays_with_its_alerts_on_the_page(kafka: str, tmp_path: Path) -> None:
    port = free_port()
    words = ("demo", "--out", str(tmp_path / "demo"), "--stay", "--port", str(port))
    with up(*words, KAFKA_BOOTSTRAP=kafka, CELLHOUND_KEY="a key for tests only") as lines:
        assert "How it ended:" in lines
        assert (tmp_path / "demo" / "map.html").is_file()
        assert any(line.startswith("victims warned: shallow 42 of 42") for line in lines)
        # It is made up, so nobody needs to log in.
        alerts = httpx.get(f"http://127.0.0.1:{port}/api/alerts").json()
        assert len(alerts["alerts"]) >= 2
    assert is_free(port)
