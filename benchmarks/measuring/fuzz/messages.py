"""Valid messages of every topic, whole and many-sided, for the fuzzer to spoil.

Those of inputs and outputs are the examples of docs/schema, alone, in an array and as Arrow; those
between the stages are what the rules make of their own samples.
"""

import importlib
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa

from benchmarks.measuring.console.city_alerts import evening
from benchmarks.measuring.observations import count_of
from detectors.alert.record import Alert
from detectors.correlate.correlator import FINDINGS, Correlator
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.zone_rules import UNUSABLE
from detectors.features.facts import Origin
from detectors.model.finding import Finding, Observation
from detectors.rules import RULES
from detectors.rules.sample_town import T0, TOWN
from detectors.screen.screening import Screening
from streams.decode.codec import TOPICS
from streams.decode.records import ARROW
from streams.kafka.stage_records import Watermark, encode, together, watermark_headers
from streams.profile.records import records_of
from streams.state.form import packed

Header = tuple[str, bytes | None]

ROOT: Final = Path(__file__).parents[3]
#: Broker's time stamp of all records: an hour after the samples' times.
WRITTEN_MS: Final = 1_748_920_000_000
_WRITTEN_BY_US: Final = ("fbs.actions", "fbs.deliveries", "fbs.health", "fbs.register")
#: Messages of each rule's samples: enough to have each kind of finding and observation.
_OF_A_RULE: Final = 6


@dataclass(frozen=True, slots=True)
class Message:
    """A record of a topic (name without prefix)."""

    topic: str
    value: bytes | None
    headers: tuple[Header, ...] = ()
    key: bytes | None = None
    timestamp_ms: int = field(default=WRITTEN_MS)


def valid_messages() -> list[Message]:
    """Some of every topic; each is taken by all of its readers."""
    return [
        *_of_inputs(),
        *_of_outputs(),
        *_between_the_stages(),
        *_of_memory(),
    ]


def arrow_stream(rows: Sequence[dict[str, Any]], packed: str | None = None) -> bytes:
    """Rows as an Arrow IPC stream."""
    names = {name: None for row in rows for name in row}
    table = pa.Table.from_pylist([names | row for row in rows])
    return stream_of(table, packed)


def stream_of(table: pa.Table, packed: str | None = None) -> bytes:
    """A table as an Arrow IPC stream."""
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=packed)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _example(topic: str) -> dict[str, Any]:
    schema = json.loads((ROOT / "docs" / "schema" / f"{topic}.json").read_text("utf-8"))
    example: dict[str, Any] = schema["examples"][0]
    return example


def _of_inputs() -> Iterator[Message]:
    for topic in TOPICS:
        row = _example(topic)
        rows = [row, row | {"ts": row.get("ts", WRITTEN_MS) - 7}]
        yield Message(topic, json.dumps(row).encode())
        yield Message(topic, json.dumps(row).encode(), (("rx-ts", b"%d" % WRITTEN_MS),), b"d-17")
        yield Message(topic, json.dumps(rows).encode())
        for way in (None, "zstd", "lz4"):
            yield Message(topic, arrow_stream(rows, way), (("content-type", ARROW.encode()),))
        yield Message(topic, b"[]", (("rx-ts", b"%d" % WRITTEN_MS), ("end", b"1")))


def _of_outputs() -> Iterator[Message]:
    for topic in _WRITTEN_BY_US:
        yield Message(topic, json.dumps(_example(topic)).encode())
    yield Message("fbs.alerts", json.dumps(_example("fbs.alerts")).encode())
    for alert in _alerts():
        yield Message("fbs.alerts", msgspec.json.encode(alert), (), alert.alert_id.encode())


def _alerts() -> list[Alert]:
    return evening(WRITTEN_MS)[:4]


def _between_the_stages() -> Iterator[Message]:
    observed = []
    for record in sample_records():
        if isinstance(record, Finding):
            yield Message("fbs.evidence", encode(record), (), b"zone")
        else:
            observed.append(encode(record))
            # As releases before wrote them.
            yield Message("fbs.census", encode(record), (), b"zone")
    for some in (observed[:3], observed[3:5]):
        for value in together(some):
            yield Message("fbs.census", value)
    for topic in ("fbs.evidence", "fbs.census"):
        marks = [Watermark("cell.measurements", part, T0 + 60_000, False) for part in (0, 1)]
        for headers in watermark_headers(marks):
            yield Message(topic, b"[]", tuple(headers))


def sample_records() -> list[Finding | Observation]:
    """Findings and observations of every rule's own samples."""
    made: list[Finding | Observation] = []
    for rule in RULES:
        samples = importlib.import_module(f"detectors.rules.{rule.name}.samples")
        registered = getattr(samples, "register", type(TOWN).register)
        screening = Screening((rule(),), Origin("cell.measurements", 0))
        for batch in samples.fires(TOWN):
            screened = screening.step(batch, registered(TOWN))
            made += [*screened.findings[:_OF_A_RULE], *screened.sent()[:_OF_A_RULE]]
        made += screening.counted(1 << 60)[:_OF_A_RULE]
    return made


def correlator() -> Correlator:
    """One that has taken all sample records in, and waits for one input partition."""
    sources = frozenset({("cell.measurements", 0)})
    rules = tuple(rule() for rule in RULES)
    made = Correlator(rules, IncidentSettings(), sources)
    for offset, record in enumerate(sample_records()):
        source = msgspec.structs.replace(record.source, offset=offset)
        made.take(msgspec.structs.replace(record, source=source))
    for stream in (FINDINGS, "observations"):
        made.promise(stream, "cell.measurements", 0, T0 + 3_600_000, False)
    made.advance()
    return made


def _of_memory() -> Iterator[Message]:
    known = correlator()
    yield Message("fbs.correlators", zlib.compress(known.snapshot(), 1), (("offsets", b"{}"),))
    headers, value = packed(known.parts(), {"fbs.evidence": 7}, "1").manifest
    yield Message("fbs.correlators", value, tuple(headers))
    for key, value in records_of(known.profile(), 0).items():
        yield Message("fbs.profile", value, (), key.encode())


def reports_in(record: Finding | Observation) -> int:
    """How many a record stands for: of levels or samples that travel together each is late, or
    comes again, by itself. One that can't be used is one."""
    try:
        return count_of(record) if isinstance(record, Observation) else 1
    except UNUSABLE:
        return 1
