"""However many partitions calls are dealt out to, however they are batched, and wherever a worker
dies, the same alerts come of them: who rings a number lies in other partitions than its own calls.

By the parts that a worker is made of, without a broker.
"""

import zlib
from collections import defaultdict
from pathlib import Path
from random import Random

import numpy as np
import pytest

from detectors.alert.record import Alert
from detectors.correlate.correlator import STREAMS, Correlator
from detectors.correlate.settings import IncidentSettings
from detectors.features.facts import Origin
from detectors.features.rows.window_tiles import WINDOW_MS
from detectors.model.columns import Calls
from detectors.model.finding import Finding, Observation
from detectors.register.register import Register
from detectors.rules import RULES
from detectors.screen.screening import Screening
from replay.detect import numbers_in
from replay.screened.screened_file import decoded_chunks, reader_of
from replay.simulate.calls.call_world import draw_calls
from replay.simulate.calls.simulation import simulate_calls
from replay.traces.trace_files import open_trace
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher

TOPIC = "call.signalling"
RULES_ON = tuple(rule() for rule in RULES)
HASHER = Hasher(b"any delivery of calls")
#: Calls of one batch.
AT_ONCE = 150
#: Ordinary people, some who look odd, and three single callers who ring strangers for hours.
WORLD = {
    **{"subscribers": 150, "hours": 3.0, "oversample": 10.0, "spoofed_campaigns": 1},
    **{"home_scammers": 3, "delay_s": 0.2, "records_late_share": 0.0},
}


class World:
    """A trace's calls, in order of arrival, and its list of numbers."""

    def __init__(self, folder: Path) -> None:
        simulate_calls(draw_calls(4, given=WORLD), folder)
        trace, settings = open_trace(folder), load_settings(env={})
        known = numbers_in(trace.files.get("number.register"), settings, HASHER)
        self.register = Register.empty().with_numbers(known)
        chunks = decoded_chunks(reader_of(trace.files[TOPIC]), TOPIC, HASHER)
        (whole,) = (decoded.batch for decoded, _ in chunks)
        self.batches = _in_order(whole)

    def parts(self, partitions: int) -> list[list[Calls]]:
        """By partition, those of its callers."""
        found: list[list[Calls]] = [[] for _ in range(partitions)]
        for batch in self.batches:
            keys = zip(batch.caller.tolist(), batch.call_ref.tolist(), strict=True)
            of = np.array([zlib.crc32(str(who or ref).encode()) for who, ref in keys]) % partitions
            for part, mine in enumerate(found):
                mine.append(batch.take(of == part))
        return found


class Delivery:
    """A worker with all partitions, and the correlator behind it."""

    def __init__(self, world: World, partitions: int) -> None:
        self.world, self.partitions = world, partitions
        self.sources = [(TOPIC, part) for part in range(partitions)]
        self.screenings = {s: Screening(RULES_ON, Origin(*s)) for s in self.sources}
        self.correlator = self._correlator()
        self.alerts: list[Alert] = []
        self.done: dict[tuple[str, int], list[Calls]] = defaultdict(list)

    def take(self, part: int, batch: Calls) -> None:
        source = TOPIC, part
        if not len(batch):
            return
        found = self.screenings[source].step(batch, self.world.register)
        self.done[source].append(batch)
        self._write(source, [*found.findings, *found.observations])
        self.promise(source, int(batch.rx_ms.max()))

    def promise(self, source: tuple[str, int], until_ms: int, end: bool = False) -> None:
        self._write(source, self.screenings[source].counted(until_ms))
        for stream in STREAMS:
            self.correlator.promise(stream, *source, until_ms, end)
        self.alerts += self.correlator.advance().alerts

    def end(self) -> list[Alert]:
        newest = max(int(batch.rx_ms.max()) for batch in self.world.batches)
        for source in self.sources:
            self.promise(source, newest + 1, end=True)
        return self.alerts

    def die(self) -> None:
        """All that is kept in memory is lost: screening is built up again, and the correlator is as
        it was stored; windows that were counted are sent once more."""
        stored = Correlator.restore(self.correlator.snapshot())
        self.correlator = Correlator(
            RULES_ON, IncidentSettings(), frozenset(self.sources), state=stored
        )
        for source in self.sources:
            screening = self.screenings[source] = Screening(RULES_ON, Origin(*source))
            for batch in self.done[source]:
                screening.step(batch, self.world.register)

    def _correlator(self) -> Correlator:
        return Correlator(RULES_ON, IncidentSettings(), frozenset(self.sources))

    def _write(self, source: tuple[str, int], records: list[Finding | Observation]) -> None:
        for record in records:
            self.correlator.take(record)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("calls") / "trace")


@pytest.fixture(scope="module")
def whole(world: World) -> list[Alert]:
    delivery = Delivery(world, 1)
    for batch in world.batches:
        delivery.take(0, batch)
    return delivery.end()


def test_somebody_is_found(whole: list[Alert]) -> None:
    assert {"scam_caller", "scam_campaign"} & {alert.kind for alert in whole}
    assert {"short_calls"} <= {each.detector for alert in whole for each in alert.evidence}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("partitions", "seed"), [(1, 1), (3, 2), pytest.param(7, 3, marks=pytest.mark.long)]
)
def test_partitions_batches_and_deaths_do_not_matter(
    world: World, whole: list[Alert], partitions: int, seed: int
) -> None:
    chance, delivery = Random(seed), Delivery(world, partitions)
    waiting = dict(enumerate(world.parts(partitions)))
    while waiting:
        part = chance.choice(sorted(waiting))
        if not waiting[part]:
            del waiting[part]
            continue
        for piece in _cut(waiting[part].pop(0), chance):
            delivery.take(part, piece)
        if chance.random() < 0.1:
            delivery.die()
    assert delivery.end() == whole


@pytest.mark.slow
def test_windows_that_were_sent_are_not_counted_twice(world: World, whole: list[Alert]) -> None:
    """A worker that reads back sends all windows once more."""
    delivery = Delivery(world, 1)
    for number, batch in enumerate(world.batches):
        delivery.take(0, batch)
        if number % 4 == 0:
            delivery.die()
            delivery.promise((TOPIC, 0), int(batch.rx_ms.max()) // WINDOW_MS * WINDOW_MS)
    assert delivery.correlator.state.repeated > 0
    assert delivery.end() == whole


def _in_order(batch: Calls) -> list[Calls]:
    """The same calls in order of arrival, some at a time."""
    order = np.argsort(batch.rx_ms, kind="stable")
    return [batch.take(order[begin : begin + AT_ONCE]) for begin in range(0, len(order), AT_ONCE)]


def _cut(batch: Calls, chance: Random) -> list[Calls]:
    ends = sorted(chance.sample(range(len(batch) + 1), min(3, len(batch) + 1)))
    rows = np.arange(len(batch))
    return [
        batch.take((rows >= begin) & (rows < end))
        for begin, end in zip([0, *ends], [*ends, len(batch)], strict=True)
    ]
