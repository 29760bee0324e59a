"""What the gateway counts, by the names that docs/monitoring.md lists."""

from prometheus_client import generate_latest

from field.ingest.batching import Room
from field.ingest.metrics import IngestMetrics
from field.ingest.packing import Packed, Refusal
from streams.metrics.catalogue import METRICS
from streams.metrics.meters import Meters


def test_all_that_only_the_gateway_has_is_counted() -> None:
    meters = Meters("ingest")
    metrics = IngestMetrics(meters, Room(100))
    metrics.batch("device.sms", 3, Packed([], [Refusal(1, "missing_field", "")], 2, {"arrow": 1}))
    metrics.answered(202)
    text = generate_latest(meters.registry).decode()
    for metric in METRICS:
        if metric.programs == ("ingest",):
            assert f"\n{metric.name}" in text, metric.name
    for line in (
        'cellhound_ingest_messages_total{result="accepted",topic="device.sms"} 2.0',
        'cellhound_ingest_messages_total{result="dead_letter",topic="device.sms"} 1.0',
        'cellhound_ingest_dropped_fields_total{topic="device.sms"} 2.0',
        'cellhound_ingest_answers_total{code="202"} 1.0',
    ):
        assert line in text
