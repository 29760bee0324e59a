"""What a correlator makes of what partitions sent, for tests of what travels in columns."""

from random import Random
from typing import Any, NamedTuple

import msgspec

from detectors.alert.record import Alert
from detectors.correlate.correlator import STREAMS, Correlator, Decided
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.state import CorrelatorState
from detectors.correlate.zone import ZoneState
from detectors.features.levels import level_rows
from detectors.features.samples import sample_rows
from detectors.model.finding import Finding, Observation
from detectors.rules import RULES

TOPIC = "cell.measurements"
SOURCES = frozenset((TOPIC, number) for number in range(3))
ALL_RULES = tuple(rule() for rule in RULES)
SETTINGS = IncidentSettings(cold_nats=0.0)
OF_MANY = (level_rows.MANY, sample_rows.MANY)
T0 = 1_780_000_000_000
#: In the middle of a zone, and on the border of two.
PLACES = ((39.9, 116.4), (39.92, 117.0))


class Outcome(NamedTuple):
    """Findings of rules' second halves and alerts, in order, and what is stored of zones."""

    findings: list[Any]
    alerts: list[Alert]
    zones: dict[str, bytes]


def correlator(state: CorrelatorState | None = None) -> Correlator:
    return Correlator(ALL_RULES, SETTINGS, SOURCES, state=state)


def run(deliveries: list[list[Any]], chance: Random, restored: bool = False) -> Outcome:
    """What a correlator decides of what partitions sent, and knows of zones in the end; records of
    each partition come in their order, whatever those of others do."""
    ours, decided = correlator(), list[Decided]()
    waiting = [list(each) for each in deliveries]
    while any(waiting):
        number = chance.choice([at for at, each in enumerate(waiting) if each])
        ours.take(waiting[number].pop(0))
        if chance.random() < 0.3:
            # What comes later has arrived no earlier than the first of its rows.
            left = [first_ms(record) for each in waiting for record in each]
            decided.append(promised(ours, min(left, default=T0)))
        if restored and chance.random() < 0.2:
            ours = correlator(Correlator.restore(ours.snapshot()))
    decided += [promised(ours, T0 + 200_000), promised(ours, T0 + 900_000)]
    ours.snapshot()  # which writes into zones what rules keep
    findings, alerts = (
        [each for one in decided for each in getattr(one, name)] for name in ("findings", "alerts")
    )
    # Those of one turn come in whatever order.
    findings.sort(key=lambda each: (each[1].rx_ts, each[1].digest(), each[1].source, each[0]))
    return Outcome(
        findings, alerts, {name: stored(zone) for name, zone in ours.state.zones.items()}
    )


def assert_alike(together: list[list[Any]], apart: list[list[Any]], seed: int) -> None:
    """Findings, alerts with all their figures, and what zones know in the end are those of one by
    one, in whatever turn partitions come and wherever it is stored."""
    one_by_one = run(apart, Random(seed))
    assert one_by_one.findings
    assert one_by_one.alerts
    assert run(together, Random(seed + 1)) == one_by_one
    assert run(together, Random(seed + 2), restored=True) == one_by_one


def stored(zone: ZoneState) -> bytes:
    """As it is stored, but for which of its rules had something first."""
    by_rule = {name: dict(sorted(getattr(zone, name).items())) for name in ("judgements", "taken")}
    return msgspec.msgpack.encode(msgspec.structs.replace(zone, **by_rule))


def first_ms(record: Finding | Observation) -> int:
    """When the first of what a record holds arrived (ms)."""
    if not isinstance(record, Observation) or record.kind not in OF_MANY:
        return record.rx_ts
    rows = sample_rows if record.kind == sample_rows.MANY else level_rows
    return int(rows.rows_of(record).numbers["rx_ts"].min())


def promised(ours: Correlator, until_ms: int) -> Decided:
    """What is decided once nothing of before a time comes any more; all of it can be used."""
    decided = advanced(ours, until_ms)
    assert not decided.unusable
    return decided


def advanced(ours: Correlator, until_ms: int) -> Decided:
    """As `promised`, also where something can't be used."""
    for stream in STREAMS:
        for topic, partition in SOURCES:
            ours.promise(stream, topic, partition, until_ms, False)
    return ours.advance()


def cut(chance: Random, count: int) -> list[slice]:
    """So many rows as several screenings would let them through."""
    found, at = list[slice](), 0
    while at < count:
        found.append(slice(at, at + chance.choice((1, 3, 40))))
        at = found[-1].stop
    return found


def mixed(sent: list[Observation], beside: list[Any]) -> list[Any]:
    """What a partition sends, in order."""
    return sorted([*sent, *beside], key=lambda one: (one.source, one.detector))
