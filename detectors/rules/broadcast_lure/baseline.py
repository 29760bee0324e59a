"""What the cells of a zone's networks broadcast: the judging memory of
`detectors.rules.broadcast_lure.rule`.
"""

from typing import Annotated, Final, TypeAlias

import msgspec
import numpy as np
from msgspec import Meta

from detectors.features.memory.lru import keep
from detectors.features.memory.pending_findings import Due

#: Reselection priorities that there are (TS 36.331 6.3.4): 0 to 7.
PRIORITIES: Final = 8
_NETWORKS: Final = 256
#: Cells with lures that a zone remembers.
_CELLS: Final = 1024
Amount: TypeAlias = Annotated[float, Meta(ge=0.0, le=1e9)]


class Habits(msgspec.Struct):
    """What a network's cells broadcast in one RAT: reports, those with each lure, priorities."""

    reports: float = 0.0
    lures: dict[str, float] = {}
    priorities: list[float] = []

    def note(self, lures: list[str], priority: float | None) -> None:
        """Takes in what one registered cell broadcasts."""
        self.reports += 1.0
        for name in lures:
            self.lures[name] = self.lures.get(name, 0.0) + 1.0
        if priority is not None and 0 <= priority < PRIORITIES:
            self.priorities[int(priority)] += 1.0

    def halve(self) -> None:
        """Forgets half."""
        self.reports /= 2
        self.lures = {name: count / 2 for name, count in self.lures.items()}
        self.priorities = [count / 2 for count in self.priorities]


class NetworkHabits(msgspec.Struct, frozen=True):
    """`Habits` of one ``network`` and RAT."""

    network: Annotated[str, Meta(max_length=40)]
    reports: Amount
    lures: Annotated[dict[Annotated[str, Meta(max_length=40)], Amount], Meta(max_length=16)]
    priorities: Annotated[tuple[Amount, ...], Meta(min_length=PRIORITIES, max_length=PRIORITIES)]


class LearnedHabits(msgspec.Struct, frozen=True):
    """The habits that a zone has learned."""

    networks: Annotated[tuple[NetworkHabits, ...], Meta(max_length=_NETWORKS)] = ()


class Ledger(Due):
    """Judging state of one zone: habits by network and RAT, what of them single cells with lures
    have brought, and findings that are due."""

    habits: dict[str, Habits] = msgspec.field(default_factory=dict)
    halved_ms: int = 0
    of_cells: dict[str, Habits] = msgspec.field(default_factory=dict)

    def of(self, network: str, rat: str | None) -> Habits:
        """A network's habits in one RAT, with room made for new ones."""
        fresh = Habits(priorities=[0.0] * PRIORITIES)
        habits = self.habits.setdefault(f"{network}-{rat}", fresh)
        if len(self.habits) > _NETWORKS:
            del self.habits[next(iter(self.habits))]
        return habits

    def note(self, cell: str, habits: Habits, lures: list[str], priority: float | None) -> None:
        """Takes in what a registered cell of a network with such habits broadcasts."""
        habits.note(lures, priority)
        own = self.of_cells.pop(cell, None)
        if own is not None or lures:
            own = own or Habits()
            own.note(lures, None)
            keep(self.of_cells, cell, own, _CELLS)

    def share_of_others(self, cell: str, habits: Habits, lure: str) -> tuple[float, float]:
        """How many reports of a network's other cells there are, and the share that has a lure. A
        clone is reported as a registered cell, and must not make its lures the network's habit."""
        own = self.of_cells.get(cell, Habits())
        reports = habits.reports - own.reports
        with_it = habits.lures.get(lure, 0.0) - own.lures.get(lure, 0.0)
        return reports, with_it / reports if reports > 0.0 else 0.0

    def halve(self, now_ms: int, half_life_ms: float) -> None:
        """Forgets habits by halves."""
        if now_ms - self.halved_ms < half_life_ms:
            return
        self.halved_ms = now_ms
        for habits in (*self.habits.values(), *self.of_cells.values()):
            habits.halve()

    def learned(self) -> LearnedHabits:
        """All habits."""
        return LearnedHabits(
            tuple(
                NetworkHabits(name, each.reports, dict(each.lures), tuple(each.priorities))
                for name, each in self.habits.items()
            )
        )

    def take_up(self, learned: LearnedHabits, now_ms: int) -> None:
        """Puts habits into a fresh state; their next half life begins now."""
        self.halved_ms = now_ms
        for each in learned.networks:
            self.habits[each.network] = Habits(
                each.reports, dict(each.lures), list(each.priorities)
            )


def outranks(priority: float, newer: list[Habits], least_reports: float, usual: float) -> bool:
    """Whether fewer than a share ``usual`` of the newer cells have that priority or a higher one.

    False without ``least_reports`` of theirs that have one.
    """
    counts = np.sum([habits.priorities for habits in newer], axis=0)
    known = float(counts.sum())
    return known >= least_reports and bool(counts[int(max(priority, 0.0)) :].sum() < usual * known)
