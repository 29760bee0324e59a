"""People ring numbers back that rang them once and gave up: few of those who were rung so."""

from typing import ClassVar, Final

import numpy as np

from detectors.features.callers.callers import HORIZON_MS
from detectors.features.callers.calling import calling
from detectors.features.callers.marks import is_short_ring
from detectors.features.calls.about import about_caller
from detectors.features.calls.given import given
from detectors.features.calls.numbers import numbers_of
from detectors.features.calls.origin import from_abroad, of_home
from detectors.features.calls.windows import Windows
from detectors.features.facts import AnyFacts, Facts, Origin
from detectors.features.rule import Rule, Screened, iterate
from detectors.model.columns import Bool, Calls
from detectors.model.finding import AlertKind, Family, Finding, Observation, Source
from detectors.model.hashing import U8
from detectors.model.parameters import Cap, Count, Hours, Nats, Share, Switch
from detectors.numbers.international import Form
from detectors.rules.rung_back.pairs import packed, pair_of, unpacked
from detectors.rules.rung_back.ringers import Ringer, Ringers, Window, nats_of

#: The kinds of its observations.
_RING: Final = "ring"
_CALLED: Final = "called"
#: E.164 numbers with their country's code are hardly shorter.
_LEAST_ABROAD: Final = 8


class RungBack(Rule[Calls, Windows[U8], Ringers], frozen=True, kw_only=True):
    """Foreign numbers that ring people once and give up, some of whom ring them back.

    What it sees: numbers of other countries that rang `least_people` people or more for less than
    4 s each, which is nearly all that they do (`least_share`), and of these people those who ring
    the number then. All such numbers of one trunk count together, once they rang `least_in_all`: as
    few of the people as are caught by wangiri ring back, some of each hundred, but more than of
    those who asked for the ring. Calls to a number lie under those who make them; so each partition
    sends, by half-minutes, which calls to other countries were made, each by 64 bits of the pair of
    numbers. A finding is about a number that is rung back, with what it is linked by.

    Why a rogue station does it: none does; it is what wangiri is for.

    Why an honest network may, each with a parameter that turns the excuse off:

    * `excuse_on_purpose` (F56): who rings by agreement is rung back by most of the people. A number
      that half of them ring back and more doesn't count.
    * `excuse_codes` (F73): services that show by a call that a number is somebody's ring once, and
      the people wait for it. Next to nobody rings back, so few who do are held against that. Off:
      any weighs in full.
    * `excuse_acquainted` (F56): who rang the number before knows it, and isn't counted.

    Plumbers, couriers and offices that return a call wait until somebody answers, and speak: a
    number of which one call in five or more is no such ring doesn't count.

    What it can't see: numbers that ring one or two people each.

    References: docs/science.md, F56, F73; Wangiri in Future Internet 18(1):15.

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.rung_back.samples import fires
    >>> found = TOWN.findings(RungBack(), *fires(TOWN))
    >>> [(each.who, each.values["people"], each.values["back"]) for each in found]
    [('w1', 6, 1), ('w2', 6, 1)]
    """

    name: ClassVar[str] = "rung_back"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "victim"
    alert_kind: ClassVar[AlertKind | None] = "wangiri"
    rung_anyway: ClassVar[bool] = True
    horizon_ms: ClassVar[int] = HORIZON_MS

    most_weight: Nats = 2.5
    cap: Cap = 2.5
    least_weight: Nats = 0.5
    least_people: Count = 3
    least_in_all: Count = 6
    least_share: Share = 0.8
    most_back: Share = 0.5
    remembered_h: Hours = 12.0
    excuse_on_purpose: Switch = True
    excuse_codes: Switch = True
    excuse_acquainted: Switch = True

    def screen(self, state: Windows[U8], facts: Facts[Calls]) -> Screened:
        """Observations of single rings; takes in calls to other countries."""
        batch, known = facts.batch, calling(facts)
        abroad = (numbers_of(facts).reading > 0) & ~of_home(facts)
        rings = np.flatnonzero(is_short_ring(batch) & known.counted & abroad & given(batch.callee))
        called = _to_abroad(facts) & known.counted & given(batch.caller) & ~from_abroad(facts)
        rows = np.flatnonzero(called)
        order, windows = state.dealt_out(batch.rx_ms[rows])
        rows = rows[order]
        pairs = pair_of(known.callee[rows], known.caller[rows])
        for part, which in windows:
            part.append(np.stack([pairs[which], batch.rx_ms[rows][which].astype(np.uint64)], 1))
        if not len(rings):
            return Screened()
        pairs = pair_of(known.caller[rings], known.callee[rings]).tolist()
        observations = [
            self._ring(facts, row, source, pair)
            for (row, source), pair in zip(iterate(batch, rings, facts.origin), pairs, strict=True)
        ]
        return Screened(observations=observations)

    def _ring(self, facts: Facts[Calls], row: int, source: Source, pair: int) -> Observation:
        known = calling(facts)
        values = {
            "pair": f"{pair:016x}",
            "trunk": facts.batch.trunk[row],
            "rings": int(known.count("rings")[row]),
            "calls": int(known.count("calls")[row]),
        }
        of_calls = about_caller(facts, row)
        return self.observation(_RING, facts.batch, row, source, of_calls=of_calls, values=values)

    def sums_due(self, state: Windows[U8], until_ms: int, origin: Origin) -> list[Observation]:
        return [
            state.observation(self.name, _CALLED, number, part, origin, {"called": pairs})
            for number, parts in state.due(until_ms)
            for part, pairs in enumerate(packed(parts))
        ]

    def observe(self, state: Ringers, observation: Observation) -> None:
        if observation.kind == _CALLED:
            called = str(observation.values["called"])
            unpacked(called)  # refuses what no worker sends
            state.windows.append(Window(observation.rx_ts, called))
            return
        keep_ms = int(self.remembered_h * 3_600_000)
        state.ring(observation, keep_ms, knows_who_called=self.excuse_acquainted)

    def next_due_ms(self, state: Ringers) -> int | None:
        return state.next_due_ms()

    def evaluate(self, state: Ringers, until_ms: int) -> list[Finding]:
        findings = []
        while (due_ms := state.next_due_ms()) is not None and due_ms <= until_ms:
            keep_ms = int(self.remembered_h * 3_600_000)
            rung = state.rung_back(due_ms, keep_ms, knows_who_called=self.excuse_acquainted)
            findings += [finding for each in rung for finding in self._found(state, each, due_ms)]
        return findings

    def _found(self, state: Ringers, ringer: Ringer, due_ms: int) -> list[Finding]:
        """What follows from somebody's having rung a number back."""
        if not self._counts(ringer):
            return []
        beside = state.beside(ringer, due_ms - int(self.remembered_h * 3_600_000))
        counted = [each for each in beside if self._counts(each)]
        people, back = sum(len(each.people) for each in counted), sum(each.back for each in counted)
        nats = nats_of(back, people, asked_for=self.excuse_codes)
        weight = round(min(nats, self.most_weight), 3)
        if people < self.least_in_all or weight < self.least_weight:
            return []
        values = {
            "people": len(ringer.people),
            "back": ringer.back,
            "numbers": len(counted),
            "all_people": people,
            "all_back": back,
        }
        return [self.finding_about(ringer.newest, weight, rx_ts=due_ms, values=values)]

    def _counts(self, ringer: Ringer) -> bool:
        """Whether a number does hardly anything but ring several people once, by no agreement."""
        people = len(ringer.people)
        few = not self.excuse_on_purpose or ringer.back < self.most_back * people
        rings = ringer.rings >= self.least_share * ringer.calls
        return people >= self.least_people and few and rings


def _to_abroad(facts: AnyFacts) -> Bool:
    """Which calls go to a number of another country, or to what may be one."""
    read = numbers_of(facts, "callee")
    number = Form(read.prefix, read.digits, read.length)
    home = number.begins_with(facts.register.numbers.home.home_code)
    elsewhere: Bool = ~home & (read.length >= _LEAST_ABROAD) & given(facts.batch.callee)
    return elsewhere
