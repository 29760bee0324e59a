"""What a worker counts: nothing beyond the catalogue, no label from a message, each thing once."""

from typing import Any

import numpy as np
import pytest

from detectors.correlate.state import CorrelatorState
from detectors.correlate.zone import ZoneState
from detectors.incident.incident import Incident
from detectors.model.columns import Signalling
from streams.decode.codec import decode
from streams.decode.dead_letters import REASONS
from streams.decode.records import RecordSlice
from streams.kafka.heartbeat import Counts
from streams.metrics import catalogue
from streams.metrics.catalogue import METRICS, of
from streams.metrics.meters import Meters
from streams.metrics.worker import OTHER, WorkerMetrics, sources_of
from streams.privacy.hasher import Hasher


def value(metrics: WorkerMetrics, name: str, **labels: str) -> float | None:
    return metrics.meters.registry.get_sample_value(name, labels)


def letter(reason: str) -> Any:
    return type("Letter", (), {"reason": reason})()


def finding(detector: str) -> Any:
    return type("Found", (), {"detector": detector})()


def test_names_follow_the_conventions_of_prometheus() -> None:
    for metric in METRICS:
        assert metric.name.startswith("cellhound_")
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name
        assert metric.meaning.endswith(".")
        assert not {"device", "subscriber", "alert_id", "sender"} & set(metric.labels)
    assert len({metric.name for metric in METRICS}) == len(METRICS)


def test_a_worker_has_what_the_catalogue_has_of_it() -> None:
    metrics = WorkerMetrics()
    metrics.meters.hashing_key(lambda: "00ff")
    families = {family.name for family in metrics.meters.registry.collect()}
    assert {m.name.removesuffix("_total") for m in of("worker")} <= families


def test_a_metric_that_is_in_no_catalogue_can_not_be_made() -> None:
    with pytest.raises(KeyError):
        Meters("worker").counter("cellhound_more_total")
    with pytest.raises(AssertionError, match="not the worker's"):
        Meters("worker").gauge("cellhound_console_late")


def test_two_processes_share_nothing() -> None:
    one, two = WorkerMetrics(), WorkerMetrics()
    one.screened("sms.metadata", {"device": 3}, [], [], 0, 0)
    labels = {"topic": "sms.metadata", "source": "device"}
    assert value(one, "cellhound_input_messages_total", **labels) == 3
    assert value(two, "cellhound_input_messages_total", **labels) is None


def test_what_a_message_holds_makes_no_label() -> None:
    """Reasons and rules that aren't ours, as a forged record between the stages may have them."""
    metrics = WorkerMetrics()
    before = len(list(metrics.meters.text().splitlines()))
    for number in range(200):
        dead, found = [letter(f"no reason {number}")], [finding(f"no rule {number}")]
        metrics.screened("sms.metadata", {"device": 1}, dead, found, 0, 1)
        metrics.decided([], found, replay=False, now_ms=0)
    assert value(metrics, "cellhound_findings_total", rule=OTHER) == 400
    labels = {"topic": "sms.metadata", "reason": OTHER}
    assert value(metrics, "cellhound_dead_letters_total", **labels) == 200
    # A series each for the topic's source, the other reason, the other rule.
    assert len(metrics.meters.text().splitlines()) == before + 3


def test_messages_are_counted_by_source() -> None:
    rows = [
        b'{"ts":1700000000000,"subscriber":"s","source":"%s","rat":"lte","mcc":460,"mnc":0,'
        b'"area":1,"cell":2,"procedure":"attach"}' % source
        for source in (b"core", b"device", b"core", b"ran", b"forged")
    ]
    records = RecordSlice(
        topic="cell.signalling",
        partition=0,
        offsets=np.arange(len(rows)),
        values=rows,
        rx_ms=np.full(len(rows), 1_700_000_000_000),
        content_types=[None] * len(rows),
        latest_ms=np.full(len(rows), 1_700_000_000_000),
    )
    decoded = decode(records, Hasher(b"k" * 32))
    assert isinstance(decoded.batch, Signalling)
    assert sources_of(decoded.batch) == {"core": 2, "device": 1, "ran": 1}
    assert [one.reason for one in decoded.dead] == ["unknown_value"]
    assert set(REASONS) >= {one.reason for one in decoded.dead}


def test_late_and_repeated_count_from_when_the_correlator_came_here() -> None:
    metrics = WorkerMetrics()
    state = CorrelatorState(late=7, repeated=5)
    metrics.opened(0, state)
    state.late, state.repeated = 9, 5
    metrics.turned(0, state)
    metrics.turned(0, state)
    assert value(metrics, "cellhound_late_total") == 2
    assert value(metrics, "cellhound_repeated_total") == 0
    # It goes to another worker, counts there, and comes back.
    metrics.revoked([("sms.metadata", 0)], [0])
    assert value(metrics, "cellhound_waiting_events", partition="0") is None
    metrics.opened(0, CorrelatorState(late=30))
    metrics.turned(0, CorrelatorState(late=31))
    assert value(metrics, "cellhound_late_total") == 3


def test_incidents_are_counted_now_and_then_and_anew_where_they_come_back() -> None:
    metrics, state = WorkerMetrics(), CorrelatorState()
    assert metrics.turned(0, state)
    state.zones["z"] = ZoneState(incidents=[Incident("z", "z", 1, 1, 1, 1)])
    assert not metrics.turned(0, state)
    assert value(metrics, "cellhound_incidents", state="candidate") == 0
    metrics.revoked([], [0])
    assert metrics.turned(0, state)
    assert value(metrics, "cellhound_incidents", state="candidate") == 1


def test_latency_is_not_measured_of_a_replay_or_of_a_closed_alert() -> None:
    metrics = WorkerMetrics()
    alert = type("Revision", (), {"status": "open", "ts": 1_000})()
    closed = type("Revision", (), {"status": "closed", "ts": 0})()
    metrics.decided([alert, closed], [], replay=False, now_ms=4_000)
    metrics.decided([alert], [], replay=True, now_ms=90_000_000)
    assert value(metrics, "cellhound_alert_latency_seconds_count") == 1
    assert value(metrics, "cellhound_alert_latency_seconds_sum") == 3
    assert value(metrics, "cellhound_alert_revisions_total", status="open") == 2


def test_state_and_watermarks_of_a_partition_are_forgotten_with_it() -> None:
    metrics = WorkerMetrics()
    metrics.promised("sms.metadata", 1, 60_000)
    metrics.stored(1, [100, 50])
    assert value(metrics, "cellhound_state_bytes", partition="1") == 150
    assert value(metrics, "cellhound_state_record_bytes", partition="1") == 100
    labels = {"topic": "sms.metadata", "partition": "1"}
    assert value(metrics, "cellhound_watermark_timestamp_seconds", **labels) == 60
    metrics.revoked([("sms.metadata", 1)], [1])
    assert value(metrics, "cellhound_watermark_timestamp_seconds", **labels) is None
    assert value(metrics, "cellhound_state_bytes", partition="1") is None


def test_what_the_worker_counts_otherwise_is_looked_up_when_asked() -> None:
    metrics, counts = WorkerMetrics(), Counts()
    metrics.follow(counts)
    counts.observe("sms.metadata", 3, 0, 1, 5_000)
    assert b'received_timestamp_seconds{topic="sms.metadata"} 5.0' in metrics.meters.text()


def test_a_question_that_fails_hides_no_other_figure(caplog: pytest.LogCaptureFixture) -> None:
    meters = Meters("worker")

    def fail() -> None:
        raise RuntimeError("no")

    meters.ask(fail)
    assert b"cellhound_broker_up 1.0" in meters.text()
    assert "can't be brought up to date" in caplog.text


def test_the_page_is_as_the_catalogue_is() -> None:
    from tests.test_house import ROOT

    page = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
    assert catalogue.written(page) == page, "make docs"
    assert all(f"`{metric.name}`" in page for metric in METRICS)
    with pytest.raises(ValueError, match="needs a line"):
        catalogue.written("no place for it")
