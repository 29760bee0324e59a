"""What Prometheus is given of channels, by their status."""

from field.channels.metrics import measure_channels
from field.channels.opening import ChannelStatus
from streams.metrics.meters import Meters


def test_a_channel_is_counted_by_what_became_of_revisions() -> None:
    board: dict[str, ChannelStatus] = {}
    meters = Meters("channels")
    measure_channels(meters, board)
    assert b"gazette" not in meters.text()
    status = board["gazette"] = ChannelStatus("gazette", "cap", last_ok_ms=5_000, waiting=4)
    status.count("sent", 3)
    status.count("retry", 1)
    status.count("sent", 1)

    def value(name: str, **labels: str) -> float | None:
        meters.text()
        of = {"channel": "gazette"} | labels
        return meters.registry.get_sample_value(f"cellhound_channel_{name}", of)

    found = {r: value("deliveries_total", result=r) for r in ("sent", "retry", "dropped", "dead")}
    assert found == {"sent": 4, "retry": 1, "dropped": 0, "dead": 0}
    assert (value("waiting"), value("sent_timestamp_seconds")) == (4, 5)
    assert value("failing") == 0
    status.last_error = "away"
    assert value("failing") == 1
