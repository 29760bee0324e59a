"""A record that ends whoever reads it, and commands that read topics once."""

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from kafka import KafkaProducer

from streams.guard.known import TOPIC, Condemned, Known
from tests.integration.deployment import Deployment
from tests.integration.hostile.poison.sitecustomize import ENDS

pytestmark = pytest.mark.integration

_TOPIC, _AT_MS = "cell.measurements", 1_748_916_000_000


def test_record_names_what_it_dies_of_and_leaves_out_what_workers_have_condemned(
    guarded: Deployment, producer: KafkaProducer, tmp_path: Path
) -> None:
    poison = b'[{"device": "%b"}]' % ENDS
    good = [json.dumps({"ts": _AT_MS + n, "device": f"d{n}"}).encode() for n in range(2)]
    for value in (good[0], poison, good[1]):
        producer.send(guarded.name(_TOPIC), value, b"k", partition=0)
    producer.flush()
    first = _record(guarded, tmp_path / "first")
    assert first.returncode < 0
    assert f"it was at {_TOPIC}, partition 0, offset 1" in first.stderr

    found = Condemned(_TOPIC, 0, 1, _AT_MS, len(poison), "kills_decoding", "it ends the process")
    for key, note in Known().note_condemned([found]):
        producer.send(guarded.name(TOPIC), note, key)
    producer.flush()
    second = _record(guarded, tmp_path / "second")
    assert second.returncode == 0, second.stderr
    assert f"{_TOPIC}, partition 0, offset 1 is left out" in second.stderr
    assert "cell.measurements 2" in second.stdout


def _record(deployment: Deployment, out: Path) -> CompletedProcess[str]:
    """As people run it, so that Python looks at its path."""
    words = ("record", "--out", str(out), "--prefix", deployment.prefix)
    return deployment.attempt(*words, own_process=True)
