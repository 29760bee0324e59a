"""The first stage: every rule over every batch, letting almost nothing through.

A `Screening` belongs to one source partition (in a single process: to one file of the trace) and
keeps its rules' state. The same class runs in the worker and offline.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from detectors.context import announcements, core_attestation, team_readings, verdicts
from detectors.context.call_census import CallCensus
from detectors.context.census import Census
from detectors.features.callers.callers import Callers
from detectors.features.facts import Facts, Origin
from detectors.features.levels.keyed_levels import of_levels
from detectors.features.phones.phones import Phones
from detectors.features.remembered import remember
from detectors.features.rows.travelling import Many
from detectors.features.rule import AnyRule, Rule, Screened
from detectors.features.samples.drawing import together
from detectors.features.samples.of_samples import Drawn, of_samples
from detectors.features.sms.join import Join
from detectors.model.columns import Batch, Calls, FieldMeasurements, Measurements
from detectors.model.finding import Finding, Observation, Source
from detectors.model.rare_messages import Change, Feedback
from detectors.register.register import Register
from detectors.sites.site_census import SiteCensus
from detectors.sites.unlisted_census import UnlistedCensus

R = TypeVar("R", Finding, Observation)


class Screening:
    """The rules' first halves over the batches of one source partition, in order of offset."""

    def __init__(self, rules: tuple[AnyRule, ...], origin: Origin) -> None:
        self.origin = origin
        self._rules = tuple(rule for rule in rules if rule.enabled)
        self._states: dict[str, Any] = {rule.name: rule.new_state() for rule in self._rules}
        self._of_levels = {
            rule.name: one for rule in self._rules if (one := of_levels(rule)) is not None
        }
        self._of_samples = {
            rule.name: each for rule in self._rules if (each := of_samples(rule)) is not None
        }
        self._phones, self._callers = Phones(), Callers()
        self._served = core_attestation.Served()
        self._census = Census()
        self._sites = SiteCensus()
        self._unlisted = UnlistedCensus()
        self._calls = CallCensus()
        self._that_sum = tuple(
            rule for rule in self._rules if type(rule).sums_due is not Rule.sums_due
        )

    def beside(self, origin: Origin) -> "Screening":
        """One for the partition of that number of another topic, whose records are joined with
        these: both share what the rules keep of each device."""
        other = Screening(self._rules, origin)
        other._states = self._states
        return other

    def passed(self, until_ms: int) -> None:
        """Notes that nothing that arrived before ``until_ms`` is to come of its partition: what
        waits for it in a shared state need wait no longer."""
        for state in self._states.values():
            if isinstance(state, Join):
                state.passed(self.origin.topic, until_ms)

    def step(self, batch: Batch | Sequence[msgspec.Struct], register: Register) -> Screened:
        """Findings and observations of one batch, in order of `place_among_sent`."""
        if not isinstance(batch, Batch):
            return Screened(observations=_numbered(self._rare(batch)))
        if isinstance(batch, FieldMeasurements):
            return Screened(
                observations=_numbered(team_readings.observations(batch, register, self.origin))
            )
        facts = Facts(batch, register, self.origin, self._phones, self._callers)
        findings: list[Finding] = []
        many: list[Many] = []
        observations: list[Observation] = core_attestation.screen(
            self._served, batch, register, self.origin
        )
        drawn: dict[str, Drawn] = {}
        for rule in self._rules:
            if isinstance(batch, rule.reads) and rule.concerns(facts):
                screened = self._screened(rule, facts, drawn)
                findings += screened.findings
                observations += screened.observations
                many += screened.many
        if drawn:
            samples = together(facts, self._of_samples, drawn, observations)
            observations += samples.observations
            many += samples.many
        if isinstance(batch, Measurements):
            self._census.take(batch, findings)
            self._sites.take(facts)
            self._unlisted.take(facts)
        if isinstance(batch, Calls) and len(batch):
            self._calls.take(facts)
        remember(facts)
        return Screened(_numbered(findings), _numbered(observations), many)

    def _screened(self, rule: AnyRule, facts: Facts[Any], drawn: dict[str, Drawn]) -> Screened:
        """One step of a rule; of one that draws a sample, what it has ``drawn`` by itself."""
        name, state = rule.name, self._states[rule.name]
        if (of_sample := self._of_samples.get(name)) is not None:
            apart = of_sample.screen_apart(state, facts)
            if len(apart.drawn.rows):
                drawn[name] = apart.drawn
            return apart.screened
        many = self._of_levels.get(name)
        return many.screen_together(state, facts) if many else rule.screen(state, facts)

    def _rare(self, batch: Sequence[msgspec.Struct]) -> list[Observation]:
        """Observations of rare messages, which are all of one kind."""
        found = verdicts.observations([one for one in batch if isinstance(one, Feedback)])
        found += announcements.observations([one for one in batch if isinstance(one, Change)])
        for rule in self._rules:
            read = [rule.read_rare(one) for one in batch if isinstance(one, rule.rare)]
            found += [observation for observation in read if observation is not None]
        return found

    def counted(self, until_ms: int) -> list[Observation]:
        """What is counted of all that arrived before ``until_ms``, as far as it wasn't returned
        yet: the census, reports by site, those of cells that the register lacks, calls, and what
        rules sum up."""
        counts = (self._census, self._sites, self._unlisted, self._calls)
        found = [each for count in counts for each in count.due(until_ms, self.origin)]
        for rule in self._that_sum:
            found += rule.sums_due(self._states[rule.name], until_ms, self.origin)
        return found


def _numbered(records: list[R]) -> list[R]:
    """In order of source and rule, ``part`` counting those that one rule made of one message, in
    order of content."""
    by_message: dict[tuple[int, int], list[R]] = {}
    for record in records:
        message = record.source.offset, record.source.index
        by_message.setdefault(message, []).append(record)
    numbered: list[R] = []
    for message in sorted(by_message):
        parts = by_message[message]
        if len(parts) > 1:
            # Digests are dear: they are asked for only where one rule has several records of a
            # message.
            alone = len({record.detector for record in parts}) == len(parts)
            parts.sort(key=_detector if alone else _content)
        before, part = "", 0
        for record in parts:
            before, part = record.detector, part + 1 if record.detector == before else 0
            numbered.append(_as_part(record, part))
    return numbered


def _detector(record: Finding | Observation) -> str:
    return record.detector


def _content(record: Finding | Observation) -> tuple[str, bytes]:
    return record.detector, record.digest()


def _as_part(record: R, part: int) -> R:
    if record.source.part == part:
        return record
    place = record.source
    source = Source(place.topic, place.partition, place.offset, place.index, part)
    return msgspec.structs.replace(record, source=source)
