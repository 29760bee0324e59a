"""Where findings come together: ordered by arrival, fused into incidents, told as alerts.

A correlator is the second stage for some zones: in a worker one partition of ``fbs.evidence``, in a
single process all zones at once. It takes findings, observations and marks in whatever order they
are delivered, and works them off in order of arrival time (ties by content digest) up to its
watermark: the lowest mark among all input partitions. So what it says doesn't depend on delivery,
as long as nothing comes later than the marks promised; what does is counted, and taken as if it had
arrived at the watermark.

Everything it knows is in its `CorrelatorState`, plain data that can be stored and taken up again.
"""

from collections.abc import Callable

import msgspec

from detectors.alert.record import Alert
from detectors.context import announcements, census, core_attestation, team_readings, verdicts
from detectors.context.known_honest import Told
from detectors.context.zone_routing import EVERYWHERE, zones_for
from detectors.correlate.arrival_queue import Item, put_in, put_in_order
from detectors.correlate.incident_index import Board
from detectors.correlate.lifecycle import Lifecycle
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.zone_rules import NEVER_MS, ZoneRules, ZoneState
from detectors.features.rule import AnyRule
from detectors.model.finding import Finding, Observation, Source
from detectors.rules.odd_level.rule import OddLevel
from geo.track.road_graph import RoadMap

FINDINGS, OBSERVATIONS = "findings", "observations"
STREAMS = (FINDINGS, OBSERVATIONS)


class CorrelatorState(msgspec.Struct):
    """All that a correlator knows. ``marks`` and ``had`` are keyed ``stream/topic/partition``.

    ``waiting`` is put in order when it is worked off, the first to be worked off last.
    """

    clock_ms: int = 0
    waiting: list[Item] = []
    marks: dict[str, int] = {}
    ended: dict[str, bool] = {}
    had: dict[str, tuple[int, int, int]] = {}
    zones: dict[str, ZoneState] = {}
    told: Told = msgspec.field(default_factory=Told)
    late: int = 0
    repeated: int = 0


class Decided(msgspec.Struct):
    """What an advance brought: alert revisions, and findings that judging rules made."""

    alerts: list[Alert] = []
    findings: list[Finding] = []


class Correlator:
    """See the module's text. ``sources`` are the input partitions whose marks it waits for."""

    def __init__(
        self,
        rules: tuple[AnyRule, ...],
        settings: IncidentSettings,
        sources: frozenset[tuple[str, int]],
        is_ours: Callable[[str], bool] = lambda zone: True,
        state: CorrelatorState | None = None,
        roads: RoadMap | None = None,
    ) -> None:
        self.state = state or CorrelatorState()
        self._keys = [f"{s}/{topic}/{part}" for s in STREAMS for topic, part in sorted(sources)]
        self._lifecycle = Lifecycle(settings, roads)
        self._is_ours = is_ours
        self._boards = {
            name: Board(zone.incidents, zone.around) for name, zone in self.state.zones.items()
        }
        in_use = {rule.name: rule for rule in rules if rule.enabled}
        self._judges = ZoneRules(in_use, self.state.zones)
        # Lower bounds of when time alone next has an effect: on each board, and anywhere.
        self._dues = dict.fromkeys(self._boards, 0)
        self._due_ms = 0
        self._keys_of: dict[tuple[str, str, int], str] = {}
        self._ours: dict[tuple[str, ...], list[str]] = {}

    def take(self, record: Finding | Observation) -> None:
        """Takes one finding or observation; repeats of what was had already are dropped and
        counted."""
        finding = record if isinstance(record, Finding) else None
        observation = record if isinstance(record, Observation) else None
        zones = self._our_zones(zones_for(record))
        if not zones or not self._is_new(FINDINGS if finding else OBSERVATIONS, record.source):
            return
        rx = record.rx_ts
        if rx < self.state.clock_ms:
            self.state.late += 1
            rx = self.state.clock_ms
        self.state.waiting.append(Item(rx, _rank(record), zones, finding, observation))

    def mark(self, stream: str, topic: str, partition: int, until_ms: int, end: bool) -> None:
        """An input partition's promise: nothing of it that arrived before ``until_ms`` is to come.

        ``end`` says that its replay is over, so that nothing pending need wait for more.
        """
        key = f"{stream}/{topic}/{partition}"
        self.state.marks[key] = max(until_ms, self.state.marks.get(key, 0))
        self.state.ended[key] = end

    def advance(self) -> Decided:
        """Works off all that arrived before the watermark, and what time alone makes due."""
        until = min((self.state.marks.get(key, 0) for key in self._keys), default=0)
        decided = Decided()
        waiting = self.state.waiting
        put_in_order(waiting)
        while True:
            rx = waiting[-1].rx if waiting else until
            turn = min(rx, until)
            if self._due_ms < turn:
                # The bound may be early: ask what is due indeed, and look again.
                due = self._due_ms = self._next_due_ms(turn)
                if due < turn:
                    self.state.clock_ms = max(due, self.state.clock_ms)
                    self._time_passes(due, decided)
            elif rx < until:
                self.state.clock_ms = max(rx, self.state.clock_ms)
                self._work_off(waiting.pop(), decided)
            else:
                break
        self.state.clock_ms = max(self.state.clock_ms, until)
        if self._keys and all(self.state.ended.get(key, False) for key in self._keys):
            for board in self._boards.values():
                decided.alerts += self._lifecycle.flush(board, self.state.told)
        return decided

    def snapshot(self) -> bytes:
        """All state as bytes; `restore` takes it up again."""
        self._judges.store()
        return msgspec.msgpack.encode(self.state)

    @staticmethod
    def restore(snapshot: bytes) -> CorrelatorState:
        """The state behind a snapshot; one of another layout raises `msgspec.ValidationError`."""
        return msgspec.msgpack.decode(snapshot, type=CorrelatorState)

    def _our_zones(self, zones: tuple[str, ...]) -> list[str]:
        ours = self._ours.get(zones)
        if ours is None:
            ours = [zone for zone in zones if zone == EVERYWHERE or self._is_ours(zone)]
            self._ours[zones] = ours
        return ours

    def _board(self, name: str) -> Board:
        board = self._boards.get(name)
        if board is None:
            zone = self.state.zones[name] = ZoneState()
            board = self._boards[name] = Board(zone.incidents, zone.around)
            self._dues[name] = NEVER_MS
        return board

    def _work_off(self, item: Item, decided: Decided) -> None:
        """One item in its turn."""
        finding, observation = item.finding, item.observation
        if finding is not None:
            for name in item.zones:
                alerts, due = self._lifecycle.take(
                    name, self._board(name), finding, item.rx, self.state.told
                )
                decided.alerts += alerts
                self._note_due(name, due)
        elif observation is not None and observation.detector == team_readings.NAME:
            for name in item.zones:
                alerts, due = self._lifecycle.read(
                    self._board(name), observation, item.rx, self.state.told
                )
                decided.alerts += alerts
                self._note_due(name, due)
        elif observation is not None and observation.detector == census.NAME:
            for name in item.zones:
                board = self._board(name)
                board.around.crowd.observe(
                    observation, [i.middle for i in board.telling if i.middle]
                )
        elif observation is not None and observation.detector == core_attestation.NAME:
            if self.state.told.vouched.observe(observation):
                for board in self._boards.values():
                    decided.alerts += self._lifecycle.acquit(board, self.state.told, item.rx)
                self._ask_all_boards()
        elif observation is not None and observation.detector == announcements.NAME:
            self.state.told.announced.observe(observation)
            for board in self._boards.values():
                decided.alerts += self._lifecycle.reconsider(board, self.state.told, item.rx)
            self._ask_all_boards()
        elif observation is not None and observation.detector == verdicts.NAME:
            self._judge(verdicts.verdict_of(observation), item.rx, decided)
        elif observation is not None and observation.detector in self._judges.rules:
            for name in item.zones:
                board = self._board(name)
                self._due_ms = min(self._due_ms, self._judges.observe(name, observation))
                if observation.detector == OddLevel.name:
                    levels = self._judges.state(name, observation.detector)
                    board.around.offsets.observe(observation, levels)

    def _judge(self, verdict: verdicts.Verdict, rx: int, decided: Decided) -> None:
        outcomes: set[verdicts.Outcome] = set()
        for name, board in self._boards.items():
            alerts, outcome = self._lifecycle.evaluate(name, board, verdict, rx, self.state.told)
            decided.alerts += alerts
            outcomes.add(outcome)
        self.state.told.verdicts.count(outcomes)
        self._ask_all_boards()

    def _note_due(self, name: str, due_ms: int | None) -> None:
        if due_ms is not None:
            self._dues[name] = min(self._dues[name], due_ms)
            self._due_ms = min(self._due_ms, due_ms)

    def _ask_all_boards(self) -> None:
        self._dues = dict.fromkeys(self._boards, 0)
        self._due_ms = 0

    def _next_due_ms(self, turn: int) -> int:
        """When time alone next has an effect anywhere; only bounds before ``turn`` are asked."""
        for name, bound in self._dues.items():
            if bound < turn:
                due = self._lifecycle.next_due_ms(self._boards[name])
                self._dues[name] = NEVER_MS if due is None else due
        return min(*self._dues.values(), self._judges.next_due_ms(turn), NEVER_MS)

    def _time_passes(self, now_ms: int, decided: Decided) -> None:
        for name, finding in self._judges.evaluate(now_ms):
            if zones_for(finding)[0] == name:  # a neighbour's judgement isn't told twice
                decided.findings.append(finding)
            # What came late falls due in the past, but is known only now.
            rx = max(finding.rx_ts, self.state.clock_ms)
            put_in(self.state.waiting, Item(rx, 1, [name], finding))
        for name, board in self._boards.items():
            if self._dues[name] <= now_ms:
                decided.alerts += self._lifecycle.pass_time(board, now_ms, self.state.told)

    def _is_new(self, stream: str, source: Source) -> bool:
        place = (source.offset, source.index, source.part)
        partition = (stream, source.topic, source.partition)
        key = self._keys_of.get(partition)
        if key is None:
            key = self._keys_of[partition] = "/".join(map(str, partition))
        if place <= self.state.had.get(key, (-1, -2, -1)):
            self.state.repeated += 1
            return False
        self.state.had[key] = place
        return True


def _rank(record: Finding | Observation) -> int:
    """What comes first of what arrived in the same millisecond: observations, which say how to take
    findings; findings; verdicts on the alerts that these make."""
    if isinstance(record, Finding):
        return 1
    return 2 if record.detector == verdicts.NAME else 0
