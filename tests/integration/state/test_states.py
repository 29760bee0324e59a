"""Whatever has become of the states, workers start, say what is wrong, and alert as before."""

import time
import zlib

import msgspec
import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from detectors.correlate.state import parts_of
from streams.state.form import packed
from tests.integration.conftest import Known
from tests.integration.deployment import MISSED_SOON, Deployment
from tests.integration.messages import end_ms, in_order, revisions
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration

_TOPIC = "fbs.correlators"


def _write(deployment: Deployment, number: int, value: bytes, headers: object = ()) -> None:
    producer = deployment.producer()
    name = deployment.name(_TOPIC)
    producer.send(name, value, b"%d" % number, headers=list(headers), partition=number).get(30)  # type: ignore[call-overload]
    producer.close()


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(b"\x00 torn", id="damaged", marks=pytest.mark.nightly),
        pytest.param(zlib.compress(b"\x81\xa5zones\x01"), id="other release"),
    ],
)
def test_a_state_that_can_not_be_read_is_made_anew(
    deployment: Deployment, quarter_hour: Known, record: bytes
) -> None:
    deployment.settings |= MISSED_SOON
    for number in range(deployment.create_topics()[_TOPIC]):
        _write(deployment, number, record)
    shown = deployment.attempt("state", "show", "--prefix", deployment.prefix)
    assert shown.returncode == 1
    assert "can't be taken up: it is damaged or of another release" in shown.stdout
    worker = deployment.start()
    deployment.replay(quarter_hour.trace)
    deployment.wait_until_idle()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)
    assert "this correlator begins anew" in worker.log_text()
    assert worker.stop() == 0
    shown = deployment.attempt("state", "show", "--prefix", deployment.prefix)
    assert shown.returncode == 0, shown.stdout
    assert "began anew" in shown.stdout
    assert [sign["states"] for sign in _signs(deployment) if sign["states"]]
    reasons = {one["anew_reason"] for one in _signs(deployment)[-1]["states"].values()}
    assert len(reasons) == 1
    assert "it is damaged or of another release" in reasons.pop()


def _signs(deployment: Deployment) -> list[dict[str, dict[str, dict[str, str]]]]:
    return [msgspec.json.decode(record.value) for record in deployment.read("fbs.health")]


@pytest.mark.nightly
def test_states_are_taken_up_whatever_their_form_and_what_lies_behind_them(
    deployment: Deployment, quarter_hour: Known
) -> None:
    """Half of a recording; then states of the former form, torn and damaged ones; then the rest."""
    messages = in_order(quarter_hour.trace)
    cut = len(messages) * 4 // 10
    first = deployment.start()
    deployment.load_register(quarter_hour.trace)
    deployment.send(messages[:cut])
    deployment.mark(messages[cut].arrival_ms, end=False)
    wait_until(lambda: len(deployment.alerts()) > 0, "an alert from the first part")
    deployment.wait_until_idle(over=False)
    assert first.stop() == 0
    offsets = _next_offsets(deployment)
    for number, state in deployment.correlators().items():
        content = zlib.compress(msgspec.msgpack.encode(state), 1)
        at = msgspec.json.encode(offsets[number])
        _write(deployment, number, content, [("offsets", at)])
        later = packed(parts_of(state), {}, "9.9.9")
        for headers, value in later.pieces[:-1]:
            _write(deployment, number, value, headers)
        _write(deployment, number, later.manifest[1], later.manifest[0])

    second = deployment.start()
    deployment.send(messages[cut:])
    deployment.mark(end_ms(messages), end=True)
    deployment.wait_until_idle()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)
    assert "The correlator goes on from the state before it" in second.log_text()
    assert "begins anew" not in second.log_text()


def _next_offsets(deployment: Deployment) -> dict[int, dict[str, int]]:
    """All that was sent between the stages is in the states."""
    found: dict[int, dict[str, int]] = {}
    for topic in ("fbs.evidence", "fbs.census"):
        for record in deployment.read(topic):
            found.setdefault(record.partition, {})[topic] = record.offset + 1
    return found


@pytest.mark.nightly
def test_a_reset_rebuilds_from_the_topics_under_the_same_ids(
    deployment: Deployment, quarter_hour: Known
) -> None:
    deployment.settings |= MISSED_SOON
    worker = deployment.start()
    deployment.replay(quarter_hour.trace)
    deployment.wait_until_idle()
    words = ("state", "reset", "--yes", "--prefix", deployment.prefix)
    refused = deployment.attempt(*words)
    assert refused.returncode == 2
    assert "1 workers are at work" in refused.stderr
    assert worker.stop() == 0
    wrong = deployment.attempt(*words, "--partition", "4")
    assert (wrong.returncode, "no partition 4; it has 0 to 3" in wrong.stderr) == (2, True)
    assert "begins anew there, from all" in deployment.command(*words).stdout
    deployment.start()
    deployment.mark(quarter_hour.alerts[-1].ts, end=True)
    deployment.wait_until_idle()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)
    assert len(deployment.alerts()) == 2 * len(quarter_hour.alerts)


def test_a_broker_that_takes_no_state_is_named(deployment: Deployment) -> None:
    deployment.settings |= MISSED_SOON
    name = deployment.name(_TOPIC)
    admin = KafkaAdminClient(bootstrap_servers=deployment.bootstrap)
    admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, {"max.message.bytes": "100"})]
    )
    admin.close()
    worker = deployment.start()
    deployment.mark(int(time.time() * 1000), end=True)
    wait_until(lambda: not worker.alive(), "the worker has ended")
    assert "raise max.message.bytes of that topic to 1 MiB" in worker.log_text()


@pytest.mark.nightly
def test_other_partitions_end_a_worker_with_a_sentence(deployment: Deployment) -> None:
    """Those of topics that go in step keep it from starting, those of inputs end it when they
    come: the next one reads them."""
    deployment.settings |= MISSED_SOON
    worker = deployment.start()
    admin = KafkaAdminClient(bootstrap_servers=deployment.bootstrap)
    admin.create_partitions({deployment.name("cell.signalling"): 6})
    wait_until(lambda: not worker.alive(), "the worker has ended")
    assert worker.process.returncode == 1
    assert f"{deployment.name('cell.signalling')} 4 -> 6): this worker ends" in worker.log_text()
    admin.create_partitions({deployment.name("fbs.evidence"): 6})
    admin.close()
    logs: list[str] = []

    def has_refused() -> bool:
        # One that starts before the broker shows the new partitions ends for them, as the first.
        refused = deployment.start(ready=False)
        wait_until(lambda: not refused.alive(), "it has ended")
        assert refused.process.returncode == 1
        logs.append(refused.log_text())
        return "must have equally many partitions" in logs[-1]

    wait_until(has_refused, "it has refused")
    assert "Traceback" not in logs[-1]
