"""What Prometheus is given of channels: how each of this process is doing, by its status."""

from collections.abc import Mapping
from typing import Final, get_args

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from field.channels.delivery.log import Result
from field.channels.opening import ChannelStatus
from streams.metrics.catalogue import BY_NAME
from streams.metrics.meters import Meters

_RESULTS: Final = get_args(Result)
_DELIVERIES: Final = "cellhound_channel_deliveries_total"


def measure_channels(meters: Meters, board: Mapping[str, ChannelStatus]) -> None:
    """Adds the metrics of channels; ``board`` has the status of each by name, kept up to date."""
    waiting = meters.gauge("cellhound_channel_waiting")
    failing = meters.gauge("cellhound_channel_failing")
    sent = meters.gauge("cellhound_channel_sent_timestamp_seconds")

    def look() -> None:
        for name, status in list(board.items()):
            waiting.labels(name).set(status.waiting)
            failing.labels(name).set(bool(status.last_error))
            sent.labels(name).set((status.last_ok_ms or 0) / 1000)

    meters.ask(look)
    meters.registry.register(_Deliveries(board))


class _Deliveries(Collector):
    """What was counted elsewhere already."""

    def __init__(self, board: Mapping[str, ChannelStatus]) -> None:
        self._board = board

    def collect(self) -> list[Metric]:
        metric = BY_NAME[_DELIVERIES]
        family = CounterMetricFamily(_DELIVERIES, metric.meaning, labels=metric.labels)
        for name, status in list(self._board.items()):
            for result in _RESULTS:
                family.add_metric([name, result], status.results.get(result, 0))
        return [family]
