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

import msgspec

from detectors import announcing, census, fieldwork, verdicts, vouching
from detectors.alert import Alert
from detectors.board import Board
from detectors.finding import Finding, Norm, Source
from detectors.incident_settings import IncidentSettings
from detectors.judges import NEVER_MS, Judges, ZoneState
from detectors.lifecycle import Lifecycle
from detectors.routing import EVERYWHERE, zones_for
from detectors.rule import Rule
from detectors.rules.odd_level import OddLevel
from detectors.told import Told
from detectors.waiting import Item, put_in, put_in_order
from geo.roads import RoadMap

FINDINGS, NORMS = "findings", "norms"
STREAMS = (FINDINGS, NORMS)


class DeskState(msgspec.Struct):
    """All that a desk knows. ``marks`` and ``had`` are keyed ``stream/topic/partition``.

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


class Desk:
    """See the module's text. ``sources`` are the input partitions whose marks it waits for."""

    def __init__(
        self,
        rules: tuple[Rule, ...],
        settings: IncidentSettings,
        sources: frozenset[tuple[str, int]],
        is_ours: Callable[[str], bool] = lambda zone: True,
        state: DeskState | None = None,
        roads: RoadMap | None = None,
    ) -> None:
        self.state = state or DeskState()
        self._keys = [f"{s}/{topic}/{part}" for s in STREAMS for topic, part in sorted(sources)]
        self._lifecycle = Lifecycle(settings, roads)
        self._is_ours = is_ours
        self._boards = {
            name: Board(zone.incidents, zone.around) for name, zone in self.state.zones.items()
        }
        in_use = {rule.name: rule for rule in rules if rule.enabled}
        self._judges = Judges(in_use, self.state.zones)
        # Lower bounds of when time alone next has an effect: on each board, and anywhere.
        self._dues = dict.fromkeys(self._boards, 0)
        self._due_ms = 0
        self._keys_of: dict[tuple[str, str, int], str] = {}
        self._ours: dict[tuple[str, ...], list[str]] = {}

    def take(self, record: Finding | Norm) -> None:
        """Takes one finding or norm; repeats of what was had already are dropped and counted."""
        finding = record if isinstance(record, Finding) else None
        norm = record if isinstance(record, Norm) else None
        zones = self._our_zones(zones_for(record))
        if not zones or not self._is_new(FINDINGS if finding else NORMS, record.source):
            return
        rx = record.rx_ts
        if rx < self.state.clock_ms:
            self.state.late += 1
            rx = self.state.clock_ms
        self.state.waiting.append(Item(rx, _rank(record), zones, finding, norm))

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
    def restore(snapshot: bytes) -> DeskState:
        """The state behind a snapshot; one of another layout raises `msgspec.ValidationError`."""
        return msgspec.msgpack.decode(snapshot, type=DeskState)

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
        finding, norm = item.finding, item.norm
        if finding is not None:
            for name in item.zones:
                alerts, due = self._lifecycle.take(
                    name, self._board(name), finding, item.rx, self.state.told
                )
                decided.alerts += alerts
                self._note_due(name, due)
        elif norm is not None and norm.detector == fieldwork.NAME:
            for name in item.zones:
                alerts, due = self._lifecycle.read(
                    self._board(name), norm, item.rx, self.state.told
                )
                decided.alerts += alerts
                self._note_due(name, due)
        elif norm is not None and norm.detector == census.NAME:
            for name in item.zones:
                board = self._board(name)
                board.around.crowd.hear(norm, [i.middle for i in board.telling if i.middle])
        elif norm is not None and norm.detector == vouching.NAME:
            if self.state.told.vouched.hear(norm):
                for board in self._boards.values():
                    decided.alerts += self._lifecycle.acquit(board, self.state.told, item.rx)
                self._ask_all_boards()
        elif norm is not None and norm.detector == announcing.NAME:
            self.state.told.announced.hear(norm)
            for board in self._boards.values():
                decided.alerts += self._lifecycle.reconsider(board, self.state.told, item.rx)
            self._ask_all_boards()
        elif norm is not None and norm.detector == verdicts.NAME:
            self._judge(verdicts.verdict_of(norm), item.rx, decided)
        elif norm is not None and norm.detector in self._judges.rules:
            for name in item.zones:
                board = self._board(name)
                self._due_ms = min(self._due_ms, self._judges.hear(name, norm))
                if norm.detector == OddLevel.name:
                    levels = self._judges.state(name, norm.detector)
                    board.around.offsets.hear(norm, levels)

    def _judge(self, verdict: verdicts.Verdict, rx: int, decided: Decided) -> None:
        outcomes: set[verdicts.Outcome] = set()
        for name, board in self._boards.items():
            alerts, outcome = self._lifecycle.judge(name, board, verdict, rx, self.state.told)
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
        for name, finding in self._judges.judge(now_ms):
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


def _rank(record: Finding | Norm) -> int:
    """What comes first of what arrived in the same millisecond: norms, which say how to take
    findings; findings; verdicts on the alerts that these make."""
    if isinstance(record, Finding):
        return 1
    return 2 if record.detector == verdicts.NAME else 0
