"""Messages in batches, as JSON arrays and as Arrow, say the same as one by one."""

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from replay.traces.trace import Message, read_messages
from replay.traces.trace_files import open_trace
from replay.traces.trace_writer import TraceWriter
from tests.integration.conftest import Known, known
from tests.integration.deployment import Deployment
from tests.integration.messages import end_ms, in_order, partition_of, revisions
from tests.integration.worker.broken_messages import KINDS

pytestmark = pytest.mark.integration

_ARROW = [("content-type", b"application/vnd.apache.arrow.stream")]


@pytest.mark.parametrize("form", [pytest.param("json", marks=pytest.mark.nightly), "arrow"])
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


def test_a_replay_in_batches_finds_what_detect_finds(
    deployment: Deployment, quarter_hour: Known, tmp_path: Path
) -> None:
    """Alerts, and a dead letter for each line that is broken, whatever stands around it."""
    trace = _with_broken_lines(quarter_hour.trace, tmp_path / "trace")
    found = known(trace, tmp_path / "out")
    assert revisions(found.alerts) == revisions(quarter_hour.alerts)
    deployment.start()
    deployment.replay(trace)
    deployment.wait_until_idle()
    assert revisions(deployment.alerts()) == revisions(found.alerts)
    letters = map(json.loads, (found.out / "dead_letters.jsonl").read_bytes().splitlines())
    assert Counter(map(_letter, deployment.dead_letters())) == Counter(map(_letter, letters))
    assert not any(correlator.late for correlator in deployment.correlators().values())
    records = [one for one in deployment.read("cell.measurements") if one.value != b"[]"]
    sent = len(list(read_messages(open_trace(trace), "cell.measurements")))
    assert len(records) < sent / 2
    account = deployment.command("account", "--json", "--prefix", deployment.prefix)
    inputs = json.loads(account.stdout)["inputs"]
    assert sum(one["produced"] for one in inputs if one["topic"] == "cell.measurements") == sent


def _with_broken_lines(trace: Path, folder: Path) -> Path:
    """A line in ten is followed by one that can't be read, of each kind that a file can hold."""
    opened = open_trace(trace)
    with TraceWriter(folder, "jsonl") as writer:
        for topic in opened.files:
            kinds = [make for of, make, headers in KINDS.values() if of == topic and not headers]
            lines: list[bytes] = []
            for number, message in enumerate(read_messages(opened, topic)):
                lines.append(message.value)
                if number % 10 == 0:
                    broken = kinds[number // 10 % len(kinds)](message.arrival_ms)
                    lines += [broken] if broken else []
            writer.write(topic, lines)
    shutil.copy(trace / "register.csv", folder / "register.csv")
    return folder


def _letter(letter: dict[str, Any]) -> tuple[Any, ...]:
    """All of a dead letter but where it was."""
    return tuple(letter[name] for name in ("reason", "detail", "rx_ts", "bytes", "sha256"))


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
