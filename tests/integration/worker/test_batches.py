"""Messages in batches, as JSON arrays and as Arrow, say the same as one by one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec
import pyarrow as pa
import pytest

from replay.traces.trace import Message
from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.messages import end_ms, in_order, partition_of, revisions

pytestmark = pytest.mark.integration

_ARROW = [("content-type", b"application/vnd.apache.arrow.stream")]


@pytest.mark.parametrize("form", ["json", "arrow"])
def test_batches_say_the_same_as_single_messages(
    deployment: Deployment, quarter_hour: Known, form: str
) -> None:
    messages = in_order(quarter_hour.trace)
    deployment.load_register(quarter_hour.trace)
    deployment.start()
    producer = deployment.producer()
    for topic, number, batch in _batches(messages, 40):
        value, headers = _array(batch), []
        if form == "arrow":
            value, headers = _arrow(batch), _ARROW
        producer.send(deployment.name(topic), value, partition=number, headers=headers)
    producer.flush()
    producer.close()
    deployment.mark(end_ms(messages), end=True)
    deployment.wait_until_idle()
    assert not deployment.dead_letters()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)


def _batches(messages: Iterable[Message], size: int) -> list[tuple[str, int, list[bytes]]]:
    """Messages in batches, by topic and partition, in order of what each batch begins with."""
    batches: list[tuple[str, int, list[bytes]]] = []
    filling: dict[tuple[str, int], list[bytes]] = defaultdict(list)
    for message in messages:
        key = (message.topic, partition_of(message, 4))
        if len(filling[key]) in (0, size):
            filling[key] = []
            batches.append((*key, filling[key]))
        filling[key].append(message.value)
    return batches


def _array(values: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(values) + b"]"


def _arrow(values: Sequence[bytes]) -> bytes:
    rows = [msgspec.json.decode(value) for value in values]
    names = {name: None for row in rows for name in row}
    table = pa.Table.from_pylist([names | row for row in rows])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()
