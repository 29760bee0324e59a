"""Many SIMs call strangers from one terminal, in one place."""

from math import log2
from typing import ClassVar, Final

import msgspec
import numpy as np

from detectors.features.callers.calling import calling
from detectors.features.callers.strangers import is_persons, strangers
from detectors.features.calls.given import given
from detectors.features.calls.links import cell_of
from detectors.features.calls.numbers import about
from detectors.features.calls.origin import is_vouched
from detectors.features.facts import Facts, Origin
from detectors.features.memory.two_hours import TWO_HOURS_MS
from detectors.features.rule import Rule, Screened, identity_of, source_of
from detectors.model.codes import ONNET
from detectors.model.columns import Calls
from detectors.model.finding import AlertKind, Family, Finding, Observation
from detectors.model.parameters import Cap, Count, Nats, Switch, Times
from detectors.model.rare_messages import SubscriberChange
from detectors.rules.sim_box.boxes import Boxes, Share, Together, Window, links_to
from detectors.rules.sim_box.rows import joined, unpacked
from detectors.rules.sim_box.sent import Sent
from detectors.rules.sim_box.taken import rows_of

#: Numbers without a known terminal are sent when their strangers of two hours reach so many.
_STRANGERS: Final = 5
#: Of these, so many of one cell and range are odd.
_LEAST_OF_CELL: Final = 4
#: Who rings so few people is a probe or a machine; the chance of ringing none of them twice.
_FEW_PEOPLE: Final = 24
#: Nats for twice as many SIMs of a terminal, for a terminal that stays and one that moves about,
#: for SIMs of which a third were activated lately, for three such terminals in a cell.
_FOR_SIMS, _STAYS, _MOVES, _NEW, _SEVERAL = 0.5, 0.3, -1.0, 0.5, 0.5
_SEVERAL_ARE: Final = 3
#: Of a terminal alone at least so many numbers; at most so much for strangers alone, beyond what
#: any few calls show; of calls to strangers one in so many may go to somebody twice.
_LEAST_OF_ONE, _STRANGERS_ALL, _NO_NEWS, _ONE_AGAIN_IN = 2, 1.0, 3.0, 16
#: Cells of a terminal that stays, and of one that moves about.
_FEW_CELLS, _MANY_CELLS = 3, 6
_NEW_SHARE: Final = 1 / 3
#: What cells and ranges alone say at most: an office's phones have such numbers as well.
_OF_CELLS: Final = 0.8
_LEAST_WEIGHT: Final = 0.5
#: The kind of observations of a half-minute's calls.
_CALLS: Final = "calls"


class SimBox(Rule[Calls, Sent, Boxes], frozen=True, kw_only=True):
    """Equipment that many numbers share, all of which call out, to strangers.

    What it sees: a terminal from which at least `least_sims` numbers called within a day, whose
    calls hardly ever go to anybody twice. Each partition sends its calls from terminals by
    half-minutes; where all come together the last caller of each terminal is remembered, and of one
    that a second number calls from all calls from then on. Where a record lacks the terminal, a
    number is taken to call from the one that it called from last, for two hours, and what it called
    shortly before comes with its first call that has one. The weight grows with the number of SIMs
    and with the chance that calls to a few people would have met somebody twice; it grows when the
    terminal stays in its cells, when SIMs were activated lately (`subscriber.changes`), and when
    several such terminals are in one cell: terminals of one make count together from three calls
    each on, if nobody was rung twice, others from six. Who rang 32 people and hardly anybody twice
    works off a list; that such a list is begun again takes nothing away. Where terminals aren't
    known, at least four numbers of one range that each call strangers from the same cell count,
    weakly.

    Why a rogue station does it: no station does; a SIM box passes calls from elsewhere on as calls
    of many subscribers, to save fees or to hide who calls, and changes SIMs before they are closed.

    Why an honest network may:

    * an operator's probes, repair shops and machines: many SIMs, but they ring the same few numbers
      (`excuse_probes`);
    * families and travellers: two or three SIMs in one phone (`excuse_few_sims`);
    * a trader whose many cards go about with the phone (`excuse_moving`);
    * lines that the operator's list trusts (`excuse_trusted`).

    References: docs/science.md, section F; Murynets et al., INFOCOM 2014 (static place, calls out
    beyond proportion; network probes look alike).

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.sim_box.samples import fires
    >>> found = TOWN.findings(SimBox(), *fires(TOWN))
    >>> found[0].of_calls.number, found[0].values["sims"], found[0].values["callees"]
    ('b5', 6, 16)
    """

    name: ClassVar[str] = "sim_box"
    version: ClassVar[int] = 2
    family: ClassVar[Family] = "equipment"
    also: ClassVar[frozenset[Family]] = frozenset(("pace",))  # all of them strangers
    alert_kind: ClassVar[AlertKind | None] = "sim_box"
    rare: ClassVar[tuple[type[SubscriberChange], ...]] = (SubscriberChange,)
    horizon_ms: ClassVar[int] = TWO_HOURS_MS

    least_sims: Count = 4
    least_calls: Count = 16
    repeats_weigh: Times = 1.0
    max_weight: Nats = 3.0
    cap: Cap = 6.5
    excuse_probes: Switch = True
    excuse_few_sims: Switch = True
    excuse_moving: Switch = True
    excuse_trusted: Switch = True

    def concerns(self, facts: Facts[Calls]) -> bool:
        return bool((facts.batch.ingress == ONNET).any())

    def screen(self, state: Sent, facts: Facts[Calls]) -> Screened:
        """Takes calls in that are sent by half-minutes; observations of numbers without a terminal
        that call strangers from one cell."""
        batch = facts.batch
        ours = (batch.ingress == ONNET) & given(batch.caller)
        if self.excuse_trusted:
            ours &= ~is_vouched(facts)
        rows = np.flatnonzero(ours & (given(batch.terminal) | is_persons(facts)))
        state.take(rows_of(facts, rows), calling(facts).counted[rows], self.horizon_ms)
        placed = np.flatnonzero(ours & ~given(batch.terminal) & ~np.isnan(batch.cell))
        return Screened(observations=self._in_cells(facts, placed.tolist()))

    def sums_due(self, state: Sent, until_ms: int, origin: Origin) -> list[Observation]:
        return [
            state.windows.observation(self.name, _CALLS, number, part, origin, {"calls": packed})
            for number, parts in state.windows.due(until_ms)
            for part, packed in enumerate(joined(parts).packed())
        ]

    def _in_cells(self, facts: Facts[Calls], rows: list[int]) -> list[Observation]:
        """Of numbers without a terminal whose strangers reach `_STRANGERS` within one cell."""
        if not rows:
            return []
        known, batch, observations = calling(facts), facts.batch, []
        calls, often = known.count("calls"), strangers(facts)
        reached = known.counted & (calls == _STRANGERS) & (often >= _STRANGERS)
        for row in rows:
            if reached[row] and known.cells[row] <= 1:
                prefix = f"{batch.caller_prefix[row]}/{batch.caller_length[row]:.0f}"
                name = f"c|{cell_of(identity_of(batch, row))}|{prefix}"
                observations.append(self._observation(facts, row, name))
        return observations

    def _observation(self, facts: Facts[Calls], row: int, name: str) -> Observation:
        batch = facts.batch
        source = source_of(batch, row, facts.origin)
        region = batch.callee_region[row]
        values = {
            **{"shares": name, "cell": cell_of(identity_of(batch, row)), "calls": _STRANGERS},
            **({"region": region} if region else {}),
        }
        of_calls = about(facts, row)
        return self.observation("call", batch, row, source, of_calls=of_calls, values=values)

    def read_rare(self, message: SubscriberChange) -> Observation | None:
        """That a SIM was activated; other changes are none of its."""
        if message.kind != "activated":
            return None
        return Observation(
            detector=self.name,
            kind="activated",
            ts=message.ts,
            rx_ts=message.rx_ts,
            space="number",
            who=message.subscriber,
            source=message.source,
        )

    def observe(self, state: Boxes, observation: Observation) -> None:
        if observation.kind == "activated":
            state.activate(observation)
        elif observation.kind == _CALLS:
            packed = str(observation.values["calls"])
            topic = observation.source.topic.removesuffix(f"/{self.name}")
            unpacked(packed)  # refuses what no worker sends
            state.windows.append(Window(observation.rx_ts, packed, topic))
        else:
            state.observe(observation)

    def next_due_ms(self, state: Boxes) -> int | None:
        return min(state.dues(), default=None)

    def evaluate(self, state: Boxes, until_ms: int) -> list[Finding]:
        findings = []
        for due_ms, name in state.next_shares(until_ms, self.name, self.horizon_ms):
            share = state.shares[name]
            by, together = ("cell" if name.startswith("c|") else "terminal"), state.about(share)
            weight = self._weight(share, together) if by == "terminal" else _weight_of_cell(share)
            if weight >= _LEAST_WEIGHT:
                values = {"by": by, **_values(share, together)}
                for each in share.named():
                    findings.append(self._finding(each, share, due_ms, weight, values))
        return findings

    def _weight(self, share: Share, together: Together) -> float:
        """Nats for a terminal, with those beside it."""
        least = self.least_sims if self.excuse_few_sims else 2
        if together.numbers < least or together.calls < self.least_calls:
            return 0.0
        if len(share.callers) < min(least, _LEAST_OF_ONE):
            return 0.0
        nats = _LEAST_WEIGHT + _FOR_SIMS * log2(max(1.0, together.numbers / 2))
        if self.excuse_probes:
            # Calls to few people would have met one of them twice.
            nats += min(_STRANGERS_ALL, together.calls**2 / (2.0 * _FEW_PEOPLE) - _NO_NEWS)
            nats -= self.repeats_weigh * max(0, together.again - together.calls // _ONE_AGAIN_IN)
        if share.cells and together.cells <= _FEW_CELLS:
            nats += _STAYS
        elif together.cells >= _MANY_CELLS and self.excuse_moving:
            nats += _MOVES * log2(together.cells / 2)
        nats += _NEW if together.activated >= _NEW_SHARE * together.numbers else 0.0
        nats += _SEVERAL if together.shares >= _SEVERAL_ARE else 0.0
        return min(self.max_weight, round(nats, 3))

    def _finding(
        self,
        observation: Observation,
        share: Share,
        due_ms: int,
        weight: float,
        values: dict[str, str | int],
    ) -> Finding:
        of_calls = observation.of_calls
        assert of_calls is not None
        links = links_to(observation, share, self.name)
        return self.finding_about(
            observation,
            weight,
            rx_ts=due_ms,
            of_calls=msgspec.structs.replace(of_calls, links=links),
            values={**values},
        )


def _weight_of_cell(share: Share) -> float:
    """Nats for numbers of one range in one cell, of whose terminals nothing is known."""
    numbers = len(share.callers)
    if numbers < _LEAST_OF_CELL:
        return 0.0
    return _OF_CELLS + (_NEW if share.activated >= _NEW_SHARE * numbers else 0.0)


def _values(share: Share, together: Together) -> dict[str, str | int]:
    return {
        "sims": len(share.callers),
        "callees": share.calls,
        "again": share.again,
        "beside": together.shares - 1,
        "cells": together.cells,
        "activated": share.activated,
    }
