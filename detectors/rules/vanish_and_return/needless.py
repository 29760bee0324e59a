"""Needless updates, all and those into the same area, counted against what a place has of each.

A phone at the border of two areas goes back and forth, and updates on the same cell again within a
minute: hour after hour, wherever borders run through streets. It names the other area each time.
An update into the very area that the phone had is another thing, and in most places a rare one. In
one count the many of the first kind would hide those of the second; so these count apart as well.
"""

from itertools import chain
from typing import Final

import msgspec

from detectors.features.baselines.cluster_rule import each_once, first_due_ms
from detectors.features.baselines.habits import Habits, learned_habits, take_up_habits
from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.scan_statistic import Clusters, Found
from detectors.model.finding import Observation

#: What an odd observation carries: whether the old area is the present one.
SAME: Final = "same"


class NeedlessHabits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many needless updates there usually are by place: all, and into the same area."""

    all: Habits = Habits()
    same: Habits = Habits()


class Needless(msgspec.Struct, forbid_unknown_fields=True):
    """Judging state of one zone: ``all`` updates, and those into the ``same`` area. ``found`` are
    messages that were found lately (arrival, ms), since each is found once."""

    all: Clusters = msgspec.field(default_factory=Clusters)
    same: Clusters = msgspec.field(default_factory=Clusters)
    found: dict[str, int] = {}

    def observe(self, observation: Observation, outlook: Outlook) -> None:
        """Counts an observation, a plain one with both."""
        self.all.observe(observation, outlook)
        if observation.kind == "plain" or observation.values.get(SAME):
            self.same.observe(observation, outlook)

    def next_due_ms(self) -> int | None:
        """As `Clusters.next_due_ms`."""
        return first_due_ms(self.all, self.same)

    def evaluate(self, until_ms: int, outlook: Outlook, most: float) -> list[Found]:
        """As `Clusters.evaluate`, of both; each by that count which says more."""
        found: list[Found] = []
        while (due := self.next_due_ms()) is not None and due <= until_ms:
            both = (each.evaluate(due, outlook, most) for each in (self.all, self.same))
            found += each_once(chain(*both), self.found, due, outlook, _says)
        return found

    def learned(self) -> NeedlessHabits:
        """What both counts have learned of places."""
        return NeedlessHabits(learned_habits(self.all), learned_habits(self.same))

    def take_up(self, habits: NeedlessHabits, now_ms: int, outlook: Outlook) -> None:
        """Puts that into a fresh state at arrival time ``now_ms``."""
        take_up_habits(self.all, habits.all, now_ms, outlook)
        take_up_habits(self.same, habits.same, now_ms, outlook)


def _says(found: Found) -> tuple[bool, float]:
    return found.wide, found.weight
