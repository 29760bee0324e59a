"""The backlog that a picture is built from holds the newest of so many alerts."""

import asyncio
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition

from field.channels.delivery import reading
from field.channels.delivery.outbox import Outbox
from field.channels.delivery.reading import Reading
from field.channels.filters import Filter
from streams.config.channels import CotSettings
from streams.config.settings import KafkaSettings
from tests.field.channels.example import an_alert

MAP = CotSettings(name="map", url="tcp://127.0.0.1:1")
PLACE = TopicPartition("fbs.alerts", 0)


def test_beyond_its_bound_the_oldest_falls_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_SHOWN", 3)

    async def nothing(*_: Any) -> None:
        pass

    async def position(_place: TopicPartition) -> int:
        return 6

    log: Any = SimpleNamespace(write=nothing)
    outbox = Outbox(MAP, Filter(MAP), digests=False)
    outbox.own(0, 0)
    fills = Reading(KafkaSettings(), MAP, outbox, log, lambda: 1.0, lambda: None, asyncio.Event())
    fills._consumer = SimpleNamespace(position=position)
    fills._behind[0], fills._newest[0] = 6, {}
    alerts = [an_alert("a", 1), *(an_alert(name, 1) for name in "bcd"), an_alert("b", 2)]
    records = [
        SimpleNamespace(value=msgspec.json.encode(one), headers=(), offset=at, timestamp=1000)
        for at, one in enumerate([*alerts, an_alert("e", 1)])
    ]
    asyncio.run(fills._take(PLACE, records))
    waiting = [(one.alert.alert_id, one.alert.revision) for one in outbox._queue]
    assert waiting == [("d", 1), ("b", 2), ("e", 1)]
