"""What an audit of the register is given of the correlators' zones."""

import asyncio
from typing import Any, cast

from detectors.audit.register_health import ZoneEvidence
from streams.config.settings import load_settings
from streams.kafka.topics import INPUTS
from streams.privacy.hasher import Hasher
from streams.worker.context import WorkerContext
from streams.worker.correlation_stage import STREAM_OF, CorrelationStage, _Partition

_PARTITIONS = dict.fromkeys((*INPUTS, *STREAM_OF, "fbs.profile"), 1)


def test_an_audit_gets_copies_of_zones_with_news_one_at_a_time() -> None:
    copied: list[str] = []

    class _Correlator:
        def reported_ms(self) -> dict[str, int]:
            return {"a": 5, "b": 7, "gone": 1, "c": 9}

        def register_evidence(self, zone: str) -> ZoneEvidence | None:
            copied.append(zone)
            return None if zone == "gone" else ZoneEvidence(zone)

    async def audited() -> list[tuple[str, list[str]]]:
        context = WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), _PARTITIONS)
        stage = CorrelationStage(context)
        stage._partitions[0] = _Partition(cast(Any, _Correlator()), {})
        found = stage.register_evidence({"a": 5, "b": 6})
        return [(one.zone, list(copied)) async for one in found]

    # That of zone c is made when what b's was for is done.
    assert asyncio.run(audited()) == [("b", ["b"]), ("c", ["b", "gone", "c"])]
