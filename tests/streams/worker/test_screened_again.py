"""Records that are screened again, after a rebalance, a crash or an emptied queue, bring what they
brought before: each by a screening that knows what came before it, and no more."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from faust.types import TP

from detectors.model.codes import GSM
from detectors.model.finding import Observation
from detectors.rules.sample_town import CELLS, T0, TOWN
from streams.chunked.offset_ledger import Chunk
from streams.config.settings import load_settings
from streams.kafka.stage_records import decode_observations
from streams.kafka.topics import INPUTS, JOINED
from streams.privacy.hasher import Hasher
from streams.worker import partition_restore, screen_stage
from streams.worker.context import WorkerContext
from streams.worker.output import Sending
from streams.worker.screen_stage import ScreenStage

_SIGNALLING = "cell.signalling"
_COUNT = 10


def _named(number: int) -> bytes:
    """A phone, of four in turn, comes back from an area that nobody has."""
    area, cell = CELLS[GSM]
    when = {"ts": T0 + 5_000 * number, "rx_ts": T0 + 5_000 * number + 400}
    where = {"rat": "gsm", "mcc": 460, "mnc": 0, "area": area, "cell": cell}
    what = {"procedure": "location_update", "outcome": "accept", "update_type": "normal"}
    old = {"old_mcc": 460, "old_mnc": 0, "old_area": 61001}
    who = {"subscriber": f"s-{number % 4:016x}", "source": "core"}
    return msgspec.json.encode({**when, **who, **where, **what, **old})


_LOG = [_named(number) for number in range(_COUNT)]


class _Worker:
    """A stage whose partitions hold `_LOG`; ``sent`` is what it wrote of each chunk, ``read`` which
    offsets it read aside."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        partitions = dict.fromkeys((*INPUTS, "fbs.evidence", "fbs.census"), 1)
        context = WorkerContext.of(load_settings(env={}), Hasher(b"k" * 32), partitions)
        self.stage = ScreenStage(context)
        self.sent: list[list[Observation]] = []
        self.read: list[tuple[str, int, int]] = []
        self.committed: list[str] = []

        async def register(_: Any) -> Any:
            return TOWN.register()

        async def refresh(_: Any) -> None:
            pass

        async def send(_: Any, topic: str, value: bytes, *__: Any) -> None:
            if topic == "fbs.census":
                self.sent[-1] += decode_observations(value)

        async def read_range(_: Any, topic: str, __: int, first: int, end: int) -> list[Any]:
            self.read.append((topic, first, end))
            return [
                SimpleNamespace(value=value, headers=(), timestamp=T0, offset=offset)
                for offset, value in enumerate(_LOG[:end])
                if offset >= first and topic == _SIGNALLING
            ]

        async def read_committed(_: Any, topic: str, __: int) -> int:
            self.committed.append(topic)
            return 2

        monkeypatch.setattr(type(context.register), "current", register)
        monkeypatch.setattr(type(context.guard), "refresh", refresh)
        monkeypatch.setattr(Sending, "_send", send)
        monkeypatch.setattr(partition_restore, "read_range", read_range)
        monkeypatch.setattr(partition_restore, "read_committed", read_committed)

    async def take(self, first: int, end: int, feed: object, topic: str = _SIGNALLING) -> None:
        """One chunk of the log, handed out on an account."""
        self.sent.append([])
        values: list[Any] = _LOG[first:end] if topic == _SIGNALLING else [b"[]"] * (end - first)
        offsets, rows = list(range(first, end)), end - first
        columns: Any = (offsets, values, [()] * rows, [T0 + 60_000] * rows, feed)
        await self.stage.take(Chunk(topic, 0, first, end - 1, end, *columns))


@pytest.fixture
def straight(monkeypatch: pytest.MonkeyPatch) -> dict[int, list[Observation]]:
    """What each record brings where nothing happens."""
    worker = _Worker(monkeypatch)
    asyncio.run(worker.take(0, _COUNT, "one"))
    return _by_offset(worker.sent[0])


def _by_offset(sent: Sequence[Observation]) -> dict[int, list[Observation]]:
    found: dict[int, list[Observation]] = {}
    for one in sent:
        found.setdefault(one.source.offset, []).append(one)
    return found


@pytest.mark.parametrize("again", range(_COUNT))
def test_a_chunk_whose_turn_comes_while_partitions_are_taken_away_leaves_nothing_behind(
    straight: Any, again: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was waiting beside others when the rebalance began. What was not acknowledged by then is
    read again, from wherever that is, after another worker had the partition or none."""

    async def work() -> list[list[Observation]]:
        worker = _Worker(monkeypatch)
        await worker.take(0, 4, "one")
        worker.stage.revoked({TP(_SIGNALLING, 0)})
        await worker.take(4, 7, "one")
        worker.stage.assigned()
        await worker.take(again, _COUNT, "two")
        return worker.sent

    for sent in asyncio.run(work()):
        assert sent
        found = _by_offset(sent)
        assert found == {offset: straight[offset] for offset in found}


@pytest.mark.parametrize(("first", "reads"), [(0, 2), (3, 2), (4, 2), (6, 2), (7, 1), (9, 2)])
def test_a_chunk_that_is_read_again_finds_what_was_before_it(
    straight: Any, first: int, reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within one assignment: it was at work when queues were emptied. Only what follows on the
    chunk before is worked off by what is at hand."""

    async def work() -> _Worker:
        worker = _Worker(monkeypatch)
        await worker.take(2, 4, "one")
        await worker.take(4, 7, "one")
        await worker.take(first, _COUNT, "two")
        return worker

    worker = asyncio.run(work())
    for sent in worker.sent:
        found = _by_offset(sent)
        assert found == {offset: straight[offset] for offset in found}
    assert sum(end > 0 for _, _, end in worker.read) == reads - (first == 0)


def test_a_hole_within_one_account_is_none_of_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A transaction's end has an offset, and a compacted record had one."""

    async def work() -> _Worker:
        worker = _Worker(monkeypatch)
        await worker.take(0, 4, "one")
        await worker.take(5, 7, "one")
        return worker

    assert asyncio.run(work()).read == []


def test_topics_that_are_joined_are_taken_up_together_where_each_of_them_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other = JOINED

    async def work() -> _Worker:
        worker = _Worker(monkeypatch)
        await worker.take(3, 5, "one", one)
        await worker.take(2, 6, "other", other)
        del worker.read[:], worker.committed[:]
        await worker.take(3, 5, "anew", one)
        # The other goes on where it was, though less of it is committed.
        await worker.take(6, 8, "other", other)
        await worker.take(5, 8, "anew", one)
        return worker

    worker = asyncio.run(work())
    assert worker.read == [(one, 0, 3), (other, 0, 6)]
    assert worker.committed == []


def test_what_is_at_work_of_a_joined_topic_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would be taken for written, and promised, before it is."""
    one, other = JOINED

    async def work() -> None:
        worker = _Worker(monkeypatch)
        await worker.take(0, 2, "one", one)
        await worker.take(2, 4, "other", other)
        goes_on, screen = asyncio.Event(), worker.stage._work_off

        async def slow(tp: TP, *given: Any) -> None:
            if tp.topic == other:
                await goes_on.wait()
            await screen(tp, *given)

        monkeypatch.setattr(worker.stage, "_work_off", slow)
        monkeypatch.setattr(screen_stage, "_PAUSE_S", 0.001)
        slowly = asyncio.create_task(worker.take(4, 6, "other", other))
        await asyncio.sleep(0.01)
        del worker.read[:]
        again = asyncio.create_task(worker.take(0, 2, "anew", one))
        await asyncio.sleep(0.05)
        assert worker.read == []
        goes_on.set()
        await asyncio.wait_for(asyncio.gather(slowly, again), 60.0)
        assert worker.read == [(other, 0, 6)]

    asyncio.run(work())
