"""Through any crash workers say what `detect` says; whoever comes and goes, `chaos/` has."""

import json
import time
from pathlib import Path

import pytest

from streams.peers.same_key import LOOK_EVERY_S
from streams.worker.worker import READY
from tests.conftest import BROKER_STARTS_S, a_broker
from tests.integration.conftest import Known
from tests.integration.deployment import MISSED_SOON, Deployment
from tests.integration.messages import in_order, revisions
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration

_APPS = "tests/integration/worker/apps"


def test_killed_workers_change_nothing(deployment: Deployment, quarter_hour: Known) -> None:
    deployment.settings |= MISSED_SOON
    # Small chunks, so that kills fall into the midst of things.
    deployment.settings["CELLHOUND__STREAMS__CHUNK_RECORDS"] = "50"
    workers = [deployment.start(), deployment.start()]
    replay = deployment.start_replay(quarter_hour.trace, "75")
    # Each of the two, so that whichever has the correlator with the incident is hit too.
    for victim in (0, 1, 0):
        time.sleep(2.0)
        workers[victim].kill()
        workers[victim] = deployment.start()
    assert replay.wait(timeout=120) == 0
    deployment.wait_until_idle()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)
    correlators = deployment.correlators().values()
    assert not any(correlator.late for correlator in correlators)
    print(f"{sum(correlator.repeated for correlator in correlators)} records came twice")
    whole = json.loads(
        deployment.command("account", "--json", "--prefix", deployment.prefix).stdout
    )
    inputs = [one for one in whole["inputs"] if one["topic"] != "cell.register"]
    counts = {name: sum(one[name] for one in inputs) for name in ("produced", "used", "dead")}
    messages = len(in_order(quarter_hour.trace))
    assert counts == {"produced": messages, "used": messages, "dead": 0}


@pytest.mark.nightly
def test_a_broker_that_is_away_for_a_while_ends_no_worker(class_path: Path, tmp_path: Path) -> None:
    """Longer than it takes until each of the worker's loops has asked it something."""
    broker = a_broker(tmp_path / "kafka", class_path)
    broker.up(BROKER_STARTS_S)
    deployment = Deployment(broker.bootstrap, "away-", tmp_path)
    try:
        deployment.create_topics()
        # The second is idle: it has no correlator, and reads aside what the first promises.
        workers = [deployment.start(), deployment.start()]
        broker.down()
        time.sleep(1.2 * LOOK_EVERY_S)
        assert [worker.alive() for worker in workers] == [True, True]
        broker.up(BROKER_STARTS_S)
        back_ms = int(time.time() * 1000)

        def reported() -> set[str]:
            signs = [json.loads(record.value) for record in deployment.read("fbs.health")]
            return {sign["worker"] for sign in signs if sign["ts"] > back_ms}

        wait_until(lambda: len(reported()) == len(workers), "both give signs of life again")
        assert all(worker.alive() for worker in workers)
    finally:
        deployment.stop_all()
        broker.down()


@pytest.mark.nightly
def test_a_broker_that_goes_while_a_worker_starts_is_waited_for(
    class_path: Path, tmp_path: Path
) -> None:
    broker = a_broker(tmp_path / "kafka", class_path)
    broker.up(BROKER_STARTS_S)
    deployment = Deployment(broker.bootstrap, "early-", tmp_path)
    go = tmp_path / "go"
    deployment.settings["EARLY_WORKER"] = str(go)
    try:
        deployment.create_topics()
        worker = deployment.start(program=(f"{_APPS}/early_worker.py",), ready=False)
        wait_until(go.with_suffix(".asked").exists, "the worker has found its topics")
        broker.down()
        go.touch()
        waits = "Work waits until a broker answers"
        wait_until(lambda: waits in worker.log_text(), "the worker waits")
        assert worker.alive()
        broker.up(BROKER_STARTS_S)
        wait_until(lambda: READY in worker.log_text(), "the worker is ready")
        assert worker.stop() == 0
    finally:
        deployment.stop_all()
        broker.down()


@pytest.mark.nightly
def test_an_end_that_was_read_but_not_reported_is_reported_after_a_kill(
    deployment: Deployment, quarter_hour: Known
) -> None:
    deployment.settings |= MISSED_SOON
    mute = deployment.start(program=(f"{_APPS}/mute_worker.py",))
    deployment.replay(quarter_hour.trace)
    deployment.wait_until_idle(over=False)
    mute.kill()
    assert deployment.alerts() == []
    deployment.settings["CELLHOUND__STREAMS__IDLE_S"] = "1"
    deployment.start()
    deployment.wait_until_idle()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)


def test_a_bug_ends_the_worker_and_loses_nothing(
    deployment: Deployment, quarter_hour: Known
) -> None:
    deployment.settings |= MISSED_SOON
    deployment.settings["CELLHOUND__STREAMS__CHUNK_RECORDS"] = "200"
    faulty = deployment.start(program=(f"{_APPS}/faulty_worker.py",))
    deployment.replay(quarter_hour.trace)
    wait_until(lambda: not faulty.alive(), "the faulty worker has ended")
    assert faulty.process.returncode == 1
    assert "the fault that the test put in" in faulty.log_text()
    deployment.start()
    deployment.wait_until_idle()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)
