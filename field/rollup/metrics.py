"""What Prometheus is given of a side of the roll-up."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from streams.kafka.resilient_producer import Outgoing
from streams.metrics.meters import Meters

#: Records that were refused, and how far each province has come (ms).
NationLook = Callable[[], tuple[int, dict[str, int]]]


class RollupMeters:
    """Counts what is read and written; of the nation also what ``look`` gives, when it is asked."""

    def __init__(self, meters: Meters, look: NationLook | None = None) -> None:
        self._read = meters.counter("cellhound_rollup_read_records_total")
        self._written = meters.counter("cellhound_rollup_written_records_total")
        self._at = meters.gauge("cellhound_rollup_written_timestamp_seconds")
        if look is not None:
            _measure_nation(meters, look)

    def read(self, count: int) -> None:
        """So many records were read."""
        self._read.inc(count)

    def written(self, records: Sequence[Outgoing], is_all: bool) -> None:
        """Records were written; ``is_all`` where nothing is left to be."""
        for topic, count in Counter(one.topic for one in records).items():
            self._written.labels(topic).inc(count)
        if is_all:
            self._at.set(time.time())


def _measure_nation(meters: Meters, look: NationLook) -> None:
    refused = meters.counter("cellhound_rollup_refused_records_total")
    came = meters.gauge("cellhound_rollup_province_timestamp_seconds")
    known = 0

    def ask() -> None:
        nonlocal known
        count, provinces = look()
        # A side that begins anew counts from nothing.
        refused.inc(max(0, count - known))
        known = count
        for name, as_of_ms in provinces.items():
            came.labels(name).set(as_of_ms / 1000)

    meters.ask(ask)
