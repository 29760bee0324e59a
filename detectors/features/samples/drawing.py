"""From rows of a batch that rules have drawn to what travels: one row for each report."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from detectors.features.facts import AnyFacts, shared
from detectors.features.rows.report_numbers import are_drawn, are_timely
from detectors.features.rows.travelling import Many
from detectors.features.rule import Screened
from detectors.features.samples.of_samples import Apart, Drawn, OfSamples
from detectors.features.samples.sample_rows import NAME, ROW, SampleRows, can_travel
from detectors.model.codes import NETWORK_POSITION
from detectors.model.columns import I8
from detectors.model.finding import Observation

#: Columns of rows that are called otherwise in a batch, and those that aren't of a report.
_OF_BATCH: Final = {"ts": "ts_ms", "rx_ts": "rx_ms"}
_NOT_OF_BATCH: Final = frozenset(
    ("stands_for", "site_lat", "site_lon", "habit", "by_network", "takers", "origin")
)


@shared
def ground_rows(facts: AnyFacts, one_in: int) -> I8:
    """Of a sample of all places (`detectors.features.rows.report_numbers.are_drawn`) the reports
    that were measured when they say: it shows where phones listen."""
    return np.flatnonzero(are_drawn(facts, one_in) & are_timely(facts))


def opened(rule: OfSamples, apart: Apart, facts: AnyFacts) -> Screened:
    """What a step of a rule lets through, with an observation of each report that it has drawn."""
    rows = _rows(facts, {rule.name: apart.drawn})
    observations = [rule.sample(rows, row) for row in range(len(rows))]
    return Screened(apart.screened.findings, observations + apart.screened.observations)


def together(
    facts: AnyFacts,
    rules: Mapping[str, OfSamples],
    drawn: Mapping[str, Drawn],
    found: Sequence[Observation],
) -> Screened:
    """What rules (by name) have drawn of a batch, together.

    Of a message of which a rule has ``found`` more its sample is an observation by itself, since
    both are numbered (`detectors.model.finding.Source.part`); so are those which no observation of
    many can hold.
    """
    rows = _rows(facts, drawn)
    if not len(rows):
        return Screened()
    singly = []
    takers = rows.numbers["takers"].tolist()
    can_go = can_travel(rows)
    more = {(each.detector, *_message(each)) for each in found if each.detector in drawn}
    if more or not can_go:
        offsets, indices = (rows.numbers[name].tolist() for name in ("offset", "index"))
        for row, (offset, index) in enumerate(zip(offsets, indices, strict=True)):
            for bit, name in enumerate(rows.takers):
                if takers[row] >> bit & 1 and (not can_go or (name, offset, index) in more):
                    singly.append(rules[name].sample(rows, row))
                    takers[row] -= 1 << bit
        rows.numbers["takers"] = takers
        rows = rows.take(rows.numbers["takers"] > 0)
    many = [Many(NAME, rows)] if len(rows) else []
    return Screened(observations=singly, many=many)


def _message(observation: Observation) -> tuple[int, int]:
    return observation.source.offset, observation.source.index


def _rows(facts: AnyFacts, drawn: Mapping[str, Drawn]) -> SampleRows:
    """All rows that any rule has drawn, each once, in order."""
    batch, origin = facts.batch, facts.origin
    is_drawn = np.zeros(len(batch), dtype=np.bool_)
    for each in drawn.values():
        is_drawn[each.rows] = True
    rows = np.flatnonzero(is_drawn)
    numbers = np.zeros(len(rows), dtype=ROW)
    for name in ROW.names or ():
        if name not in _NOT_OF_BATCH and len(rows):
            numbers[name] = getattr(batch, _OF_BATCH.get(name, name))[rows]
    numbers["site_lat"] = numbers["site_lon"] = np.nan
    if len(rows):
        numbers["by_network"] = batch.position_source[rows] == NETWORK_POSITION
        # A phone has a timing advance on the cell that serves it alone.
        other = ~batch.serving[rows]
        numbers["timing_advance"][other] = numbers["ta_step_m"][other] = np.nan
    for bit, (own_rows, more) in enumerate(drawn.values()):
        own = np.searchsorted(rows, own_rows)
        numbers["takers"][own] |= 1 << bit
        for name, column in more.items():
            numbers[name][own] = column
    origins = ((origin.topic, origin.partition),)
    return SampleRows(origins, tuple(drawn), numbers, batch.device[rows])
