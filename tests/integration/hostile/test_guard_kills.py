"""Workers that are killed over honest records: the guard condemns none of these."""

from pathlib import Path

import pytest
from kafka import KafkaProducer

from streams.guard.journal import _spans, left_behind
from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.hostile.poison.sitecustomize import GO, WAITS
from tests.integration.messages import revisions
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration

_WAITED = ("sms.metadata", 0, 0)


@pytest.mark.nightly
def test_who_is_killed_over_honest_records_condemns_none(
    guarded: Deployment, quarter_hour: Known, producer: KafkaProducer
) -> None:
    producer.send(guarded.name("sms.metadata"), WAITS, b"k", partition=0)
    producer.flush()
    guarded.replay(quarter_hour.trace, "--late")
    folder = Path(guarded.settings["CELLHOUND_HOME"]) / "worker"
    for _ in range(2):
        worker = guarded.start(ready=False)
        wait_until(lambda: _is_at_work(folder), "it decodes what it waits at")
        worker.kill()
    Path(guarded.settings[GO]).touch()
    last = guarded.start()
    guarded.wait_until_idle()

    assert "sms.metadata, partition 0" in last.log_text()
    assert left_behind(folder, guarded.kafka()) == ([], [])
    assert guarded.dead_letters() == []
    assert revisions(guarded.alerts()) == revisions(quarter_hour.alerts)


def _is_at_work(folder: Path) -> bool:
    """Whether a worker that lives is at the record that it waits at."""
    spans = [span for file in folder.glob("journal-*") for span in _spans(file.read_bytes())]
    return _WAITED in {(span.topic, span.partition, span.first) for span in spans}
