"""A cell broadcasts what draws phones in and doesn't let them go."""

from typing import ClassVar, Final

import msgspec
import numpy as np

from detectors.columns import Batch, Bool, Measurements
from detectors.finding import Family, Finding, Norm
from detectors.register import Register
from detectors.rule import Origin, Rule, Screened, iterate, optional, place_of
from detectors.serving import KNOWN, LISTED, claimed_of, how_known, told_area
from detectors.vocabulary import LTE, NETWORK_POSITION

#: Highest reselection priority there is (TS 36.331 6.3.4).
_TOP_PRIORITY: Final = 7
_PRIORITIES: Final = 8
_NETWORKS: Final = 256
_CELLS_OF_A_PROBE: Final = 64

#: What a cell may broadcast that is odd, and the sentence for it.
LURES: Final = {
    "very_short_timer": "asks phones to report every few minutes",
    "short_timer": "asks phones to report unusually often",
    "offset": "makes itself look much stronger than it is",
    "hysteresis": "makes it hard for phones to leave",
    "few_neighbours": "names hardly any neighbour that phones could move to",
    "priority": "puts itself before the cells that phones should prefer",
    "few_blocks": "broadcasts hardly any system information",
}


class Probe(msgspec.Struct):
    """Screening state of one device: cells it was counted for, RATs whose neighbours it reads."""

    rx: int
    said: dict[str, int] = {}
    reads: list[int] = []


class Probes(msgspec.Struct):
    """Screening state of a partition: devices by name."""

    by_name: dict[str, Probe] = {}
    swept_ms: int = 0


class Habits(msgspec.Struct):
    """What a network's cells broadcast in one RAT: reports, those with each lure, priorities."""

    reports: float = 0.0
    lures: dict[str, float] = {}
    priorities: list[float] = []


class Ledger(msgspec.Struct):
    """Judging state of one zone: habits by network and RAT, and findings that are due."""

    habits: dict[str, Habits] = {}
    due: list[Finding] = []
    halved_ms: int = 0


class BroadcastLure(Rule, frozen=True, kw_only=True):
    """System information that attracts or holds phones as the network's own cells don't.

    What it sees, in the `broadcast` of probes that decode system information: a periodic update
    timer below 54 or 30 minutes (the shortest honest one ever observed is 60; 0 means never), a
    reselection offset above 40 dB, a hysteresis above 9 dB, at most one neighbour, fewer than two
    scheduled blocks, and a reselection priority that outranks: in GSM and UMTS above all that the
    network's LTE cells have, in LTE and 5G the highest there is.

    Why a rogue station does it: phones change cells by these rules, so they are how to attract
    phones without more power, and how to keep them.

    Why an honest network may, each with a parameter that turns the excuse off:

    * `excuse_usual` (F14): what at least `usual_share` of the reports of the network's registered
      cells have is its habit.
    * `excuse_legacy_priorities` (F15): the same for priorities, which in some networks prefer UMTS.
    * `excuse_no_neighbours` (F17): some phones and some RATs tell of no neighbours at all: it says
      something only of a device that has read longer lists in that RAT, in a network whose cells
      otherwise name more.

    The sum of a cell's lures is bounded by `most_weight`, and `cap` is so low that this rule can't
    raise an alert by itself, however many probes agree.

    References: detection notes R11, A10, A16 to A19; SnoopSnitch's weights.

    >>> from detectors.columns import Broadcast
    >>> told = Broadcast(*(np.array([value]) for value in (6.0, 60.0, *[np.nan] * 6)))
    >>> cell = {"rat": [1], "mcc": [460], "mnc": [0], "area": [61001], "cell": [7]}
    >>> heard = Measurements.of(ts_ms=[0], device=["a"], broadcast=told, **cell)
    >>> rule, ledger = BroadcastLure(), Ledger()
    >>> for norm in rule.screen(Probes(), heard, Register.empty(), Origin("", 0)).norms:
    ...     rule.hear(ledger, norm)
    >>> [(finding.values["lures"], finding.weight) for finding in rule.judge(ledger, 0)]
    [('very_short_timer offset', 2.0)]
    """

    name: ClassVar[str] = "broadcast_lure"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "protocol"
    reads: ClassVar[tuple[type[Batch], ...]] = (Measurements,)
    horizon_ms: ClassVar[int] = 900_000

    very_short_timer_min: float = 30.0
    short_timer_min: float = 54.0
    offset_db: float = 40.0
    hysteresis_db: float = 9.0
    most_neighbours: float = 1.0
    least_blocks: float = 2.0
    very_short_timer_weight: float = 1.5
    short_timer_weight: float = 0.7
    offset_weight: float = 1.0
    hysteresis_weight: float = 0.5
    few_neighbours_weight: float = 1.0
    priority_weight: float = 1.0
    few_blocks_weight: float = 0.3
    most_weight: float = 2.0
    cap: float = 3.0
    usual_share: float = 0.05
    least_reports: float = 10.0
    usual_half_life_s: float = 86_400.0
    excuse_usual: bool = True
    excuse_legacy_priorities: bool = True
    excuse_no_neighbours: bool = True

    @classmethod
    def tells(cls, who: str, claimed: str, values: dict[str, str | int | float | None]) -> str:
        told = [LURES[word] for word in str(values.get("lures", "")).split() if word in LURES]
        return f"{who} heard that {claimed} {' and '.join(told) or 'lures phones'}"

    def new_state(self) -> Probes:
        return Probes()

    def screen(self, state: Probes, batch: Batch, register: Register, origin: Origin) -> Screened:
        """A norm of each cell that a probe reads, once within the horizon."""
        assert isinstance(batch, Measurements)
        heard = batch.broadcast
        told = ~np.isnan(heard.t3212_min) | ~np.isnan(heard.cell_reselect_offset_db)
        for column in (
            heard.reselect_hysteresis_db,
            heard.neighbours_advertised,
            heard.sib_count,
            heard.reselect_priority,
        ):
            told |= ~np.isnan(column)
        rows = np.flatnonzero(told)
        norms: list[Norm] = []
        if not len(rows):
            return Screened()
        some = batch.take(rows)
        known = how_known(some, register)
        lures = self._lures(some)
        for at, source in iterate(some, np.arange(len(rows), dtype=np.int64), origin):
            who, rx = some.device[at], int(some.rx_ms[at])
            probe = state.by_name.get(who)
            if probe is None or rx - probe.rx > self.horizon_ms:
                probe = state.by_name[who] = Probe(rx)
            probe.rx = rx
            words = [word for word, odd in lures.items() if odd[at]]
            rat = int(some.rat[at])
            if some.broadcast.neighbours_advertised[at] > self.most_neighbours:
                if rat not in probe.reads:
                    probe.reads.append(rat)
            elif self.excuse_no_neighbours and rat not in probe.reads:
                words = [word for word in words if word != "few_neighbours"]
            priority = optional(some.broadcast.reselect_priority[at])
            claimed = claimed_of(some, at)
            key = f"{claimed.rat}-{claimed.mcc}-{claimed.mnc}-{claimed.area}-{claimed.cell}"
            key = f"{key} {' '.join(words)} {priority}"
            last = probe.said.get(key)
            if last is not None and rx - last <= self.horizon_ms:
                continue
            probe.said.pop(key, None)
            probe.said[key] = rx
            if len(probe.said) > _CELLS_OF_A_PROBE:
                del probe.said[next(iter(probe.said))]
            usable = some.position_source[at] != NETWORK_POSITION
            norms.append(
                Norm(
                    detector=self.name,
                    kind="broadcast",
                    ts=int(some.ts_ms[at]),
                    rx_ts=rx,
                    space="device",
                    who=who,
                    claimed=claimed,
                    place=place_of(some, at) if usable else None,
                    signal_dbm=optional(some.signal_dbm[at]),
                    values={
                        "lures": " ".join(words),
                        "priority": priority,
                        "cell_known": KNOWN[known[at]],
                    },
                    source=source,
                )
            )
        self._sweep(state, int(batch.rx_ms.max(initial=0)))
        return Screened(norms=norms)

    def _lures(self, batch: Measurements) -> dict[str, Bool]:
        """What is odd by itself; comparisons with NaN are false."""
        heard = batch.broadcast
        timer = np.where(heard.t3212_min > 0, heard.t3212_min, np.nan)
        very_short = timer < self.very_short_timer_min
        newer = batch.rat >= LTE
        return {
            "very_short_timer": very_short,
            "short_timer": (timer < self.short_timer_min) & ~very_short,
            "offset": heard.cell_reselect_offset_db > self.offset_db,
            "hysteresis": heard.reselect_hysteresis_db > self.hysteresis_db,
            "few_neighbours": heard.neighbours_advertised <= self.most_neighbours,
            "priority": newer & (heard.reselect_priority >= _TOP_PRIORITY),
            "few_blocks": heard.sib_count < self.least_blocks,
        }

    def _sweep(self, state: Probes, now_ms: int) -> None:
        """Forgets devices beyond the horizon, at most once a minute of arrival time."""
        if now_ms - state.swept_ms < 60_000:
            return
        state.swept_ms = now_ms
        gone = [w for w, probe in state.by_name.items() if now_ms - probe.rx > self.horizon_ms]
        for who in gone:
            del state.by_name[who]

    def new_judgement(self) -> Ledger:
        return Ledger()

    def hear(self, state: Ledger, norm: Norm) -> None:
        self._halve(state, norm.rx_ts)
        claimed = norm.claimed
        assert claimed is not None
        network = f"{claimed.mcc}-{claimed.mnc}"
        habits = _habits(state, f"{network}-{claimed.rat}")
        words = str(norm.values["lures"]).split()
        priority = norm.values.get("priority")
        if isinstance(priority, float) and claimed.rat in ("gsm", "umts"):
            newer = [_habits(state, f"{network}-{rat}") for rat in ("lte", "nr")]
            if self._outranks(priority, newer):
                words.append("priority")
        odd = [word for word in words if not self._is_usual(habits, word)]
        weight = min(self.most_weight, sum(getattr(self, f"{word}_weight") for word in odd))
        if weight > 0.0:
            state.due.append(self._finding(norm, weight, odd))
        if norm.values.get("cell_known") == LISTED:
            habits.reports += 1.0
            for word in words:
                habits.lures[word] = habits.lures.get(word, 0.0) + 1.0
            if isinstance(priority, float) and 0 <= priority < _PRIORITIES:
                habits.priorities[int(priority)] += 1.0

    def next_due_ms(self, state: Ledger) -> int | None:
        return state.due[0].rx_ts if state.due else None

    def judge(self, state: Ledger, until_ms: int) -> list[Finding]:
        findings = [finding for finding in state.due if finding.rx_ts <= until_ms]
        state.due = [finding for finding in state.due if finding.rx_ts > until_ms]
        return findings

    def _outranks(self, priority: float, newer: list[Habits]) -> bool:
        """Whether a priority is above nearly all that the network's newer cells have."""
        counts = np.sum([habits.priorities for habits in newer], axis=0)
        told = float(counts.sum())
        return told >= self.least_reports and bool(
            counts[int(max(priority, 0.0)) :].sum() < self.usual_share * told
        )

    def _is_usual(self, habits: Habits, word: str) -> bool:
        """Whether a lure is a habit of the network, or not known to be none where that matters."""
        enough = habits.reports >= self.least_reports
        common = enough and habits.lures.get(word, 0.0) >= self.usual_share * habits.reports
        if word == "few_neighbours":
            return self.excuse_no_neighbours and (common or not enough)
        if word == "priority":
            return self.excuse_legacy_priorities and common
        return self.excuse_usual and common

    def _halve(self, state: Ledger, now_ms: int) -> None:
        """Habits are forgotten by halves."""
        if now_ms - state.halved_ms < self.usual_half_life_s * 1000:
            return
        state.halved_ms = now_ms
        for habits in state.habits.values():
            habits.reports /= 2
            habits.lures = {word: count / 2 for word, count in habits.lures.items()}
            habits.priorities = [count / 2 for count in habits.priorities]

    def _finding(self, norm: Norm, weight: float, odd: list[str]) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            family=self.family,
            ts=norm.ts,
            rx_ts=norm.rx_ts,
            weight=round(weight, 3),
            cap=self.cap,
            space=norm.space,
            who=norm.who,
            claimed=told_area(norm.claimed),
            place=norm.place,
            signal_dbm=norm.signal_dbm,
            values={"lures": " ".join(odd), "cell_known": norm.values.get("cell_known")},
            source=norm.source,
        )


def _habits(state: Ledger, key: str) -> Habits:
    habits = state.habits.setdefault(key, Habits(priorities=[0.0] * _PRIORITIES))
    if len(state.habits) > _NETWORKS:
        del state.habits[next(iter(state.habits))]
    return habits
