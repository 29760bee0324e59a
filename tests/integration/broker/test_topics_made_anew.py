"""Topics that are deleted and made anew under a console, or a channel, that reads them."""

import asyncio
import time
from pathlib import Path

import pytest

from field.console.live.cluster import look
from field.console.live.ingest import Ingest
from field.console.live.stream import News
from field.console.store import AlertFilter, Store
from field.console.store.queries.operations import offsets
from streams.config.settings import KafkaSettings
from tests.field.channels.example import an_alert
from tests.field.console.topic_records import alert, finding, opened
from tests.integration.channels.sending import WebReceiver, publish, sending
from tests.integration.console.console_process import produce
from tests.integration.deployment import Deployment
from tests.integration.disturbing import make_anew
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration


def shown(store: Store) -> dict[int, int]:
    """Revisions by alert number."""
    with store.reading() as connection:
        rows = connection.exec_driver_sql("SELECT alert_id, revision FROM alerts").all()
    return {int(name, 16): revision for name, revision in rows}


def taken(store: Store) -> int:
    """How many alerts the offsets say were read."""
    ends = store.read(offsets)
    return sum(end for (topic, _), end in ends.items() if topic == "fbs.alerts")


@pytest.mark.parametrize("more", [3, 60])
def test_all_of_the_new_topic_is_read(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    monkeypatch.setattr("field.console.live.ingest._LOOK_EVERY_S", 1.0)
    deployment = Deployment(kafka, f"anew-{time.time_ns()}-", tmp_path)
    deployment.create_topics()
    settings = KafkaSettings(bootstrap=kafka, prefix=deployment.prefix)
    store = opened(tmp_path / "store.db", "cluster")
    producer = deployment.producer()

    def break_it() -> None:
        produce(producer, deployment, "fbs.alerts", *(alert(number) for number in range(20)))
        produce(producer, deployment, "fbs.evidence", *(finding(number) for number in range(20)))
        wait_until(lambda: len(shown(store)) == 20, "all is there")
        make_anew(deployment, "fbs.alerts", "fbs.evidence")
        # Also more than before, so that the offsets alone say nothing.
        made = (alert(number, 2) for number in range(100, 100 + more))
        produce(producer, deployment, "fbs.alerts", *made)
        wait_until(lambda: len(shown(store)) == 20 + more, "all of the new one is there")
        wait_until(lambda: taken(store) == more, "its offsets too")
        produce(producer, deployment, "fbs.alerts", alert(7, 3))
        wait_until(lambda: shown(store)[7] == 3, "and what comes next")

    async def run() -> None:
        ingest = Ingest(settings, look(settings), store, News())
        reading = asyncio.create_task(ingest.run())
        breaking = asyncio.create_task(asyncio.to_thread(break_it))
        done, _ = await asyncio.wait({reading, breaking}, return_when=asyncio.FIRST_COMPLETED)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        for task in done:
            task.result()

    try:
        asyncio.run(run())
        assert len(store.page(AlertFilter(), 500).alerts) == 20 + more
    finally:
        producer.close()
        store.close()


@pytest.mark.parametrize("runs", [True, False])
def test_a_channel_sends_what_the_new_topic_has_whether_it_runs_meanwhile(
    deployment: Deployment, runs: bool
) -> None:
    deployment.create_topics()
    with WebReceiver() as there:
        hook = {"kind": "webhook", "name": "hook", "url": there.url}
        with sending(deployment, hook) as process:
            process.start()
            old = [an_alert(f"old{number}") for number in range(20)]
            publish(deployment, *old)
            wait_until(lambda: len(there.posted) == len(old), "the old ones are sent")
            process.wait_until_sent(*(one.alert_id for one in old))
            if not runs:
                assert process.stop() == 0
            make_anew(deployment, "fbs.alerts")
            new = [an_alert(f"new{number}") for number in range(6)]
            publish(deployment, *new, *old[:5])
            if not runs:
                process.start()
            wait_until(lambda: len(there.posted) >= len(old) + len(new), "the new ones too")
            publish(deployment, an_alert("last"))
            wait_until(lambda: ("last", 1) in there.events(), "and what comes next")
            assert len(there.posted) == len(set(there.events())) == len(old) + len(new) + 1
