"""What Prometheus is given of the gateway."""

from field.ingest.batching import Room
from field.ingest.packing import Packed
from streams.metrics.meters import Meters


class IngestMetrics:
    """Counts once a batch and once an answer."""

    def __init__(self, meters: Meters, room: Room) -> None:
        self._messages = meters.counter("cellhound_ingest_messages_total")
        self._records = meters.counter("cellhound_ingest_records_total")
        self._dropped = meters.counter("cellhound_ingest_dropped_fields_total")
        self._answers = meters.counter("cellhound_ingest_answers_total")
        meters.gauge("cellhound_ingest_waiting_bytes").set_function(lambda: room.taken)

    def batch(self, topic: str, messages: int, packed: Packed) -> None:
        """Counts a batch that Kafka has."""
        dead = len(packed.refused)
        self._messages.labels(topic, "accepted").inc(messages - dead)
        self._messages.labels(topic, "dead_letter").inc(dead)
        self._dropped.labels(topic).inc(packed.dropped)
        for form, records in packed.forms.items():
            self._records.labels(topic, form).inc(records)

    def answered(self, status: int) -> None:
        """Counts an answer."""
        self._answers.labels(str(status)).inc()
