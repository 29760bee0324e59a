"""Where findings come together: ordered by arrival, fused into incidents, told as alerts.

A desk is the second stage for some zones: in a worker one partition of ``fbs.evidence``, in a
single process all zones at once. It takes findings, norms and marks in whatever order they are
delivered, and works them off in order of arrival time (ties by content digest) up to its watermark:
the lowest mark among all input partitions. So what it says doesn't depend on delivery, as long as
nothing comes later than the marks promised; what does is counted, and taken as if it had arrived at
the watermark.

Everything it knows is in its `DeskState`, plain data that can be stored and taken up again.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import msgspec

from detectors import announcing, vouching
from detectors.alert import Alert
from detectors.board import Board
from detectors.finding import Finding, Norm, Source
from detectors.incident import Incident
from detectors.lifecycle import IncidentSettings, Lifecycle
from detectors.routing import EVERYWHERE, zones_for
from detectors.rule import Rule
from detectors.told import Told

FINDINGS, NORMS = "findings", "norms"
STREAMS = (FINDINGS, NORMS)

_NEVER_MS = 1 << 62


class Item(msgspec.Struct):
    """One finding or norm that waits for its turn; ``zones`` are those of this desk it concerns."""

    rx: int
    rank: int
    digest: bytes
    zones: list[str]
    finding: Finding | None = None
    norm: Norm | None = None

    def __lt__(self, other: "Item") -> bool:
        mine, theirs = (self.rx, self.rank, self.digest), (other.rx, other.rank, other.digest)
        # Two phones may say the very same: their records' places in the input settle it, since
        # pseudonyms depend on the key and delivery on chance.
        return mine < theirs or (mine == theirs and self._source() < other._source())

    def _source(self) -> Source:
        record = self.finding or self.norm
        assert record is not None
        return record.source


class ZoneState(msgspec.Struct):
    """One zone's incidents, oldest first, and the judging state of its rules (msgpack, by name)."""

    incidents: list[Incident] = []
    judgements: dict[str, bytes] = {}


class DeskState(msgspec.Struct):
    """All that a desk knows. ``marks`` and ``had`` are keyed ``stream/topic/partition``."""

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


class Desk:
    """See the module's text. ``sources`` are the input partitions whose marks it waits for."""

    def __init__(
        self,
        rules: tuple[Rule, ...],
        settings: IncidentSettings,
        sources: frozenset[tuple[str, int]],
        is_ours: Callable[[str], bool] = lambda zone: True,
        state: DeskState | None = None,
    ) -> None:
        self.state = state or DeskState()
        self._keys = [f"{s}/{topic}/{part}" for s in STREAMS for topic, part in sorted(sources)]
        self._rules = {rule.name: rule for rule in rules if rule.enabled}
        self._lifecycle = Lifecycle(settings)
        self._is_ours = is_ours
        self._boards = {name: Board(zone.incidents) for name, zone in self.state.zones.items()}
        self._judging: dict[tuple[str, str], Any] = {}
        self._due_ms = 0  # a lower bound of when time alone next has an effect
        for name, zone in self.state.zones.items():
            for rule_name, judgement in zone.judgements.items():
                if rule_name not in self._rules:  # turned off since: kept for when it is back
                    continue
                fresh = self._rules[rule_name].new_judgement()
                self._judging[name, rule_name] = msgspec.msgpack.decode(judgement, type=type(fresh))

    def take(self, record: Finding | Norm) -> None:
        """Takes one finding or norm; repeats of what was had already are dropped and counted."""
        finding = record if isinstance(record, Finding) else None
        norm = record if isinstance(record, Norm) else None
        zones = [zone for zone in zones_for(record) if zone == EVERYWHERE or self._is_ours(zone)]
        if not zones or not self._is_new(FINDINGS if finding else NORMS, record.source):
            return
        rx = record.rx_ts
        if rx < self.state.clock_ms:
            self.state.late += 1
            rx = self.state.clock_ms
        self._wait(Item(rx, int(finding is not None), record.digest(), zones, finding, norm))

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
        while True:
            rx = waiting[0].rx if waiting else until
            turn = min(rx, until)
            if self._due_ms < turn:
                # The bound may be early: ask what is due indeed, and look again.
                due = self._due_ms = self._next_due_ms()
                if due < turn:
                    self.state.clock_ms = max(due, self.state.clock_ms)
                    self._time_passes(due, decided)
            elif rx < until:
                self.state.clock_ms = max(rx, self.state.clock_ms)
                self._due_ms = min(self._due_ms, self._work_off(heappop(waiting), decided))
            else:
                break
        self.state.clock_ms = max(self.state.clock_ms, until)
        if self._keys and all(self.state.ended.get(key, False) for key in self._keys):
            for board in self._boards.values():
                decided.alerts += self._lifecycle.flush(board, self.state.told)
        return decided

    def snapshot(self) -> bytes:
        """All state as bytes; `restore` takes it up again."""
        for (zone, rule), judgement in self._judging.items():
            self.state.zones[zone].judgements[rule] = msgspec.msgpack.encode(judgement)
        return msgspec.msgpack.encode(self.state)

    @staticmethod
    def restore(snapshot: bytes) -> DeskState:
        """The state behind a snapshot; one of another layout raises `msgspec.ValidationError`."""
        return msgspec.msgpack.decode(snapshot, type=DeskState)

    def _wait(self, item: Item) -> None:
        heappush(self.state.waiting, item)

    def _board(self, name: str) -> Board:
        board = self._boards.get(name)
        if board is None:
            zone = self.state.zones[name] = ZoneState()
            board = self._boards[name] = Board(zone.incidents)
        return board

    def _work_off(self, item: Item, decided: Decided) -> int:
        """One item in its turn; when time alone next has an effect on what it touched."""
        finding, norm = item.finding, item.norm
        dues: list[int | None] = []
        if finding is not None:
            for name in item.zones:
                alerts, due = self._lifecycle.take(
                    name, self._board(name), finding, item.rx, self.state.told
                )
                decided.alerts += alerts
                dues.append(due)
        elif norm is not None and norm.detector == vouching.NAME:
            if self.state.told.vouched.hear(norm):
                for board in self._boards.values():
                    decided.alerts += self._lifecycle.acquit(board, self.state.told, item.rx)
                dues.append(self._next_due_ms())
        elif norm is not None and norm.detector == announcing.NAME:
            self.state.told.announced.hear(norm)
            for board in self._boards.values():
                decided.alerts += self._lifecycle.reconsider(board, self.state.told, item.rx)
            dues.append(self._next_due_ms())
        elif norm is not None and norm.detector in self._rules:
            rule = self._rules[norm.detector]
            for name in item.zones:
                self._board(name)
                key = (name, norm.detector)
                if key not in self._judging:
                    self._judging[key] = rule.new_judgement()
                rule.hear(self._judging[key], norm)
                dues.append(rule.next_due_ms(self._judging[key]))
        return min((due for due in dues if due is not None), default=_NEVER_MS)

    def _next_due_ms(self) -> int:
        """When time alone next has an effect anywhere."""
        dues = [rule.next_due_ms(judgement) for _, rule, judgement in self._judgements()]
        dues += [self._lifecycle.next_due_ms(board) for board in self._boards.values()]
        return min((due for due in dues if due is not None), default=_NEVER_MS)

    def _judgements(self) -> list[tuple[str, Rule, Any]]:
        """All judging states, in an order that a restart doesn't change."""
        return [
            (name, rule, self._judging[name, rule.name])
            for name in self.state.zones
            for rule in self._rules.values()
            if (name, rule.name) in self._judging
        ]

    def _time_passes(self, now_ms: int, decided: Decided) -> None:
        for name, rule, judgement in self._judgements():
            for finding in rule.judge(judgement, now_ms):
                if zones_for(finding)[0] == name:  # a neighbour's judgement isn't told twice
                    decided.findings.append(finding)
                # What came late falls due in the past, but is known only now.
                rx = max(finding.rx_ts, self.state.clock_ms)
                self._wait(Item(rx, 1, finding.digest(), [name], finding))
        for board in self._boards.values():
            decided.alerts += self._lifecycle.pass_time(board, now_ms, self.state.told)

    def _is_new(self, stream: str, source: Source) -> bool:
        key = f"{stream}/{source.topic}/{source.partition}"
        place = (source.offset, source.index, source.part)
        if place <= self.state.had.get(key, (-1, -2, -1)):
            self.state.repeated += 1
            return False
        self.state.had[key] = place
        return True
