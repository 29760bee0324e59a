"""What phones upload on their own topics is joined with the operator's, and can't speak for it."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from replay.traces.trace import Message, read_messages
from replay.traces.trace_files import open_trace
from streams.kafka.topics import UPLOADS
from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.messages import about, end_ms, in_order

pytestmark = pytest.mark.integration

_BESIDE = {operators: own for own, operators in UPLOADS.items()}
#: Every so many messages of the recording a forger claims that the core served it on that cell.
_FORGED_EVERY = 100


def _apart(messages: Sequence[Message]) -> list[Message]:
    """With what phones report on the topics for that."""
    return [
        replace(message, topic=_BESIDE[message.topic])
        if message.topic in _BESIDE and json.loads(message.value)["source"] == "device"
        else message
        for message in messages
    ]


def _forged(known: Known, messages: Sequence[Message]) -> list[Message]:
    """The core is said to serve on the cells that alerts claim, by an upload."""
    (first, *_) = known.alerts
    claimed = next(one for one in first.identities if one.cell is not None)
    cell = {name: getattr(claimed, name) for name in ("rat", "mcc", "mnc", "area", "cell")}
    forged = []
    for number, message in enumerate(messages[::_FORGED_EVERY]):
        fields = {"ts": message.arrival_ms, "subscriber": f"liar-{number}", "source": "core"}
        value = json.dumps(fields | cell | {"procedure": "attach", "outcome": "accept"})
        forged.append(Message("device.signalling", value.encode(), message.arrival_ms, 0))
    return forged


def test_uploads_are_joined_and_forged_ones_are_dead_letters(
    deployment: Deployment, quarter_hour: Known
) -> None:
    """A worker that comes late reads all topics up, one far ahead of the other."""
    messages = in_order(quarter_hour.trace)
    forged = _forged(quarter_hour, messages)
    sent = sorted([*_apart(messages), *forged], key=lambda message: message.arrival_ms)
    assert {"device.signalling", "device.sms"} <= {message.topic for message in sent}
    deployment.load_register(quarter_hour.trace)
    producer = deployment.producer()
    for message in sent:
        producer.send(
            deployment.name(message.topic),
            message.value,
            about(message).encode(),
            headers=[("rx-ts", b"%d" % message.arrival_ms), ("replay", b"")],
        )
    producer.flush()
    producer.close()
    deployment.mark(end_ms(messages), end=True)
    worker = deployment.start()
    deployment.wait_until_idle()
    letters = deployment.dead_letters()
    assert {(one["topic"], one["reason"]) for one in letters} == {
        ("device.signalling", "source_not_allowed")
    }
    assert len(letters) == len(forged)
    found, known = (
        {alert.alert_id: (alert.status, round(alert.probability, 1)) for alert in alerts}
        for alerts in (deployment.alerts(), quarter_hour.alerts)
    )
    assert found == known
    assert worker.alive()

    out = deployment.folder / "recorded"
    deployment.command("record", "--out", str(out), "--prefix", deployment.prefix)
    recorded = open_trace(out)
    for topic in _BESIDE:
        lines = sum(1 for _ in read_messages(recorded, topic))
        assert lines == sum(message.topic == topic for message in messages)
