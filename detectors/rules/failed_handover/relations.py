"""Failures towards targets that nobody has, and towards listed cells that are not where they seem.

A clone of a listed cell is reported under that cell's code, and calls are sent to the cell, which
lies out of reach; from where that is no neighbour they are sent to nobody. Honest handovers to a
listed cell fail as well: it is full, or has just gone off. Then the very cells fail from which
calls went there before, or still do. So of failures towards a listed target those count whose
source cell was seen to hand calls over, but never to it. And what fails from the beginning of a
recording on is a relation that has gone stale, which it has been for long.

What is counted towards one target is compared with what places elsewhere have towards one, not with
all that fails there: a city of hundreds of relations has some failures everywhere, each towards
another target. Only where a target failed from the beginning on, or an hour ago already, may it be
a relation that has gone stale, of which calls are many: it may have as many as all of a place.
"""

from statistics import median_high
from typing import Final

import msgspec

from detectors.features.baselines.cluster_rule import first_due_ms
from detectors.features.baselines.habits import Habits, learned_habits, take_up_habits
from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.scan_statistic import TARGET, Clusters, Found, around
from detectors.features.baselines.tiles import Tile, own_tile, roll
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
#: What findings about targets carry that have only begun to fail.
BEGAN: Final = "began"
#: Places at which a listed target failed from the start.
_MOST_OLD: Final = 1024
#: Targets of failures that are counted, and places at which they failed.
_MOST_TARGETS, _MOST_FIRST = 1024, 8192
#: What failed so long ago (ms) has done so for long: at night a relation has calls now and then.
_LONG_MS: Final = 3_600_000
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
    zone's first window, which began at ``began_ms``. Of failures to nowhere ``first`` has when each
    target failed first in a place (arrival, ms), and ``targets`` counts those of the whole zone."""

    nowhere: Clusters = msgspec.field(default_factory=Clusters)
    all: Clusters = msgspec.field(default_factory=Clusters)
    works: SeenBefore = msgspec.field(default_factory=SeenBefore)
    sources: SeenBefore = msgspec.field(default_factory=SeenBefore)
    old: dict[str, int] = {}
    began_ms: int | None = None
    first: dict[str, int] = {}
    targets: dict[str, Tile] = {}

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
            self._observe_nowhere(observation, outlook)
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
        of_one = msgspec.structs.replace(outlook, crowd=False, widespread=False)
        of_targets = dict[int, int]()

        def least(observation: Observation, now_ms: int) -> float:
            return self._expected(observation, now_ms, outlook, of_targets)

        nowhere = self.nowhere.evaluate(until_ms, of_one, most, least=least)
        return [
            *(self._noted(each, outlook) for each in nowhere),
            *(each for each in by_all if self._is_strange(each.observation, outlook)),
        ]

    def learned(self) -> FailureHabits:
        """What both counts have learned of places."""
        return FailureHabits(learned_habits(self.nowhere), learned_habits(self.all))

    def take_up(self, habits: FailureHabits, now_ms: int, outlook: Outlook) -> None:
        """Puts that into a fresh state at arrival time ``now_ms``."""
        take_up_habits(self.nowhere, habits.nowhere, now_ms, outlook)
        take_up_habits(self.all, habits.all, now_ms, outlook)

    def _observe_nowhere(self, observation: Observation, outlook: Outlook) -> None:
        """Counts a failure to nowhere, a success towards the same, or a plain handover."""
        window = observation.rx_ts // outlook.window_ms
        roll(self.nowhere.zone, window)
        before = self.nowhere.zone.odd
        self.nowhere.observe(observation, outlook)
        if observation.kind == "odd":
            name = around(observation, outlook.tile_m, own_tile)[0]
            since_ms = self.first.pop(name, observation.rx_ts)
            keep(self.first, name, since_ms, _MOST_FIRST)
        if self.nowhere.zone.odd > before:
            target = str(observation.values[TARGET])
            counted = self.targets.pop(target, None) or Tile(window)
            roll(counted, window)
            counted.odd += 1
            keep(self.targets, target, counted, _MOST_TARGETS)

    def _expected(
        self, observation: Observation, now_ms: int, outlook: Outlook, of_targets: dict[int, int]
    ) -> float:
        """How many failures the place would have towards an observation's target without a
        transmitter: as many as all of it, as far as crowds and outages are considered; and where
        the target hasn't failed for long, no more than most targets have in the whole zone,
        by as many times as there is more traffic here. Of several transmitters none makes others
        usual, as a mean would. ``of_targets`` keeps by window what most targets have."""
        of_all, _, _ = self.nowhere.usually(observation, now_ms, outlook)
        if self._fails_for_long(observation, now_ms, outlook):
            return of_all
        window = now_ms // outlook.window_ms
        if window not in of_targets:
            lately = [_lately(each, window) for each in self.targets.values()]
            of_targets[window] = median_high([1, *filter(None, lately)])
        times = max(self.nowhere.crowding(observation, now_ms, outlook), 1.0)
        return min(of_all, of_targets[window] * times)

    def _fails_for_long(self, observation: Observation, now_ms: int, outlook: Outlook) -> bool:
        """Whether an observation's target failed about its place when the zone's recording began,
        or an hour ago."""
        known = map(self.first.get, around(observation, outlook.tile_m))
        since_ms = min((ms for ms in known if ms is not None), default=now_ms)
        if self.began_ms is None or since_ms - self.began_ms < outlook.window_ms:
            return True
        return now_ms - since_ms > _LONG_MS

    def _noted(self, found: Found, outlook: Outlook) -> Found:
        """What was found, with whether its target has only begun to fail."""
        about = found.observation
        if self._fails_for_long(about, found.rx_ms, outlook):
            return found
        about = msgspec.structs.replace(about, values={**about.values, BEGAN: 1})
        return msgspec.structs.replace(found, observation=about)

    def _is_strange(self, observation: Observation, outlook: Outlook) -> bool:
        """Whether it is towards a listed target, of a cell that does hand calls over, but hasn't
        done so to it meanwhile, and which didn't fail here when the recording began."""
        relation = observation.values.get(RELATION)
        if relation is None or self.works.has(str(relation)):
            return False
        if not self.sources.has(_source_of(observation)):
            return False
        return around(observation, outlook.tile_m)[0] not in self.old


def _lately(target: Tile, window: int) -> int:
    """Failures towards a target in the present window, or the one before where these were more."""
    roll(target, window)
    return max(target.odd, target.odd_before)


def _source_of(observation: Observation) -> str:
    return str(observation.values.get("seen_on"))
