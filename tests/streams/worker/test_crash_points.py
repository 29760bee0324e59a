"""Two correlators of one worker, each in turns of its own, are killed after any write, and whoever
takes them up reads on: every revision is as if nothing had happened, and no state has a record
twice.

Without a broker: topics are lists, and what was acknowledged is what the group has committed.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from detectors.alert.record import Alert
from detectors.context.zone_routing import zones_for
from detectors.correlate import revision
from detectors.model.finding import Finding, Identity, Place, Source
from detectors.rules.sample_town import T0
from streams.chunked.offset_ledger import Chunk
from streams.config.settings import load_settings
from streams.guard import guard
from streams.kafka.partitioning import partition_of
from streams.kafka.stage_records import WATERMARK_VALUE, Watermark, encode, watermark_headers
from streams.kafka.topics import BETWEEN, INPUTS
from streams.privacy.hasher import Hasher
from streams.state.search import Found, Search
from streams.worker import correlation_stage, profile_keeper
from streams.worker.context import WorkerContext
from streams.worker.correlation_stage import CorrelationStage
from streams.worker.output import Sending

_TOPICS = {**dict.fromkeys(INPUTS, 1), **dict.fromkeys(BETWEEN, 2), "fbs.profile": 1}
#: Two towns, whose zones are in one partition each.
_TOWNS = ((30.66, 104.06), (29.56, 106.55))
_PHONES, _RECORDS_A_CHUNK = 9, 4
#: One of so many parts of all points at which a worker may be killed is a test.
_SHARES = 7
_SETTINGS = load_settings(
    env={
        "CELLHOUND__STREAMS__SNAPSHOT_EVERY_S": "0",
        "CELLHOUND__INCIDENTS__COLD_NATS": "0",
        "CELLHOUND__INCIDENTS__UPDATE_EVERY_S": "10",
    }
)


class _KilledError(Exception):
    """Stands for a kill: nothing after it happens."""


def _zone(town: int) -> str:
    return zones_for(_found(1, town))[0]


def _found(number: int, town: int) -> Finding:
    """A phone of a town that names an area which nobody has, every five seconds."""
    lat, lon = _TOWNS[town]
    return Finding(
        detector=("unknown_cell", "unknown_old_area", "impossible_distance")[number % 3],
        version=1,
        family=("identity", "signalling", "radio")[number % 3],  # type: ignore[arg-type]
        ts=T0 + 5_000 * number,
        rx_ts=T0 + 5_000 * number + 400,
        weight=3.0,
        cap=9.0,
        space="device",
        who=f"d{number}",
        claimed=Identity("gsm", 460, 0, 61001, 7),
        place=Place(lat + 0.001 * (number % 3), lon + 0.001 * (number % 2), accuracy_m=20.0),
        signal_dbm=-70.0 - number,
        source=Source("cell.measurements", 0, 2 * number + town, -1),
    )


def _marks(until_ms: int, end: bool) -> Any:
    inputs = [Watermark(topic, 0, until_ms, end) for topic in INPUTS]
    return next(watermark_headers(inputs))


@dataclass
class _Cluster:
    """Topics between the stages, what was committed of them, and what workers write.

    ``writes_left`` is after how many records written the worker is killed."""

    logs: dict[tuple[str, int], list[Any]] = field(default_factory=dict)
    committed: dict[tuple[str, int], int] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    states: dict[int, list[Any]] = field(default_factory=lambda: {0: [], 1: []})
    writes_left: int = 1 << 30
    written: int = 0

    def fill(self) -> None:
        """What a first stage sends: some of it twice, as after a crash of its own."""
        findings = [_found(number, town) for number in range(_PHONES) for town in range(2)]
        for at, finding in enumerate(findings):
            again = findings[max(0, at - 3) : at] if at % 5 == 4 else []
            for one in (*again, finding):
                for number in {partition_of(zone.encode(), 2) for zone in zones_for(one)}:
                    self._add("fbs.evidence", number, encode(one))
            if at % 4 == 3 or at == len(findings) - 1:
                last = at == len(findings) - 1
                until_ms = finding.rx_ts + (1 if last else -6_000)
                for topic in BETWEEN:
                    for number in range(2):
                        self._add(topic, number, WATERMARK_VALUE, _marks(until_ms, last))

    def _add(self, topic: str, number: int, value: bytes, headers: Any = ()) -> None:
        log = self.logs.setdefault((topic, number), [])
        log.append(SimpleNamespace(**_record(topic, number, len(log), value, headers)))

    def write(self, topic: str, value: Any, number: int | None, headers: Any) -> None:
        """One record, unless it is too late."""
        if not self.writes_left:
            raise _KilledError
        self.writes_left -= 1
        self.written += 1
        if topic == "fbs.alerts":
            self.alerts.append(msgspec.json.decode(value, type=Alert))
        if topic == "fbs.correlators":
            assert number is not None
            log = self.states[number]
            log.append(SimpleNamespace(**_record(topic, number, len(log), value, headers)))

    def newest(self, number: int) -> Found:
        """What whoever opens a correlator finds of it."""
        search = Search()
        return search.look(reversed(self.states[number])) or search.end()


def _record(topic: str, number: int, offset: int, value: Any, headers: Any) -> dict[str, Any]:
    where = {"topic": topic, "partition": number, "offset": offset, "timestamp": T0}
    return {**where, "value": value, "headers": headers, "key": None}


@dataclass
class _Event:
    """A chunk as an agent is given it."""

    value: Chunk
    cluster: _Cluster

    def ack(self) -> None:
        where = self.value.topic, self.value.partition
        before = self.cluster.committed.get(where, 0)
        self.cluster.committed[where] = max(self.value.next_offset, before)


async def _work(cluster: _Cluster, patch: pytest.MonkeyPatch, chance: Random) -> None:
    """One worker: from what is committed to the ends, chunks of both topics and correlators by
    chance; raises when it is killed."""

    async def send(_: Any, topic: str, value: Any, __: Any, number: Any = None, headers: Any = ()):  # type: ignore[no-untyped-def]
        await asyncio.sleep(0)
        cluster.write(topic, value, number, headers)

    async def newest_state(_: Any, number: int) -> Found:
        return cluster.newest(number)

    async def read_pieces(
        _: Any, topic: str, number: int, first: int, end: int, __: Any
    ) -> AsyncIterator[list[Any]]:
        yield cluster.logs[topic, number][first:end]

    async def nothing(*_: Any) -> AsyncIterator[Any]:
        for each in ():
            yield each

    async def no_head(*_: Any) -> list[Any]:
        return []

    # To place is most of the work, and of no matter here.
    patch.setattr(revision, "place", lambda *_: None)
    patch.setattr(Sending, "_send", send)
    patch.setattr(correlation_stage, "newest_state", newest_state)
    patch.setattr(correlation_stage, "read_pieces", read_pieces)
    for share in ("_STORING_SHARE", "_MOST_SHARE"):
        patch.setattr(correlation_stage, share, 1e9)
    patch.setattr(profile_keeper, "read_whole", nothing)
    patch.setattr(profile_keeper, "read_head", no_head)
    patch.setattr(guard, "read_whole", nothing)
    stage = CorrelationStage(WorkerContext.of(_SETTINGS, Hasher(b"k" * 32), _TOPICS))
    left = {where: cluster.committed.get(where, 0) for where in cluster.logs}
    while left:
        where = chance.choice(sorted(left))
        log, first = cluster.logs[where], left[where]
        end = left[where] = min(len(log), first + _RECORDS_A_CHUNK)
        if first < end:
            await stage.take(_Event(_chunk(log[first:end]), cluster))  # type: ignore[arg-type]
        else:
            del left[where]
        if chance.random() < 0.5:
            await stage.begin_turns()
            for _ in range(chance.randrange(30)):
                await asyncio.sleep(0)
    for _ in range(2):
        # Those that had begun before; then what was left.
        await asyncio.gather(*stage._at_turn.values())
        await stage.begin_turns()
    await asyncio.gather(*stage._at_turn.values())


def _chunk(records: list[Any]) -> Chunk:
    first, last = records[0], records[-1]
    names = ("offset", "value", "headers", "timestamp")
    columns: Any = [[getattr(record, name) for record in records] for name in names]
    ends = first.offset, last.offset, last.offset + 1
    return Chunk(first.topic, first.partition, *ends, *columns)


async def _to_the_end(
    cluster: _Cluster, patch: pytest.MonkeyPatch, chance: Random, kills: list[int]
) -> int:
    """Workers one after the other, until one isn't killed; how many were."""
    killed = 0
    while True:
        cluster.writes_left = kills.pop(0) if kills else 1 << 30
        try:
            await _work(cluster, patch, chance)
        except _KilledError:
            killed += 1
            cluster.writes_left = 0
            # What else the dead worker had begun is over, too.
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        else:
            return killed


def _revisions(cluster: _Cluster) -> dict[tuple[str, int], Alert]:
    found: dict[tuple[str, int], Alert] = {}
    for alert in cluster.alerts:
        assert found.setdefault((alert.alert_id, alert.revision), alert) == alert
    return found


def _known(cluster: _Cluster) -> list[bytes]:
    """All that correlators know at the end, but for how often something came to them."""
    states = [cluster.newest(number).state for number in (0, 1)]
    alike = [msgspec.structs.replace(state, repeated=0) for state in states if state is not None]
    plain = [msgspec.to_builtins(state, str_keys=True) for state in alike]
    return [msgspec.json.encode(state, order="deterministic") for state in plain]


def _run(patch: pytest.MonkeyPatch, seed: int, *kills: int) -> tuple[_Cluster, int]:
    """All of the log worked off, by workers that are killed after so many writes each, where they
    write as many; how many were."""
    cluster = _Cluster()
    cluster.fill()
    killed = asyncio.run(_to_the_end(cluster, patch, Random(seed), list(kills)))
    assert cluster.committed == {where: len(log) for where, log in cluster.logs.items()}
    return cluster, killed


@pytest.mark.slow
@pytest.mark.parametrize("first", range(_SHARES))
def test_a_kill_after_any_write_changes_nothing(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed, _ = _run(monkeypatch, 0)
    expected, known = _revisions(undisturbed), _known(undisturbed)
    assert len(known) == len({alert_id for alert_id, _ in expected}) == len(_TOWNS)
    assert {partition_of(_zone(town).encode(), 2) for town in range(2)} == {0, 1}
    all_killed = 0
    for writes in range(first, undisturbed.written, _SHARES):
        # Killed at each write; every second time the next one is, too, a few later.
        kills = (writes, 1 + writes % 5) if writes % 2 else (writes,)
        cluster, killed = _run(monkeypatch, 100 + writes, *kills)
        all_killed += killed
        assert _revisions(cluster) == expected, kills
        assert _known(cluster) == known, kills
    assert all_killed
