"""Failures towards targets that nobody has, and towards listed cells that are not where they seem.

A clone of a listed cell is reported under that cell's code, and calls are sent to the cell, which
lies out of reach; from where that is no neighbour they are sent to nobody. Honest handovers to a
listed cell fail as well: it is full, or has just gone off. Then the very cells fail from which
calls went there before, or still do. So of failures towards a listed target those count whose
source cell was seen to hand calls over, but never to it. And what fails from the beginning of a
recording on is a relation that has gone stale, which it has been for long.
"""

from typing import Final

import msgspec

from detectors.features.baselines.cluster_rule import first_due_ms
from detectors.features.baselines.habits import Habits, learned_habits, take_up_habits
from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.scan_statistic import Clusters, Found, around
from detectors.features.callers.seen_before import SeenBefore
from detectors.features.memory.lru import keep
from detectors.model.finding import Observation

#: What an observation of a listed target carries: source cell and target. One that a call arrived
#: goes without where that isn't considered.
RELATION: Final = "relation"
#: What findings about listed targets carry.
LISTED: Final = "listed"
#: The kind of observation that says that a relation works.
WORKS: Final = "works"
#: Places at which a target failed from the start.
_MOST_OLD: Final = 1024
#: Relations that worked are known for so long, and as long again: calls go by most of them daily.
_KNOWN_MS: Final = 86_400_000


class FailureHabits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many failures there usually are by target and place: to nowhere, and all."""

    nowhere: Habits = Habits()
    all: Habits = Habits()


class Failures(msgspec.Struct, forbid_unknown_fields=True):
    """Judging state of one zone: failures to ``nowhere`` and ``all`` that count, by target and
    place. ``works`` are relations that worked, and ``sources`` cells that handed calls over: a city
    has a hundred thousand of the former. ``old`` are listed targets by place that failed in the
    zone's first window, which began at ``began_ms``."""

    nowhere: Clusters = msgspec.field(default_factory=Clusters)
    all: Clusters = msgspec.field(default_factory=Clusters)
    works: SeenBefore = msgspec.field(default_factory=SeenBefore)
    sources: SeenBefore = msgspec.field(default_factory=SeenBefore)
    old: dict[str, int] = {}
    began_ms: int | None = None

    def observe(self, observation: Observation, outlook: Outlook) -> None:
        """Counts an observation, of failures towards listed targets those that mean something."""
        if self.began_ms is None:
            self.began_ms = observation.rx_ts
        relation = observation.values.get(RELATION)
        if observation.kind == WORKS:
            self.sources.put(_source_of(observation), observation.rx_ts, _KNOWN_MS)
            if relation is not None:
                self.works.put(str(relation), observation.rx_ts, _KNOWN_MS)
        elif relation is None:
            self.nowhere.observe(observation, outlook)
            self.all.observe(observation, outlook)
        elif observation.rx_ts - self.began_ms < outlook.window_ms:
            for name in around(observation, outlook.tile_m):
                keep(self.old, name, observation.rx_ts, _MOST_OLD)
        elif not self.works.has(str(relation)):
            self.all.observe(observation, outlook)

    def next_due_ms(self) -> int | None:
        """As `Clusters.next_due_ms`."""
        return first_due_ms(self.nowhere, self.all)

    def evaluate(self, until_ms: int, outlook: Outlook, most: float) -> list[Found]:
        """As `Clusters.evaluate`: those to nowhere by themselves, others by all."""
        by_all = self.all.evaluate(until_ms, outlook, most)
        return [
            *self.nowhere.evaluate(until_ms, outlook, most),
            *(each for each in by_all if self._is_strange(each.observation, outlook)),
        ]

    def learned(self) -> FailureHabits:
        """What both counts have learned of places."""
        return FailureHabits(learned_habits(self.nowhere), learned_habits(self.all))

    def take_up(self, habits: FailureHabits, now_ms: int, outlook: Outlook) -> None:
        """Puts that into a fresh state at arrival time ``now_ms``."""
        take_up_habits(self.nowhere, habits.nowhere, now_ms, outlook)
        take_up_habits(self.all, habits.all, now_ms, outlook)

    def _is_strange(self, observation: Observation, outlook: Outlook) -> bool:
        """Whether it is towards a listed target, of a cell that does hand calls over, but hasn't
        done so to it meanwhile, and which didn't fail here when the recording began."""
        relation = observation.values.get(RELATION)
        if relation is None or self.works.has(str(relation)):
            return False
        if not self.sources.has(_source_of(observation)):
            return False
        return around(observation, outlook.tile_m)[0] not in self.old


def _source_of(observation: Observation) -> str:
    return str(observation.values.get("seen_on"))
