"""What Prometheus is given of the roll-up's sides."""

import asyncio

import pytest

from field.rollup import running
from field.rollup.metrics import RollupMeters
from field.rollup.nationwide import Nationwide
from streams.kafka.resilient_producer import Outgoing
from streams.kafka.settings import KafkaSettings
from streams.metrics.meters import Meters
from tests.field.rollup.country import Country, Record, alert, settled


def value(meters: Meters, name: str, **labels: str) -> float | None:
    meters.text()
    return meters.registry.get_sample_value(f"cellhound_rollup_{name}", labels)


def test_what_is_read_and_written_is_counted() -> None:
    meters = Meters("rollup")
    counted = RollupMeters(meters)
    counted.read(3)
    counted.written(
        [Outgoing("rollup.windows", b"x", b"k"), Outgoing("rollup.windows", b"y", b"l")], False
    )
    assert value(meters, "read_records_total") == 3
    assert value(meters, "written_records_total", topic="rollup.windows") == 2
    assert value(meters, "written_timestamp_seconds") == 0
    counted.written([], True)
    assert (value(meters, "written_timestamp_seconds") or 0) > 1_700_000_000
    assert value(meters, "refused_records_total") is None


def test_how_far_each_province_has_come_and_what_was_refused(country: Country) -> None:
    country.put("east", "fbs.alerts", alert("east", "a", ["13812345678"]))
    settled(country)
    nation = country.sides["national"]
    assert isinstance(nation, Nationwide)
    meters = Meters("national")
    RollupMeters(meters, nation.look)
    assert (value(meters, "province_timestamp_seconds", province="east") or 0) > 0
    assert value(meters, "refused_records_total") == 0
    for _ in range(2):
        nation.take("east.rollup.windows", 0, [Record(b"k", b"{}")])
        assert value(meters, "refused_records_total")
    assert value(meters, "refused_records_total") == 2


class Busy:
    """A side with more to be written than it gives at once."""

    def __init__(self, turns: int) -> None:
        self.turns, self.seen = turns, list[Outgoing]()

    @property
    def is_behind(self) -> bool:
        return self.turns > 0

    def take(self, topic: str, partition: int, records: object) -> None: ...

    def news(self, now_ms: int) -> list[Outgoing]:
        self.turns -= 1
        return [Outgoing("national.windows", b"x", b"k")]

    def written(self, record: Outgoing) -> None:
        self.seen.append(record)


class Wrote:
    async def write_all(self, records: object, patience_s: float) -> None:
        list(records)  # type: ignore[call-overload]


def test_all_is_written_in_turns_and_then_it_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    kafka = KafkaSettings()
    watched, side = running.Watched(kafka, "rollup"), Busy(3)
    asyncio.run(running._write(kafka, side, Wrote(), watched))  # type: ignore[arg-type]
    assert len(side.seen) == 3
    assert watched.state == "ok"
    assert value(watched.all, "written_records_total", topic="national.windows") == 3
