"""A number is shown on a trunk that has no right to it."""

from typing import ClassVar, Final

import msgspec
import numpy as np

from detectors.features.callers.calling import calling
from detectors.features.callers.strangers import are_spoken_with, strangers
from detectors.features.calls.about import about_number
from detectors.features.calls.both_ways import names_of
from detectors.features.calls.given import given
from detectors.features.calls.numbers import listed
from detectors.features.calls.origin import from_abroad, seldom
from detectors.features.facts import AnyFacts, Facts, Origin
from detectors.features.memory.two_hours import TWO_HOURS_MS
from detectors.features.rule import Rule, Screened, iterate
from detectors.model.codes import INGRESSES, ONNET, text_of
from detectors.model.columns import I8, Bool, Calls
from detectors.model.finding import AlertKind, Family, Finding, Observation
from detectors.model.hashing import text_numbers
from detectors.model.parameters import Cap, Count, Nats, Switch
from detectors.rules.number_rights.listed_lines import ListedLines, Window
from detectors.rules.number_rights.uses import (
    IS_BUSY,
    IS_ONNET,
    IS_OWN,
    IS_PLAIN,
    Screening,
    packed,
    unpacked,
)

#: So many calls of a number within two hours give a finding each.
_EACH_UNTIL: Final = 32
#: The kinds of its observations.
_OFF: Final = "off"
_USED: Final = "used"
_ONNET_WAY: Final = text_of(ONNET, INGRESSES)
#: Offices call for so long, of two hours (s), and ring no more strangers. Chosen: numbers that take
#: turns are used up by then, or have rung more.
_LEAST_SPAN_S, _MOST_STRANGERS = 1800, 8


class NumberRights(Rule[Calls, Screening, ListedLines], frozen=True, kw_only=True):
    """A number that came by another trunk than those which its row of the operator's list names.

    What it sees: calls whose caller's row (`number.register`) has `rights`, and their trunk is none
    of them: by a line of the operator's own (`onnet`) or of another one (`interconnect`). What
    comes in from abroad, and protected numbers, are for `spoofed_ingress`.

    Why a rogue station does it: none does. Who rents a line shows somebody else's number on it.

    How much that says depends on the list. So of lines that ring as offices do (for half an hour
    and more, and few strangers) it is counted how many come by another trunk than their rows name,
    of this half-day and the one before, all partitions together: where hardly any does, it weighs
    up to `most_weight`, where many do down to `least_weight`, and what the weights say until lines
    were counted. One value for both bounds weighs each list alike. `moved_nats` less it weighs
    while another line of the same owner, of the same range, comes by that trunk too, and none by
    one of its own: an office that has moved uses its lines beside each other, a caller its numbers
    one after another. The newest finding about a number counts.

    Why an honest network may: the list is late or out of date about a line that has moved, a few
    rows in a hundred, or many (F48); a firm's line fails and its calls go by
    another (`excuse_failover`: the number used a trunk of its own within two hours, and since its
    first call by the other no more); the owner is known and vouched for (`excuse_trusted`). Of a
    line that is spoken with as honest ones are (`spoken_with_calls`, `spoken_with_nats`) nothing is
    concluded from others on the same trunk: a firm has moved, or several have (F70).

    References: white paper on telecom fraud of the CAICT (2018): callers on leased voice lines are
    held to their numbers, 31,000 lines were closed; F48, F49, F51, F70.

    >>> from detectors.rules.number_rights.samples import ELSEWHERE, register
    >>> from detectors.rules.sample_town import TOWN
    >>> calls = TOWN.calls(ELSEWHERE)
    >>> (finding,) = TOWN.findings(NumberRights(), calls, register=register(TOWN))
    >>> finding.values["trunk"], finding.weight
    ('pbx-9', 2.3)
    """

    name: ClassVar[str] = "number_rights"
    version: ClassVar[int] = 3
    family: ClassVar[Family] = "number"
    alert_kind: ClassVar[AlertKind | None] = "scam_caller"
    sums_up: ClassVar[bool] = True
    of_rows: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = TWO_HOURS_MS

    onnet_weight: Nats = 2.3
    interconnect_weight: Nats = 2.3
    least_weight: Nats = 0.7
    most_weight: Nats = 4.0
    cap: Cap = 4.5
    moved_nats: Nats = 2.0
    spoken_with_calls: Count = 16
    spoken_with_nats: Nats = 1.5
    excuse_failover: Switch = True
    excuse_trusted: Switch = True

    def concerns(self, facts: Facts[Calls]) -> bool:
        return bool(_has_own_trunks(facts).any())

    def screen(self, state: Screening, facts: Facts[Calls]) -> Screened:
        """Observations of calls by trunks that rows lack; takes in by which lines call."""
        batch, found = facts.batch, listed(facts)
        if not len(batch):
            return Screened()
        known = _has_own_trunks(facts)
        own = facts.register.numbers.may_use(found.row, batch.trunk)
        moved = state.own.take(batch.caller, batch.rx_ms, own, np.flatnonzero(known))
        known &= ~from_abroad(facts) & ~found.protected & ~found.do_not_originate
        counted = known & ~found.trusted
        counted[list(moved)] = False
        _note_uses(state, facts, own, np.flatnonzero(counted))
        odd = known & ~own
        # A line that rings all day by a trunk that the list lacks must not fill the calls' zone.
        odd &= seldom(calling(facts).count("calls"), until=_EACH_UNTIL)
        if self.excuse_trusted:
            odd &= ~found.trusted
        rows, observations = np.flatnonzero(odd), []
        owners = _owners_of(facts, found.row[rows])
        spoken_with = are_spoken_with(facts, rows, self.spoken_with_calls, self.spoken_with_nats)
        for at, (row, source) in enumerate(iterate(batch, rows, facts.origin)):
            if self.excuse_failover and row in moved:
                continue
            way = text_of(int(batch.ingress[row]), INGRESSES) or "unknown"
            of_calls = about_number(facts, row, self.name, way)
            if spoken_with[at]:
                of_calls = msgspec.structs.replace(of_calls, spoken_with=True)
            values = {"trunk": batch.trunk[row], "way": way, "owner": owners[int(found.row[row])]}
            observations.append(
                self.observation(_OFF, batch, row, source, of_calls=of_calls, values=values)
            )
        return Screened(observations=observations)

    def sums_due(self, state: Screening, until_ms: int, origin: Origin) -> list[Observation]:
        return [
            state.windows.observation(self.name, _USED, number, part, origin, {"used": uses})
            for number, parts in state.windows.due(until_ms)
            for part, uses in enumerate(packed(parts))
        ]

    def observe(self, state: ListedLines, observation: Observation) -> None:
        if observation.kind == _OFF:
            if missing := {"trunk", "way", "owner"} - observation.values.keys():
                raise ValueError(f"lacks {', '.join(sorted(missing))}")  # no worker sends that
            state.waiting.append(observation)
            return
        used = str(observation.values["used"])
        unpacked(used)  # refuses what no worker sends
        state.count(observation.rx_ts)
        state.windows.append(Window(observation.rx_ts, used))

    def next_due_ms(self, state: ListedLines) -> int | None:
        return min((each.rx_ts for each in state.waiting), default=None)

    def evaluate(self, state: ListedLines, until_ms: int) -> list[Finding]:
        due = [each for each in state.waiting if each.rx_ts <= until_ms]
        state.waiting = [each for each in state.waiting if each.rx_ts > until_ms]
        findings = []
        for observation in sorted(due, key=lambda each: each.rx_ts):
            state.count(observation.rx_ts)
            findings.append(self._found(state, observation))
        return findings

    def _found(self, state: ListedLines, observation: Observation) -> Finding:
        is_onnet = observation.values["way"] == _ONNET_WAY
        weight = self.onnet_weight if is_onnet else self.interconnect_weight
        weight += state.nats_of_list(is_onnet=is_onnet)
        weight = min(max(weight, self.least_weight), self.most_weight)
        shown = {name: observation.values[name] for name in ("trunk", "way")}
        if state.has_moved(observation):
            weight = max(weight - self.moved_nats, 0.0)
        return self.finding_about(observation, round(weight, 3), values=shown)


def _note_uses(state: Screening, facts: Facts[Calls], own: Bool, rows: I8) -> None:
    """Takes in how the lines of some rows are used."""
    if not len(rows):
        return
    batch = facts.batch
    order, windows = state.windows.dealt_out(batch.rx_ms[rows])
    rows = rows[order]
    busy = strangers(facts) > _MOST_STRANGERS
    plain = ~busy & (calling(facts).span_s >= _LEAST_SPAN_S)
    of_rows = listed(facts).row[rows]
    owners = _owners_of(facts, of_rows)
    marks = own * IS_OWN + (batch.ingress == ONNET) * IS_ONNET
    marks = marks + plain * IS_PLAIN + busy * IS_BUSY
    uses = np.stack(
        [
            names_of(text_numbers(batch.caller[rows])),
            np.array([owners[row] for row in of_rows.tolist()], dtype=np.uint32),
            marks[rows].astype(np.uint32),
        ],
        axis=1,
    )
    for part, which in windows:
        part.append(np.unique(uses[which], axis=0))


def _owners_of(facts: AnyFacts, rows: I8) -> dict[int, int]:
    """Whose some rows of the list are: lines of the same trunks are one owner's."""
    book = facts.register.numbers
    return {row: _name_of("|".join(sorted(book.rights(row)))) for row in set(rows.tolist())}


def _name_of(text: str) -> int:
    return int(names_of(text_numbers(np.array([text], dtype=object)))[0])


def _has_own_trunks(facts: AnyFacts) -> Bool:
    """Which calls have a caller whose row names trunks, and came by a trunk that is known."""
    batch = facts.batch
    named = facts.register.numbers.names_trunks(listed(facts).row)
    return named & given(batch.caller) & given(batch.trunk)
