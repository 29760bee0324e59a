"""The worker says what `detect` says: at any speed, with one worker or two, stopped or not."""

import msgspec
import pytest
from kafka import KafkaAdminClient, OffsetAndMetadata

from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.messages import revisions
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration


def test_the_trace_alerts(quarter_hour: Known) -> None:
    """Without this the comparisons below would compare nothing."""
    last = quarter_hour.alerts[-1]
    assert len(quarter_hour.alerts) > 10
    assert last.devices > 30
    assert len(last.evidence) >= 3


@pytest.mark.parametrize(
    ("workers", "speed"),
    [
        pytest.param(1, "max", marks=pytest.mark.nightly),
        (2, "max"),
        pytest.param(2, "120", marks=pytest.mark.long),
    ],
)
def test_same_alerts_as_in_one_process(
    deployment: Deployment, quarter_hour: Known, workers: int, speed: str
) -> None:
    # Once as people start it, else forked.
    program = ("-m", "cellhound") if workers == 1 else ()
    for _ in range(workers):
        deployment.start(program)
    single = ("--single",) if workers == 2 else ()
    deployment.replay(quarter_hour.trace, *single, speed=speed)
    deployment.wait_until_idle()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)
    assert all(alert.status != "closed" for alert in deployment.alerts())
    assert not any(correlator.late for correlator in deployment.correlators().values())
    assert not deployment.dead_letters()


@pytest.mark.nightly
def test_what_is_read_twice_takes_effect_once(deployment: Deployment, quarter_hour: Known) -> None:
    first = deployment.start()
    deployment.replay(quarter_hour.trace)
    deployment.wait_until_idle()
    assert first.stop() == 0
    before = deployment.correlators()
    sent = [record for record in deployment.read("fbs.evidence") if record.value != b"[]"]

    _commit_nothing(deployment)
    deployment.start()
    deployment.wait_until_idle()
    after = deployment.correlators()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)
    assert len(deployment.alerts()) == len(quarter_hour.alerts)
    # As bytes, since NaN is not equal to itself.
    for number, correlator in after.items():
        zones = msgspec.msgpack.encode(correlator.zones)
        assert zones == msgspec.msgpack.encode(before[number].zones)
    repeated = sum(correlator.repeated - before[n].repeated for n, correlator in after.items())
    assert repeated >= len(sent)


def _commit_nothing(deployment: Deployment) -> None:
    """Sets the group back to the beginning of the input, as if it had never committed."""
    _, ends = deployment.offsets()
    start = {tp: OffsetAndMetadata(0, "", -1) for tp in ends if ".evidence" not in tp.topic}
    admin = KafkaAdminClient(bootstrap_servers=deployment.bootstrap)
    try:
        admin.alter_group_offsets(deployment.name("cellhound"), start)
    finally:
        admin.close()


@pytest.mark.nightly
def test_a_graceful_stop_loses_nothing(deployment: Deployment, quarter_hour: Known) -> None:
    worker = deployment.start()
    replay = deployment.start_replay(quarter_hour.trace, "120")
    wait_until(lambda: len(deployment.alerts()) > 0, "an alert")
    assert worker.stop() == 0
    assert replay.wait(timeout=120) == 0
    assert "Traceback" not in worker.log_text()
    deployment.start()
    deployment.wait_until_idle()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)
