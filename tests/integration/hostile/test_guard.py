"""Records that nobody thought of: they hang or end whoever decodes them, until the guard has found
them; and workers that are killed over honest ones."""

import os
from pathlib import Path

import pytest
from kafka import KafkaProducer

from streams.guard.journal import _spans, left_behind
from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.door_process import ROOT
from tests.integration.hostile.poison.sitecustomize import BETWEEN, ENDS, GO, HANGS, WAITS
from tests.integration.messages import revisions
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration

_POISON = Path(__file__).parent / "poison"
_WAITED = ("sms.metadata", 0, 0)
_WORKER = ("-m", "cellhound")


@pytest.fixture
def guarded(deployment: Deployment, tmp_path: Path) -> Deployment:
    """Workers that records of the test end, and that don't wait for long."""
    deployment.settings |= {
        "CELLHOUND__STREAMS__STUCK_S": "3",
        "CELLHOUND__LIMITS__SECONDS": "1",
        "CELLHOUND_HOME": str(tmp_path / "home"),
        "PYTHONPATH": os.pathsep.join((str(_POISON), str(ROOT))),
        GO: str(tmp_path / "go"),
    }
    return deployment


def test_what_ends_workers_is_one_dead_letter_each(
    guarded: Deployment, quarter_hour: Known, producer: KafkaProducer
) -> None:
    poison = [("cell.measurements", HANGS), ("cell.measurements", ENDS), ("fbs.evidence", BETWEEN)]
    for topic, value in poison:
        producer.send(guarded.name(topic), b'{"device": "%b"}' % value, b"k", partition=0)
    producer.flush()
    guarded.replay(quarter_hour.trace, "--late")

    ends = list(iter(lambda: _ended(guarded, len(poison)), None))
    guarded.wait_until_idle()

    # Once for each of the three, at most: the two on one topic may be found together.
    assert 1 <= len(ends) <= 3
    assert revisions(guarded.alerts()) == revisions(quarter_hour.alerts)
    letters = {
        (one["topic"], one["offset"], one["reason"], one["value_base64"])
        for one in guarded.dead_letters()
    }
    assert letters == {
        ("cell.measurements", 0, "not_decodable_in_time", None),
        ("cell.measurements", 1, "kills_decoding", None),
        ("fbs.evidence", 0, "kills_decoding", None),
    }
    # What reads all of it again knows of them.
    assert guarded.attempt("account", "--prefix", guarded.prefix).returncode == 0


def _ended(deployment: Deployment, letters: int) -> int | None:
    """Starts a worker, and waits for its end or for so many dead letters; its exit code."""
    worker = deployment.start(_WORKER, ready=False)
    wait_until(lambda: not worker.alive() or len(deployment.dead_letters()) == letters, "an end")
    return worker.process.poll()


def test_who_is_killed_over_honest_records_condemns_none(
    guarded: Deployment, quarter_hour: Known, producer: KafkaProducer
) -> None:
    producer.send(guarded.name("sms.metadata"), WAITS, b"k", partition=0)
    producer.flush()
    guarded.replay(quarter_hour.trace, "--late")
    folder = Path(guarded.settings["CELLHOUND_HOME"]) / "worker"
    for _ in range(2):
        worker = guarded.start(_WORKER, ready=False)
        wait_until(lambda: _is_at_work(folder), "it decodes what it waits at")
        worker.kill()
    Path(guarded.settings[GO]).touch()
    last = guarded.start(_WORKER)
    guarded.wait_until_idle()

    assert "sms.metadata, partition 0" in last.log_text()
    assert left_behind(folder, guarded.kafka()) == ([], [])
    assert guarded.dead_letters() == []
    assert revisions(guarded.alerts()) == revisions(quarter_hour.alerts)


def _is_at_work(folder: Path) -> bool:
    """Whether a worker that lives is at the record that it waits at."""
    spans = [span for file in folder.glob("journal-*") for span in _spans(file.read_bytes())]
    return _WAITED in {(span.topic, span.partition, span.first) for span in spans}
