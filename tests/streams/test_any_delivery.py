"""However messages are shuffled within the allowed disorder, batched, and delivered again, the
pipeline decides the same; what comes later than that is counted, and opens no second alert.

By the parts that a worker is made of, without a broker: decoding, screening, watermarks,
and a correlator behind them.
"""

import json
import pickle
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.alert.record import Alert
from detectors.correlate.correlator import STREAMS, Correlator
from detectors.correlate.settings import IncidentSettings
from detectors.features.facts import Origin
from detectors.model.finding import Finding, Observation
from detectors.place import position
from detectors.register.register import Register
from detectors.rules import RULES
from detectors.screen.screening import Screening
from replay.simulate import load_scenario, simulate
from replay.traces.trace import Message, read_messages
from replay.traces.trace_files import open_trace
from streams.decode.codec import decode
from streams.decode.records import RecordSlice, arrivals_of
from streams.privacy.hasher import Hasher
from streams.register.csv_file import read_register
from streams.worker.watermarks import WatermarkTracker
from tests.integration.messages import about, partition_of

PARTITIONS = 2
DISORDER_MS = 10_000
RULES_ON = tuple(rule() for rule in RULES)
HASHER = Hasher(b"any delivery")
VILLAGE = """
name: delivery
description: A parked blaster in a village.
start_ms: 1748916000000
duration_s: 420
city: {centre_lat_deg: 30.6586, centre_lon_deg: 104.0648, size_m: 1800}
operators: [{mcc: 460, mnc: 0, share: 1.0, site_spacing_m: 650}]
people: {phones: 110, reporting_share: 0.75, report_every_s: [20, 45]}
rogues:
  - id: van
    kind: sms_spammer
    rat: gsm
    power_at_100m_dbm: -54
    place: {mode: parked, at_m: [150, -120]}
    active_s: [[40, 300]]
    claims: [0]
    identity: {mode: fixed}
    sms: {sender: "95588", length: 68, url_domain: icbc-vip.example}
"""
#: A partition's records: arrival time and the messages in each.
Records = list[tuple[int, list[bytes]]]


@dataclass(frozen=True, repr=False)
class Village:
    """A trace by partition, in order of arrival, and its register."""

    messages: dict[tuple[str, int], list[Message]]
    register: Register

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("the village")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("village")
    (folder / "scenario.yaml").write_text(VILLAGE)
    simulate(load_scenario(folder / "scenario.yaml"), 1, folder / "trace")
    return folder / "trace"


@pytest.fixture(scope="module")
def village(recording: Path) -> Village:
    return _village(recording, PARTITIONS)


def _village(path: Path, partitions: int) -> Village:
    trace = open_trace(path)
    messages: dict[tuple[str, int], list[Message]] = defaultdict(list)
    for topic in trace.files:
        for message in sorted(read_messages(trace, topic), key=lambda one: one.arrival_ms):
            messages[topic, partition_of(message, partitions)].append(message)
    assert trace.register is not None
    return Village(messages, Register.from_rows(read_register(trace.register).rows))


@pytest.fixture(scope="module", autouse=True)
def _placed_once() -> Iterator[None]:
    """Most of the time goes into places: the same question has the same answer."""
    answers: dict[tuple[str, bytes], Any] = {}

    def remembered(name: str, pure: Callable[..., Any]) -> Callable[..., Any]:
        def answer(*asked: Any) -> Any:
            key = name, pickle.dumps(asked)
            if key not in answers:
                answers[key] = pure(*asked)
            return answers[key]

        return answer

    with pytest.MonkeyPatch.context() as patch:
        for name in ("follow", "_region", "next_place"):
            patch.setattr(position, name, remembered(name, getattr(position, name)))
        yield


@dataclass(repr=False)
class Pipeline:
    """What a worker does with the partitions that it has, and a correlator for all of them."""

    village: Village
    alerts: list[Alert] = field(default_factory=list)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("the pipeline")

    def __post_init__(self) -> None:
        sources = sorted(self.village.messages)
        self._screenings = {s: Screening(RULES_ON, Origin(*s)) for s in sources}
        self._progress = {s: WatermarkTracker(DISORDER_MS) for s in sources}
        self.correlator = Correlator(RULES_ON, IncidentSettings(), frozenset(sources))
        self.rows = self.dead = 0
        self._written: list[Finding | Observation] = []

    def take(self, source: tuple[str, int], offset: int, records: Records) -> None:
        """Some records of a partition, the first of which has that offset."""
        values = [b"[" + b",".join(some) + b"]" for _, some in records]
        arrivals = np.array([at for at, _ in records], dtype=np.int64)
        offsets = range(offset, offset + len(records))
        decoded = decode(RecordSlice(*source, offsets, values, arrivals), HASHER)
        self.rows += len(decoded.batch)
        self.dead += len(decoded.dead)
        screened = self._screenings[source].step(decoded.batch, self.village.register)
        self._write([*screened.findings, *screened.sent()])
        self._progress[source].observe(arrivals_of(decoded.batch))
        self._promise(source, self._progress[source].until_ms, False)

    def deliver_again(self, chance: Random) -> None:
        """Records between the stages that come once more, as after a crash."""
        if self._written:
            at = chance.randrange(len(self._written))
            for record in self._written[at : at + 50]:
                self.correlator.take(record)

    def end(self) -> None:
        """The end of all partitions: what is due is decided."""
        newest = max(progress.newest_ms for progress in self._progress.values())
        for source in self._screenings:
            self._promise(source, newest + 1, True)

    def _promise(self, source: tuple[str, int], until_ms: int, end: bool) -> None:
        self._write(self._screenings[source].counted(until_ms))
        for stream in STREAMS:
            self.correlator.promise(stream, *source, until_ms, end)
        self.alerts += self.correlator.advance().alerts

    def _write(self, records: Sequence[Finding | Observation]) -> None:
        self._written += records
        for record in records:
            self.correlator.take(record)


def run(village: Village, chance: Random, late: float = 0.0) -> Pipeline:
    """The village's messages in some order and batches; a share ``late`` of them much too late."""
    pipeline = Pipeline(village)
    waiting = {
        source: _records(_shuffled(messages, chance, late), chance)
        for source, messages in village.messages.items()
    }
    whole, offsets = dict(waiting), dict.fromkeys(waiting, 0)
    while waiting:
        # Where some are late, all partitions come on together, or the last would be waited for.
        source = (
            max(sorted(waiting), key=lambda each: len(waiting[each]) / len(whole[each]))
            if late
            else chance.choice(sorted(waiting))
        )
        count = chance.choice((1, 7)) if late else chance.choice((1, 7, 60))
        some, waiting[source] = waiting[source][:count], waiting[source][count:]
        if some:
            pipeline.take(source, offsets[source], some)
            offsets[source] += len(some)
        else:
            del waiting[source]
        if chance.random() < 0.1:
            pipeline.deliver_again(chance)
    pipeline.end()
    return pipeline


def _shuffled(messages: Sequence[Message], chance: Random, late: float) -> list[Message]:
    """In an order of chance, each message at most as much too late as is allowed; those of one
    device stay in order, as whoever publishes them must keep them."""
    newest: dict[str, float] = defaultdict(float)
    places: list[float] = []
    for message in messages:
        held_ms = chance.uniform(0.0, DISORDER_MS - 1.0)
        newest[about(message)] = max(newest[about(message)], message.arrival_ms + held_ms)
        places.append(min(newest[about(message)], message.arrival_ms + DISORDER_MS - 1.0))
    for at in range(len(messages)):
        if chance.random() < late:
            # Half a minute to two minutes too late.
            places[at] += chance.uniform(30_000.0, 120_000.0)
    order = sorted(range(len(messages)), key=lambda at: (places[at], at))
    return [messages[at] for at in order]


def _records(messages: Sequence[Message], chance: Random) -> Records:
    records: Records = []
    at = 0
    while at < len(messages):
        count = chance.choice((1, 1, 5, 40))
        some = messages[at : at + count]
        records.append((some[-1].arrival_ms, [_with_arrival(one) for one in some]))
        at += count
    return records


def _with_arrival(message: Message) -> bytes:
    fields = json.loads(message.value)
    fields.setdefault("rx_ts", message.arrival_ms)
    return json.dumps(fields).encode()


@pytest.fixture(scope="module")
def in_order(village: Village) -> Pipeline:
    return _in_order(village)


def _in_order(village: Village) -> Pipeline:
    pipeline = Pipeline(village)
    for source, messages in village.messages.items():
        pipeline.take(source, 0, [(one.arrival_ms, [_with_arrival(one)]) for one in messages])
    pipeline.end()
    # It opens before texts are known of.
    assert len({alert.alert_id for alert in pipeline.alerts}) == 1
    assert pipeline.alerts[-1].kind == "sms_spammer"
    return pipeline


@pytest.mark.slow
@pytest.mark.parametrize("partitions", [1, 5])
def test_partitions_do_not_matter(recording: Path, in_order: Pipeline, partitions: int) -> None:
    assert _in_order(_village(recording, partitions)).alerts == in_order.alerts


@pytest.mark.slow
@given(st.integers(0, 2**32))
@settings(max_examples=2, suppress_health_check=list(HealthCheck))
def test_order_batches_and_repeats_do_not_matter(
    village: Village, in_order: Pipeline, seed: int
) -> None:
    any_way = run(village, Random(seed))
    assert any_way.rows == in_order.rows
    assert any_way.dead == in_order.dead == 0
    assert any_way.correlator.state.late == 0
    assert any_way.alerts == in_order.alerts


@pytest.mark.slow
@given(st.integers(0, 2**32))
@settings(max_examples=2, suppress_health_check=list(HealthCheck))
def test_what_comes_too_late_is_counted_and_opens_no_second_alert(
    village: Village, in_order: Pipeline, seed: int
) -> None:
    late = run(village, Random(seed), late=0.2)
    assert late.rows == in_order.rows
    assert late.correlator.state.late > 0
    ids = {alert.alert_id for alert in late.alerts}
    assert len(ids) == len({alert.alert_id for alert in in_order.alerts})
