"""A record on which the console's intake hangs: the console ends, the next one sets it aside."""

import os
from pathlib import Path

import httpx
import pytest
from kafka import KafkaProducer

from tests.conftest import free_port
from tests.field.console.topic_records import alert
from tests.integration.console.console_process import produce
from tests.integration.deployment import Deployment
from tests.integration.door_process import ROOT, DoorProcess, start_door
from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration

_POISON = ROOT / "tests" / "field" / "console" / "live" / "poison"


@pytest.mark.nightly
def test_a_record_that_hangs_the_intake_is_set_aside(
    deployment: Deployment, producer: KafkaProducer, tmp_path: Path
) -> None:
    produce(producer, deployment, "fbs.alerts", alert(1), b'"a-record-that-hangs"', alert(2))
    first, _ = _console(deployment, tmp_path / "first.log", tmp_path)
    # The kernel ends it, since what hangs holds Python's lock.
    wait_until(lambda: first.poll() is not None, "the console ends", 2 * PATIENCE_S)
    second, url = _console(deployment, tmp_path / "second.log", tmp_path)
    try:
        wait_until(lambda: _shown(url) == 2, "both alerts are shown", 2 * PATIENCE_S)
        health = httpx.get(f"{url}/api/health", timeout=PATIENCE_S).json()
    finally:
        second.terminate()
    assert second.wait(PATIENCE_S) == 0, (tmp_path / "second.log").read_text()
    (aside,) = health["set_aside"]
    assert (aside["topic"], aside["detail"]) == ("fbs.alerts", "more than 1 s of processor time")
    assert health["unread"] == {"fbs.alerts": 1}
    assert "is set aside" in (tmp_path / "second.log").read_text()


def _console(deployment: Deployment, log: Path, folder: Path) -> tuple[DoorProcess, str]:
    """A console whose path is looked at, as Python does when it starts."""
    address = f"127.0.0.1:{free_port()}"
    words = ("console", "--prefix", deployment.prefix, "--listen", address)
    environment = deployment.environment | {
        "CELLHOUND__STREAMS__STUCK_S": "3",
        "CELLHOUND__LIMITS__SECONDS": "1",
        "CELLHOUND_HOME": str(folder),
        "PYTHONPATH": os.pathsep.join((str(_POISON), str(ROOT))),
    }
    store = ("--store", str(folder / "store.db"))
    return start_door(*words, *store, env=environment, log=log), f"http://{address}"


def _shown(url: str) -> int:
    try:
        return len(httpx.get(f"{url}/api/alerts", timeout=PATIENCE_S).json()["alerts"])
    except httpx.TransportError:
        return -1
