"""Where findings come together: ordered by arrival, fused into incidents, published as alerts.

A correlator is the second stage for some zones: in a worker one partition of ``fbs.evidence``, in a
single process all zones at once. It takes findings, observations and watermarks in whatever order
they are delivered, and works them off in order of arrival time (ties by content digest) up to its
own watermark: the lowest among all input partitions. So what it decides doesn't depend on delivery,
as long as nothing comes later than the watermarks promised; what does is counted, and taken as if
it had arrived at the watermark.

A table has a handler for each kind of observation. Everything that a correlator knows is in its
`CorrelatorState`, plain data that can be stored and restored.

Long because one place shows the order in which all that comes is worked off.
"""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from detectors.acting.marks import OwnMark
from detectors.acting.notice import VictimNotice
from detectors.acting.record import FraudAction
from detectors.alert.record import Alert
from detectors.audit.register_health import ZoneEvidence, evidence_of
from detectors.context import (
    announcements,
    call_census,
    census,
    core_attestation,
    team_readings,
    verdicts,
)
from detectors.context.zone_routing import EVERYWHERE, zones_for
from detectors.correlate import profiles
from detectors.correlate.arrival_queue import (
    Item,
    first_of_the_last,
    opened_to,
    order_ties,
    pack_later,
    put_in,
    put_in_order,
    unpack_next,
)
from detectors.correlate.levels.level_turns import LevelTurns
from detectors.correlate.levels.waiting_rows import turns_of
from detectors.correlate.samples.sample_turns import SampleTurns
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.state import CorrelatorState, parts_of, parts_of_all, zone_part
from detectors.correlate.zone import NEVER_MS, Zone, ZoneState, least_useful
from detectors.correlate.zone_lives import ZoneLives
from detectors.correlate.zone_rules import UNUSABLE, ZoneRules
from detectors.features.levels.keyed_levels import of_levels
from detectors.features.levels.level_rows import MANY, LevelRows
from detectors.features.rows.placed_reports import Sent, together
from detectors.features.rows.travelling import Many
from detectors.features.rule import AnyRule
from detectors.features.samples import sample_rows
from detectors.features.samples.sample_rows import SampleRows
from detectors.model.finding import Finding, Observation, place_among_sent
from detectors.profile.profile import Profile
from detectors.sites import site_census, unlisted_census
from geo.track.road_graph import RoadMap

#: Zones of a correlator: the largest countries have some 800. Beyond that places are made up, and
#: an eighth makes room.
MOST_ZONES: Final = 4_096
#: Routes that are kept at hand.
_MOST_ROUTES: Final = 20_000
FINDINGS, OBSERVATIONS = "findings", "observations"
STREAMS = (FINDINGS, OBSERVATIONS)


class Decided(msgspec.Struct):
    """What an advance brought: alert revisions, and the findings of the rules' second halves, each
    with its own zone. ``unusable`` names rules that were given what no worker writes, each with
    what was wrong: the observation is left out, or the rule has begun anew in a zone. ``outgrown``
    names zone and rule where a rule kept too much, and has forgotten all but what it learned.
    ``victims`` are notices of people who may be being defrauded, ``actions`` proposals,
    ``marks`` our own marks of numbers."""

    alerts: list[Alert] = []
    findings: list[tuple[str, Finding]] = []
    unusable: list[tuple[str, str]] = []
    outgrown: list[tuple[str, str]] = []
    victims: list[VictimNotice] = []
    actions: list[FraudAction] = []
    marks: list[OwnMark] = []

    def cannot_use(self, name: str, error: Exception) -> None:
        """Notes what was wrong with an observation."""
        self.unusable.append((name, f"{type(error).__name__}: {error}"))


class Correlator:
    """See the module's text. ``sources`` are the input partitions whose watermarks it waits for,
    ``is_ours`` whether a zone is worked off here. Where more than ``most_waiting`` wait, the first
    are worked off before the watermark has come, so that what arrived before them is late."""

    def __init__(
        self,
        rules: tuple[AnyRule, ...],
        settings: IncidentSettings,
        sources: frozenset[tuple[str, int]],
        is_ours: Callable[[str], bool] = lambda zone: True,
        state: CorrelatorState | None = None,
        roads: RoadMap | None = None,
        most_waiting: int | None = None,
    ) -> None:
        self._most_waiting = most_waiting
        self.state = state or CorrelatorState()
        self._keys = [f"{s}/{topic}/{part}" for s in STREAMS for topic, part in sorted(sources)]
        self._lifecycle = ZoneLives(settings, roads)
        self._is_ours = is_ours
        in_use = {rule.name: rule for rule in rules if rule.enabled}
        self._rules = ZoneRules(in_use, self.state.zones)
        self.unreadable = self._rules.unreadable
        self._zones = {
            name: Zone.of(name, state, self.state.known, due_ms=0)
            for name, state in self.state.zones.items()
        }
        #: A lower bound of when time alone next has an effect anywhere.
        self._due_ms = 0
        #: What waited in order when all that was due had been worked off, and how many.
        self._ordered: tuple[list[Item], int] = self.state.waiting, 0
        self._keys_of: dict[tuple[str, str, int], str] = {}
        self._ours: dict[tuple[str, ...], list[str]] = {}
        name = next((name for name, one in in_use.items() if of_levels(one) is not None), "")
        given = self._rules, self.state, self._zones, self._our_zones
        self._levels, self._samples = LevelTurns(name, *given), SampleTurns(*given)
        #: By detector the kind of observations of many, and who takes them.
        self._of_many: dict[str, tuple[str, Callable[[Observation], None]]] = {
            name: (MANY, self._levels.take),
            sample_rows.NAME: (sample_rows.MANY, self._samples.take),
        }
        #: Those of one window by zone, until all of them have had their turn.
        self._reports: dict[str, list[Sent]] = {}
        self._handlers: dict[str, Callable[[Item, Observation], list[Alert]]] = {
            team_readings.NAME: self._take_reading,
            census.NAME: self._take_census,
            site_census.NAME: self._take_sites,
            unlisted_census.NAME: self._take_unlisted,
            call_census.NAME: self._take_calls,
            core_attestation.NAME: self._take_attestation,
            announcements.NAME: self._take_announcement,
            verdicts.NAME: self._take_verdict,
            **dict.fromkeys(in_use, self._take_for_rule),
        }

    def take(self, record: Finding | Observation) -> None:
        """Takes one finding or observation, or one of many levels or samples; repeats of what was
        taken already are dropped and counted."""
        if record.detector in self._of_many and isinstance(record, Observation):
            kind, take = self._of_many[record.detector]
            if record.kind == kind:
                take(record)
                return
        finding = record if isinstance(record, Finding) else None
        observation = record if isinstance(record, Observation) else None
        zones = zones_for(record)
        here = self._our_zones(zones)
        if not here or not self._is_new(FINDINGS if finding else OBSERVATIONS, record):
            return
        rx = record.rx_ts
        if rx < self.state.clock_ms:
            self.state.late += 1
            rx = self.state.clock_ms
        self.state.waiting.append(Item(rx, _rank(record), zones, here, finding, observation))

    def take_many(self, many: Many) -> None:
        """As `take`, of rows that no observation was made of."""
        if isinstance(many.rows, SampleRows):
            self._samples.take_rows(many.rows)
        elif isinstance(many.rows, LevelRows) and many.detector in self._of_many:
            self._levels.take_rows(many.rows)

    def promise(self, stream: str, topic: str, partition: int, until_ms: int, end: bool) -> None:
        """An input partition's promise: nothing of it that arrived before ``until_ms`` is to come.

        ``end`` says that its replay is over, so that nothing pending need wait for more.
        """
        key = f"{stream}/{topic}/{partition}"
        self.state.watermarks[key] = max(until_ms, self.state.watermarks.get(key, 0))
        self.state.ended[key] = end

    @property
    def promised_ms(self) -> int:
        """The lowest watermark: before it nothing is to come."""
        return min((self.state.watermarks.get(key, 0) for key in self._keys), default=0)

    def advance(self) -> Decided:
        """Works off all that arrived before the watermark, and what time alone makes due."""
        until = self.promised_ms
        decided = Decided()
        waiting, later = self.state.waiting, self.state.later
        if self._most_waiting is not None and self.state.waits > self._most_waiting:
            in_columns = turns_of([*self.state.levels, *self.state.samples])
            first = first_of_the_last(waiting, later, self._most_waiting, in_columns)
            until = max(until, first + 1)
        put_in_order(waiting, self._ordered[1] if self._ordered[0] is waiting else 0)
        opened = opened_to(later, until)
        self._samples.begin(until)
        ordered: tuple[int, int] | None = None
        while True:
            rx = waiting[-1].rx if waiting else until
            if opened < until and rx >= opened:
                # One piece after the other, so that never all that is due lies open.
                opened = unpack_next(waiting, later, until)
                continue
            sampled = self._samples.next_ms
            turn = min(rx, sampled, until)
            if self._levels.are_due(min(self._due_ms, turn, until - 1)):
                self._due_ms = min(self._due_ms, self._levels.run(until))
            elif self._due_ms < turn:
                # The bound may be early: ask what is due indeed, and look again.
                due = self._due_ms = self._next_due_ms(turn)
                if due < turn:
                    self.state.clock_ms = max(due, self.state.clock_ms)
                    self._pass_time(due, decided)
            elif sampled == turn < until:
                self._take_samples(waiting)
            elif rx < until:
                self.state.clock_ms = max(rx, self.state.clock_ms)
                has_tie = len(waiting) > 1 and waiting[-2].rx == rx
                if has_tie and ordered != (ordered := (rx, waiting[-1].rank)):
                    order_ties(waiting, self._are_free)
                self._work_off(waiting.pop(), decided)
            else:
                break
        self._levels.catch_up(until)
        for turns in (self._levels, self._samples):
            for name, error in turns.unusable:
                decided.cannot_use(name, error)
            turns.unusable.clear()
        decided.unusable += self._rules.spoilt
        decided.outgrown += self._rules.outgrown
        self._rules.spoilt, self._rules.outgrown = [], []
        self.state.clock_ms = max(self.state.clock_ms, until)
        if self._keys and all(self.state.ended.get(key, False) for key in self._keys):
            for zone in self._zones.values():
                decided.alerts += self._lifecycle.flush(zone)
        pack_later(waiting, later)
        self._ordered = waiting, len(waiting)
        decided.victims, decided.actions = self._lifecycle.drain()
        decided.marks = self._lifecycle.drain_marks()
        return decided

    def begin_with(self, profile: Profile) -> None:
        """Zones that are new here will begin with what a profile holds of them."""
        self.state.waiting_zones |= {
            each.zone: each
            for each in profile.zones
            if self._is_ours(each.zone) and each.zone not in self.state.zones
        }
        profiles.take_up_attested(self.state.known.attested, profile.attested)

    def profile(self, with_waiting: bool = True) -> Profile:
        """What is long-lived of all that was learned here, with or without zones that wait."""
        state = self.state
        waiting = tuple(state.waiting_zones.values()) if with_waiting else ()
        return profiles.profile_of(state.zones, self._rules, state.known.attested, waiting)

    def reported_ms(self) -> dict[str, int]:
        """By zone, when the last report of cells came, in half-minutes; of those that have any."""
        last = {name: zone.context.traffic.last_ms for name, zone in self._zones.items()}
        return {name: last_ms for name, last_ms in last.items() if last_ms}

    def register_evidence(self, name: str) -> ZoneEvidence | None:
        """What an audit of a zone's rows of the register rests on, a copy; ``None`` for a zone that
        isn't here any more."""
        zone, attested = self._zones.get(name), self.state.known.attested
        if zone is None:
            return None
        return evidence_of(name, zone.context, attested, self.state.zones[name].incidents)

    def snapshot(self) -> bytes:
        """All state as bytes, for `restore`."""
        self._rules.store()
        return msgspec.msgpack.encode(self.state)

    def parts(self) -> dict[str, bytes]:
        """All state as bytes, each zone by itself, for `detectors.correlate.state.state_of`."""
        self._rules.store()
        return parts_of(self.state)

    def each_part(self) -> Iterator[tuple[str, bytes]]:
        """As `parts`, one at a time, for who needs no two at once: what rules keep of a zone, as
        bytes, is let go when the next part is asked for."""
        yield from parts_of_all(self.state)
        for name in self.state.zones:
            self._rules.store_zone(name)
            yield zone_part(self.state, name)
            self._rules.let_go(name)

    @staticmethod
    def restore(snapshot: bytes) -> CorrelatorState:
        """The state behind a snapshot; one of another layout raises `msgspec.ValidationError`."""
        return msgspec.msgpack.decode(snapshot, type=CorrelatorState)

    def _work_off(self, item: Item, decided: Decided) -> None:
        """One item in its turn; nothing is done with the observations of a rule that is off."""
        self._levels.before(item)
        observation = item.observation
        if observation is None:
            self._note(item)
            decided.alerts += self._in_each(item, self._lifecycle.take)
            return
        handler = self._handlers.get(observation.detector)
        if handler is None:
            return
        try:
            self._note(item)
            decided.alerts += handler(item, observation)
        except UNUSABLE as error:
            # What is in its values only the rule knows that wrote it. A foreign record may hold
            # anything there, and one that ends a correlator ends the next that reads it as well.
            decided.cannot_use(observation.detector, error)
        if self._reports and not self._goes_on(item):
            self._take_reports(decided)

    def _take_samples(self, waiting: list[Item]) -> None:
        """Drawn reports that come next: together those before anything else has its turn, or else
        those of one turn among all that has it."""
        before_ms = self._due_ms + 1
        if waiting:
            # What is worked off behind observations lets pass those of its own time as well.
            before_ms = min(before_ms, waiting[-1].rx + (waiting[-1].rank > 0))
        self._levels.before_rule(self._samples.next_ms)
        if not self._samples.run(before_ms):
            waiting += self._samples.open_next()

    def _are_free(self, ties: list[Item]) -> bool:
        """Whether the same comes of items that are due together, whatever their order: of
        observations of a rule each, in zones that have begun (their order stays)."""
        observed = [item.observation for item in ties]
        names = [each.detector for each in observed if each is not None]
        if len(names) < len(ties) or not self._rules.are_free(names):
            return False
        return all(zone in self._zones for item in ties for zone in item.here)

    def _note(self, item: Item) -> None:
        zones = self._zones
        names = [name for name in item.here if name != EVERYWHERE]
        profiles.note([(zones.get(name) or self._zone(name)).age for name in names], item)

    def _take_reading(self, item: Item, _: Observation) -> list[Alert]:
        return self._in_each(item, self._lifecycle.take_reading)

    def _take_census(self, item: Item, observation: Observation) -> list[Alert]:
        for zone in map(self._zone, item.here):
            suspected = [i.middle for i in zone.incidents.strong if i.middle]
            zone.context.crowd.observe(observation, suspected)
        return []

    def _take_sites(self, item: Item, observation: Observation) -> list[Alert]:
        sent = site_census.sent_in(observation)
        for name in item.here:
            self._reports.setdefault(name, []).append(sent)
        return []

    def _goes_on(self, item: Item) -> bool:
        """Whether the next item holds reports too, of the same window: each partition has sent
        some, and all are taken together."""
        if not self.state.waiting or self.state.waiting[-1].rx != item.rx:
            return False
        this, next_ = item.observation, self.state.waiting[-1].observation
        return (
            this is not None
            and next_ is not None
            and (next_.detector, next_.ts) == (site_census.NAME, this.ts)
        )

    def _take_reports(self, decided: Decided) -> None:
        waiting, self._reports = self._reports, {}
        for name, parts in waiting.items():
            zone, reports = self._zone(name), together(parts)
            try:
                zone.context.sites.observe(reports)
                self._rules.take_reports(zone, reports)
                zone.context.traffic.observe(reports)
            except UNUSABLE as error:
                decided.cannot_use(site_census.NAME, error)

    def _take_unlisted(self, item: Item, observation: Observation) -> list[Alert]:
        for zone in map(self._zone, item.here):
            zone.context.traffic.observe_unlisted(observation)
        return []

    def _take_calls(self, item: Item, observation: Observation) -> list[Alert]:
        window = call_census.window_of(observation)
        for zone in map(self._zone, item.here):
            zone.calls.both_ways.take(window)
        return []

    def _take_for_rule(self, item: Item, observation: Observation) -> list[Alert]:
        for name in item.here:
            # Nearly all that comes passes here.
            zone = self._zones.get(name) or self._zone(name)
            due_ms = self._rules.observe(zone, observation)
            if due_ms < self._due_ms:
                self._due_ms = due_ms
        return []

    def _take_attestation(self, item: Item, observation: Observation) -> list[Alert]:
        claimed = observation.claimed
        assert claimed is not None
        if not self.state.known.attested.observe(observation) or claimed.area is None:
            return []
        if not any(zone.incidents.claiming({claimed.area}) for zone in self._zones.values()):
            return []
        return self._everywhere(item, lambda zone, rx: self._lifecycle.acquit(zone, rx, claimed))

    def _take_announcement(self, item: Item, observation: Observation) -> list[Alert]:
        self.state.known.announced.observe(observation)
        return self._everywhere(item, self._lifecycle.reconsider)

    def _take_verdict(self, item: Item, observation: Observation) -> list[Alert]:
        verdict = verdicts.verdict_of(observation)
        outcomes: set[verdicts.Outcome] = set()

        def in_zone(zone: Zone, rx: int) -> list[Alert]:
            alerts, outcome = self._lifecycle.take_verdict(zone, verdict, rx)
            outcomes.add(outcome)
            return alerts

        alerts = self._everywhere(item, in_zone)
        self.state.known.verdicts.count(outcomes)
        return alerts

    def _in_each(self, item: Item, step: Callable[[Zone, Item], list[Alert]]) -> list[Alert]:
        """A step in each zone that an item concerns here."""
        alerts: list[Alert] = []
        for zone in map(self._zone, item.here):
            alerts += step(zone, item)
            self._due_ms = min(self._due_ms, zone.due_ms)
        return alerts

    def _everywhere(self, item: Item, step: Callable[[Zone, int], list[Alert]]) -> list[Alert]:
        """A step in all zones, which may change when anything is due."""
        alerts: list[Alert] = []
        for zone in self._zones.values():
            alerts += step(zone, item.rx)
            zone.due_ms = 0
        self._due_ms = 0
        return alerts

    def _our_zones(self, zones: tuple[str, ...]) -> list[str]:
        ours = self._ours.get(zones)
        if ours is None:
            if len(self._ours) >= _MOST_ROUTES:
                self._ours.clear()
            ours = [zone for zone in zones if zone == EVERYWHERE or self._is_ours(zone)]
            self._ours[zones] = ours
        return ours

    def _zone(self, name: str) -> Zone:
        zone = self._zones.get(name)
        if zone is None:
            if len(self._zones) >= MOST_ZONES:
                self._make_room()
            state = self.state.zones[name] = ZoneState()
            learned = self.state.waiting_zones.pop(name, None)
            if learned is not None:
                profiles.take_up_zone(name, state, learned, self._rules, self.state.clock_ms)
            zone = self._zones[name] = Zone.of(name, state, self.state.known)
        return zone

    def _make_room(self) -> None:
        gone = set(least_useful(self._zones)[: MOST_ZONES // 8])
        self._rules.forget(gone)
        for name in gone:
            del self._zones[name], self.state.zones[name]
            self.state.known.verdicts.past.pop(name, None)

    def _next_due_ms(self, turn: int) -> int:
        """When time alone next has an effect anywhere; only bounds before ``turn`` are asked."""
        for zone in self._zones.values():
            if zone.due_ms < turn:
                zone.due_ms = self._lifecycle.next_due_ms(zone)
        dues = (zone.due_ms for zone in self._zones.values())
        return min(*dues, self._rules.next_due_ms(turn), NEVER_MS)

    def _pass_time(self, now_ms: int, decided: Decided) -> None:
        self._levels.catch_up(now_ms)
        for name, finding in self._rules.evaluate(now_ms):
            zones = zones_for(finding)
            if zones[0] == name:  # what a neighbouring zone finds too isn't published twice
                decided.findings.append((name, finding))
            # What came late falls due in the past, but is known only now.
            rx = max(finding.rx_ts, self.state.clock_ms)
            put_in(self.state.waiting, Item(rx, 1, zones, [name], finding))
        for zone in self._zones.values():
            if zone.due_ms <= now_ms:
                decided.alerts += self._lifecycle.pass_time(zone, now_ms)

    def _is_new(self, stream: str, record: Finding | Observation) -> bool:
        place, source, state = place_among_sent(record), record.source, self.state
        partition = (stream, source.topic, source.partition)
        key = self._keys_of.get(partition)
        if key is None:
            key = self._keys_of[partition] = "/".join(map(str, partition))
        offset, index, part = state.taken.get(key, (-1, -2, -1))
        # Before rules were noted, parts counted all that came of a message.
        if place <= (offset, index, state.taken_of.get(key, record.detector), part):
            state.repeated += 1
            return False
        state.taken[key] = (source.offset, source.index, source.part)
        state.taken_of[key] = record.detector
        return True


def _rank(record: Finding | Observation) -> int:
    """What comes first of what arrived in the same millisecond: observations, which bear on
    findings; findings; verdicts on the alerts that these make."""
    if isinstance(record, Finding):
        return 1
    return 2 if record.detector == verdicts.NAME else 0
