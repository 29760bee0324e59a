"""A state that ends whoever goes on with it: its correlator goes on behind what was due."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from detectors.correlate.correlator import FINDINGS, OBSERVATIONS
from detectors.rules.sample_town import T0
from streams.chunked.gathered import Taken
from streams.config.settings import load_settings
from streams.guard.journal import Span
from streams.guard.turn_case import PoisonedStateError
from streams.guard.turns import TOPIC
from streams.kafka.stage_records import encode
from streams.kafka.topics import INPUTS
from streams.privacy.hasher import Hasher
from streams.worker import profile_keeper
from streams.worker.context import WorkerContext
from streams.worker.correlation_stage import STREAM_OF, CorrelationStage, _Partition
from tests.detectors.conftest import Make

_PARTITIONS = dict.fromkeys((*INPUTS, *STREAM_OF, "fbs.profile"), 1)


def test_the_correlator_goes_on_behind_what_was_due(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def read_whole(*_: Any) -> AsyncIterator[tuple[bytes, bytes]]:
        for pair in ():
            yield pair

    def poisoned(*_: Any) -> None:
        raise PoisonedStateError("it raises ArithmeticError")

    monkeypatch.setattr(profile_keeper, "read_whole", read_whole)
    monkeypatch.setattr("streams.guard.turns.judge_turn", poisoned)
    context = WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), _PARTITIONS)
    stage = CorrelationStage(context)
    correlator = stage._correlators.of(0, None)
    partition = _Partition(correlator, {})
    context.guard.known.note_suspects([Span(TOPIC, 0, T0, T0 + 60_000)])
    written: list[Any] = []

    async def write(notes: Any) -> None:
        written.extend(notes)

    monkeypatch.setattr(context.guard, "_write", write)
    for stream in (FINDINGS, OBSERVATIONS):
        for topic, number in context.sources:
            correlator.promise(stream, topic, number, T0 + 60_000, False)
    # Of the second one nothing was due yet.
    records = [
        Taken("fbs.evidence", place, T0, encode(Make().finding(place, at_s=at_s)), ())
        for place, at_s in enumerate((1.0, 90.0))
    ]
    decided = asyncio.run(stage._worked_off(0, partition, records))
    assert decided.alerts == []
    anew = partition.correlator
    assert anew is not correlator
    assert anew.state.zones == {}
    assert [item.rx for item in anew.state.waiting] == [T0 + 90_000]
    assert anew.state.clock_ms == T0 + 60_000
    assert partition.anew is not None
    assert partition.anew.reason == "it raises ArithmeticError"
    assert "begins anew behind what was due" in caplog.text
    # It isn't tried again, and nothing is left of the suspicion.
    assert written == [(b"suspect/fbs.correlators/0", None)]
    assert not stage._turns.is_due(0, anew)
