"""Mismatches counted by place, all and those that name the same area.

Victims of a transmitter name its area, all the same one. Honest mismatches name the areas of their
place: those of GSM to which calls fall back, those of cells that the core's feed leaves out. So an
area is expected to be named by its share of the mismatches that the place had before; and until it
has had some, by its share of the register's cells about there.
"""

from typing import Final

import msgspec

from detectors.features.baselines.habits import Habits, learned_habits, take_up_habits
from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.scan_statistic import TARGET, Clusters, Found
from detectors.model.finding import Observation, Source

#: What an odd observation carries: the share of the register's cells about it that have the area
#: which it names, 0 to 1.
CELLS_SHARE: Final = "cells_share"
#: So many mismatches of a place say as much about its next one as the register's cells (chosen).
_CELLS_COUNT_AS: Final = 4.0
#: Bound of what is remembered as found.
_MOST_FOUND: Final = 512


class MismatchHabits(msgspec.Struct, frozen=True):
    """How many mismatches there usually are by place, and how many by area and place."""

    all: Habits = Habits()
    by_area: Habits = Habits()


class Mismatches(msgspec.Struct):
    """Judging state of one zone; ``found`` are the newest messages that were found, which are
    found once."""

    all: Clusters = msgspec.field(default_factory=Clusters)
    by_area: Clusters = msgspec.field(default_factory=Clusters)
    found: list[Source] = []

    def observe(self, observation: Observation, outlook: Outlook) -> None:
        """Counts an observation."""
        self.all.observe(observation, outlook)
        if observation.kind == "odd" and (named := observation.claimed) is not None:
            target = f"{named.mcc}-{named.mnc}-{named.area}"
            values = {**observation.values, TARGET: target}
            observation = msgspec.structs.replace(observation, values=values)
        self.by_area.observe(observation, outlook)

    def next_due_ms(self) -> int | None:
        """As `Clusters.next_due_ms`."""
        dues = (self.all.next_due_ms(), self.by_area.next_due_ms())
        return min((due for due in dues if due is not None), default=None)

    def evaluate(self, until_ms: int, outlook: Outlook, most: float) -> list[Found]:
        """As `Clusters.evaluate`, of all; each by that count which says more."""
        of_area = msgspec.structs.replace(outlook, crowd=False)

        def least(observation: Observation, now_ms: int) -> float:
            expected, before = self.all.usually(_of_place(observation), now_ms, outlook)
            _, same = self.by_area.usually(observation, now_ms, of_area)
            prior = _CELLS_COUNT_AS * float(observation.values.get(CELLS_SHARE) or 0.0)
            return expected * (prior + same) / (_CELLS_COUNT_AS + before)

        best: dict[Source, Found] = {}
        for each in self.all.evaluate(until_ms, outlook, most):
            best[each.observation.source] = each
        for each in self.by_area.evaluate(until_ms, of_area, most, least=least):
            known = best.setdefault(each.observation.source, each)
            if each.weight > known.weight:
                best[each.observation.source] = each
        fresh = {source: each for source, each in best.items() if source not in self.found}
        self.found = [*self.found, *fresh][-_MOST_FOUND:]
        return list(fresh.values())

    def learned(self) -> MismatchHabits:
        """What all counts have learned of places."""
        return MismatchHabits(learned_habits(self.all), learned_habits(self.by_area))

    def take_up(self, habits: MismatchHabits, now_ms: int, outlook: Outlook) -> None:
        """Puts that into a fresh state at arrival time ``now_ms``."""
        take_up_habits(self.all, habits.all, now_ms, outlook)
        take_up_habits(self.by_area, habits.by_area, now_ms, outlook)


def _of_place(observation: Observation) -> Observation:
    """The observation as it counts among all of its place."""
    values = {name: value for name, value in observation.values.items() if name != TARGET}
    return msgspec.structs.replace(observation, values=values)
