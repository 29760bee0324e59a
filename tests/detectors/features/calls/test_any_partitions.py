"""What many numbers have in common is found alike however calls and texts are dealt out to
partitions, however they are batched, and wherever a worker dies: terminals that numbers share,
numbers that many ring, forms and links that many receive."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.alert.record import Alert
from detectors.correlate.correlator import STREAMS, Correlator
from detectors.correlate.settings import IncidentSettings
from detectors.features.facts import Origin
from detectors.model.columns import Calls, Sms
from detectors.model.finding import Finding, Observation
from detectors.register.register import Register
from detectors.rules import RULES
from detectors.rules.impersonated_number.samples import shown, storm
from detectors.rules.phishing_domain.samples import NUMBER, link
from detectors.rules.rung_back.samples import back, once
from detectors.rules.sample_town import TOWN
from detectors.rules.sim_box.samples import box
from detectors.rules.template_burst.samples import honest, rogue, rotating
from detectors.screen.screening import Screening

RULES_ON = tuple(rule() for rule in RULES)
CALLS, TEXTS = "call.signalling", "sms.metadata"
#: Rules that look at what many numbers or texts have in common.
COMMON = {"sim_box", "impersonated_number", "rung_back", "template_burst", "phishing_domain"}


@dataclass(frozen=True)
class Found:
    """All that comes of a stream: alerts, and second halves' findings without their sources."""

    alerts: list[Alert]
    findings: list[tuple[str, int, float, bytes, tuple[str, ...]]]


def stream() -> dict[str, Calls | Sms]:
    """Half an hour and more of calls and texts, in order of arrival."""
    calls = [
        *box(sims=24, count=60),
        *({**row, "terminal": None} for row in box(sims=24, count=30, at_s=3700.0)),
        *({**row, "call_ref": f"x{n}"} for n, row in enumerate(shown(count=9))),
        *({**row, "call_ref": f"p{n}"} for n, row in enumerate(storm(count=20))),
    ]
    calls += [*once("w1", 8), *once("w2", 8), *back("w1", 2), *back("w2", 1)]
    wave = [
        link("icbc-vip.example", at_s=2.0 * n, device=f"w{n}", callback="n1", **NUMBER)
        for n in range(70)
    ]
    texts = [*honest(), *rogue(40), *rotating(30), *wave]
    return {
        CALLS: TOWN.calls(*sorted(calls, key=lambda row: row["at_s"])),
        TEXTS: TOWN.sms(*sorted(texts, key=lambda row: row.get("at_s", 0.0))),
    }


STREAM = stream()
REGISTER = Register.empty()


class Delivery:
    """A worker with all partitions, and the correlator behind it."""

    def __init__(self, partitions: int) -> None:
        self.sources = [(topic, part) for topic in STREAM for part in range(partitions)]
        self.screenings = {source: self._screening(source) for source in self.sources}
        self.correlator = Correlator(RULES_ON, IncidentSettings(), frozenset(self.sources))
        self.done: dict[tuple[str, int], list[Any]] = {source: [] for source in self.sources}
        self.found = Found([], [])

    def take(self, source: tuple[str, int], batch: Any) -> None:
        found = self.screenings[source].step(batch, REGISTER)
        self.done[source].append(batch)
        self._write([*found.findings, *found.observations])
        self.promise(source, int(batch.rx_ms.max()))

    def promise(self, source: tuple[str, int], until_ms: int, end: bool = False) -> None:
        self._write(self.screenings[source].counted(until_ms))
        for stream_name in STREAMS:
            self.correlator.promise(stream_name, *source, until_ms, end)
        decided = self.correlator.advance()
        self.found.alerts.extend(decided.alerts)
        self.found.findings.extend(
            (each.detector, each.rx_ts, each.weight, each.digest(), each.of_calls.calls)
            for _, each in decided.findings
            if each.of_calls is not None
        )

    def die(self) -> None:
        """All that is kept in memory is lost; what was counted is sent once more."""
        stored = Correlator.restore(self.correlator.snapshot())
        sources = frozenset(self.sources)
        self.correlator = Correlator(RULES_ON, IncidentSettings(), sources, state=stored)
        for source in self.sources:
            screening = self.screenings[source] = self._screening(source)
            for batch in self.done[source]:
                screening.step(batch, REGISTER)

    def _screening(self, source: tuple[str, int]) -> Screening:
        return Screening(RULES_ON, Origin(*source))

    def _write(self, records: Sequence[Finding | Observation]) -> None:
        for record in records:
            self.correlator.take(record)


def delivered(partitions: int, chance: Random, most: int, deaths: float = 0.0) -> Found:
    """The stream in so many partitions a topic, in batches of any size up to a most, read in any
    order."""
    delivery, waiting = Delivery(partitions), {}
    for topic, part in delivery.sources:
        batch: Any = STREAM[topic]
        names = (batch.caller if topic == CALLS else batch.device).tolist()
        own = [row for row, name in enumerate(names) if of(str(name), partitions) == part]
        waiting[topic, part] = cut(batch, own, chance, most)
    while any(waiting.values()):
        source = chance.choice([each for each, batches in waiting.items() if batches])
        delivery.take(source, waiting[source].pop(0))
        if chance.random() < deaths:
            delivery.die()
    newest = max(int(batch.rx_ms.max()) for batch in STREAM.values())
    for source in delivery.sources:
        delivery.promise(source, newest + 600_000, end=True)
    return delivery.found


def of(name: str, partitions: int) -> int:
    return zlib.crc32(name.encode()) % partitions


def cut(batch: Any, rows: list[int], chance: Random, most: int) -> list[Any]:
    pieces, at = [], 0
    while at < len(rows):
        count = chance.randint(1, most)
        pieces.append(batch.take(np.array(rows[at : at + count])))
        at += count
    return pieces


@pytest.fixture(scope="module")
def whole() -> Found:
    return delivered(1, Random(0), 1_000)


def test_each_of_these_rules_finds_something(whole: Found) -> None:
    assert {detector for detector, *_ in whole.findings} >= COMMON
    assert {"sim_box"} <= {alert.kind for alert in whole.alerts}


@settings(max_examples=8, deadline=None)
@given(partitions=st.integers(1, 7), seed=st.integers(0, 1_000), most=st.integers(1, 150))
def test_partitions_and_batches_do_not_matter(
    whole: Found, partitions: int, seed: int, most: int
) -> None:
    assert delivered(partitions, Random(seed), most) == whole


@pytest.mark.parametrize(("partitions", "seed"), [(1, 1), (4, 2), (7, 3)])
def test_deaths_do_not_matter(whole: Found, partitions: int, seed: int) -> None:
    assert delivered(partitions, Random(seed), 60, deaths=0.05) == whole
