"""What a team found comes back into the stream; and workers report that they are alive."""

import json
import time

import msgspec
import pytest

from detectors.alert.record import Alert
from streams.kafka.heartbeat import WorkerHealth, arrival_time_ms
from streams.kafka.stage_records import REPLAY
from streams.kafka.topics import INPUTS
from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.messages import revisions
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration


def _closed(deployment: Deployment) -> list[Alert]:
    return [alert for alert in deployment.alerts() if alert.status == "closed"]


def _health(deployment: Deployment) -> list[WorkerHealth]:
    return [
        msgspec.json.decode(record.value, type=WorkerHealth)
        for record in deployment.read("fbs.health")
    ]


def _newest(deployment: Deployment, workers: int) -> list[WorkerHealth]:
    """The newest sign of life of each worker, given after this was asked."""
    asked_ms = time.time_ns() // 1_000_000

    def signs() -> dict[str, WorkerHealth]:
        signs = sorted(_health(deployment), key=lambda health: health.ts)
        return {health.worker: health for health in signs if health.ts > asked_ms}

    wait_until(lambda: len(signs()) >= workers, "a sign of life of each")
    return list(signs().values())


def test_a_false_alarm_closes_the_open_alert_on_whatever_worker_has_it(
    deployment: Deployment, quarter_hour: Known
) -> None:
    deployment.start()
    deployment.start()
    deployment.replay(quarter_hour.trace)
    deployment.wait_until_idle()
    last = deployment.alerts()[-1]
    assert (last.status, _closed(deployment)) == ("update", [])

    # As the console does it: by the time that has come in the data, which a replay has of its own.
    feeds = [feed for health in _newest(deployment, 2) for feed in health.feeds.values()]
    rx_ts = arrival_time_ms(feeds, time.time_ns() // 1_000_000)
    assert 0 < rx_ts - last.ts < 3_600_000
    found = {"alert_id": last.alert_id, "verdict": "false_alarm", "by": "team-1", "rx_ts": rx_ts}
    producer = deployment.producer()
    begun_s = time.monotonic()
    for _ in range(2):  # two consoles
        producer.send(deployment.name("field.feedback"), json.dumps(found).encode())
    producer.flush()
    producer.close()
    wait_until(lambda: bool(_closed(deployment)), "the alert closes")
    print(f"closed {time.monotonic() - begun_s:.1f} s after the verdict was sent")

    (closed,) = _closed(deployment)
    assert (closed.alert_id, closed.ts, closed.verdict) == (last.alert_id, rx_ts, "false_alarm")
    reported = revisions(deployment.alerts())
    assert max(reported) == (last.alert_id, closed.revision)
    assert {key for key in reported if key[1] < closed.revision} == set(
        revisions(quarter_hour.alerts)
    )
    assert not deployment.dead_letters()


@pytest.mark.nightly
def test_a_worker_with_another_key_does_not_start_beside_one(deployment: Deployment) -> None:
    first = deployment.start()
    wait_until(lambda: any(health.key for health in _health(deployment)), "a sign of life")
    deployment.settings["CELLHOUND_KEY"] = "another key for tests"
    second = deployment.start(ready=False)
    wait_until(lambda: not second.alive(), "it ends")
    assert first.alive()
    (known,) = {health.key for health in _health(deployment)}
    assert f"is at work with another hashing key (id {known}) than" in second.log_text()
    first.kill()
    deployment.start()


@pytest.mark.nightly
def test_workers_report_that_they_are_alive(deployment: Deployment, quarter_hour: Known) -> None:
    workers = [deployment.start(), deployment.start()]
    partitions = deployment.create_topics()

    def shared() -> bool:
        held = [health.partitions for health in _newest(deployment, len(workers))]
        return all(held) and sum(held) == sum(partitions[topic] for topic in INPUTS)

    # Else the second may join amid the replay, and what is read twice then is counted twice.
    wait_until(shared, "each has its partitions")
    deployment.replay(quarter_hour.trace)
    deployment.wait_until_idle()
    newest = _newest(deployment, len(workers))
    assert len(newest) == len(workers)
    assert sum(h.partitions for h in newest) == sum(partitions[t] for t in INPUTS)
    assert all(set(health.feeds) == set(INPUTS) for health in newest)
    summary = json.loads((quarter_hour.out / "summary.json").read_text())
    assert sum(health.messages for health in newest) == summary["messages"]
    assert sum(health.alerts for health in newest) == len(quarter_hour.alerts)
    assert not any(health.late or health.dead_letters for health in newest)
    # Of any time: it is reported for a minute.
    assert any(health.replay for health in _health(deployment))
    # Who reads alerts learns of it by a header, since an alert is the same whatever it comes from.
    assert all(record.headers == [(REPLAY, b"")] for record in deployment.read("fbs.alerts"))
    now_ms = time.time_ns() // 1_000_000
    for health in newest:
        assert abs(now_ms - health.ts) < 60_000
        assert health.feeds["field.feedback"].heard_ms == 0
        for feed in health.feeds.values():
            assert (feed.messages > 0) == (feed.heard_ms > 0) == (feed.arrival_ms > 0)

    workers[0].kill()
    (alive,) = _newest(deployment, 1)
    assert alive.worker.endswith(f"-{workers[1].process.pid}"), "the other is still alive"
