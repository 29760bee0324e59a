"""Mismatches counted by place, all and those that name the same area.

Victims of a transmitter name its area, all the same one. Honest mismatches name the areas of their
place: those of GSM to which calls fall back, those of cells that the core's input leaves out, those
from which people come. So of an area as many are expected as its share of the mismatches that the
place had before; until it has had some, as its share of the register's cells about there; and at
least its share of those elsewhere, since after an outage of the core everybody is out of step.

Victims come back on the cells about, each on another one. Where many come from one area on one cell
it is that cell: it reaches far, or the register has it in a wrong place. So of those who come back
on one site but two count.

What stays is learned here within an hour, though a transmitter did it: honest mismatches come in
bursts, each of one area. The count of all doesn't learn what it finds.
"""

from itertools import islice
from operator import attrgetter
from typing import Final

import msgspec

from detectors.features.baselines.cluster_rule import each_once, first_due_ms
from detectors.features.baselines.habits import Habits, learned_habits, take_up_habits
from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.scan_statistic import TARGET, Clusters, Found, around
from detectors.features.baselines.tiles import Tile, roll
from detectors.model.finding import Observation

#: What an odd observation carries: the share of the register's cells about it that have the area
#: which it names, 0 to 1; and the site on which somebody came back, as far as it is known.
CELLS_SHARE: Final = "cells_share"
SITE: Final = "site"
#: So many mismatches of a place say as much about its next one as the register's cells; and however
#: many it has had, an area is named by this share of its cells' share (chosen: calls may fall back
#: one day that didn't before).
_CELLS_COUNT_AS: Final = 4.0
_LEAST_OF_CELLS: Final = 0.25
#: Mismatches elsewhere that say nothing of an area yet (chosen).
_FEW_ELSEWHERE: Final = 20.0
#: So many must name an area: somebody else always happens to name the same one (chosen).
_LEAST_NAMING: Final = 4
#: So many count of those who come back on one site (chosen).
_MOST_OF_SITE: Final = 2
#: Bounds of the state: areas, and the same by sites.
_MOST_AREAS, _MOST_BY_SITE = 256, 2048


class MismatchHabits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many mismatches there usually are by place, and how many by area and place."""

    all: Habits = Habits()
    by_area: Habits = Habits()


class Mismatches(msgspec.Struct, forbid_unknown_fields=True):
    """Judging state of one zone. ``areas`` counts those of the whole zone by area; ``on_sites`` are
    those who came back from an area on a site lately, and ``found`` messages that were found lately
    (arrival times, ms), since each is found once."""

    all: Clusters = msgspec.field(default_factory=Clusters)
    by_area: Clusters = msgspec.field(default_factory=Clusters)
    areas: dict[str, Tile] = {}
    on_sites: dict[str, dict[str, int]] = {}
    found: dict[str, int] = {}

    def observe(self, observation: Observation, outlook: Outlook) -> None:
        """Counts an observation."""
        window = observation.rx_ts // outlook.window_ms
        roll(self.all.zone, window)
        before = self.all.zone.odd
        self.all.observe(observation, outlook)
        if observation.kind != "odd" or (named := observation.claimed) is None:
            self.by_area.observe(observation, outlook)
            return
        target = f"{named.mcc}-{named.mnc}-{named.area}"
        if self.all.zone.odd > before:
            area = self.areas[target] = self.areas.pop(target, Tile(window))
            roll(area, window)
            area.odd += 1
            if len(self.areas) > _MOST_AREAS:
                del self.areas[next(iter(self.areas))]
        if self.all.passes_over(observation, outlook):
            return
        if self._counts(observation, target, outlook):
            values = {**observation.values, TARGET: target}
            self.by_area.observe(msgspec.structs.replace(observation, values=values), outlook)

    def next_due_ms(self) -> int | None:
        """As `Clusters.next_due_ms`."""
        return first_due_ms(self.all, self.by_area)

    def evaluate(self, until_ms: int, outlook: Outlook, most: float) -> list[Found]:
        """As `Clusters.evaluate`, of all; each by that count which says more."""
        found: list[Found] = []
        while (due := self.next_due_ms()) is not None and due <= until_ms:
            found += self._evaluate(due, outlook, most)
        return found

    def learned(self) -> MismatchHabits:
        """What all counts have learned of places."""
        return MismatchHabits(learned_habits(self.all), learned_habits(self.by_area))

    def take_up(self, habits: MismatchHabits, now_ms: int, outlook: Outlook) -> None:
        """Puts that into a fresh state at arrival time ``now_ms``."""
        take_up_habits(self.all, habits.all, now_ms, outlook)
        take_up_habits(self.by_area, habits.by_area, now_ms, outlook)

    def _counts(self, observation: Observation, target: str, outlook: Outlook) -> bool:
        """Whether somebody is among the few that count of those who come back on a site."""
        site = observation.values.get(SITE) or observation.values.get("seen_on")
        if site is None:
            return True
        key = f"{target}|{site}|{around(observation, outlook.tile_m)[0]}"
        since_ms = observation.rx_ts - outlook.window_ms
        lately = {who: rx for who, rx in self.on_sites.pop(key, {}).items() if rx >= since_ms}
        if observation.who in lately or len(lately) < _MOST_OF_SITE:
            lately[observation.who] = observation.rx_ts
        self.on_sites[key] = lately
        # Those unseen for longest come first.
        for oldest in list(islice(self.on_sites, 2)):
            is_over = max(self.on_sites[oldest].values()) < since_ms
            if is_over or len(self.on_sites) > _MOST_BY_SITE:
                del self.on_sites[oldest]
        return observation.who in lately

    def _evaluate(self, due_ms: int, outlook: Outlook, most: float) -> list[Found]:
        """Those due at a time."""

        def least(observation: Observation, now_ms: int) -> float:
            return self._expected(observation, now_ms, outlook)

        of_area = msgspec.structs.replace(
            outlook,
            crowd=False,
            widespread=False,
            least_subscribers=max(_LEAST_NAMING, outlook.least_subscribers),
        )
        of_all = list(self.all.evaluate(due_ms, outlook, most))
        by_area = list(self.by_area.evaluate(due_ms, of_area, most, least=least))
        for each in by_area:
            self._let_learn(each.observation, outlook)
        return each_once([*of_all, *by_area], self.found, due_ms, outlook, attrgetter("weight"))

    def _expected(self, observation: Observation, now_ms: int, outlook: Outlook) -> float:
        """How many would name an observation's area about its place without a transmitter."""
        expected, before, here = self.all.usually(_of_place(observation), now_ms, outlook)
        _, same, of_area = self.by_area.usually(observation, now_ms, outlook)
        of_cells = float(observation.values.get(CELLS_SHARE) or 0.0)
        share = (_CELLS_COUNT_AS * of_cells + same) / (_CELLS_COUNT_AS + before)
        area = self.areas.get(str(observation.values[TARGET]))
        elsewhere = self.all.zone.odd + self.all.zone.odd_before - here
        if area is not None and elsewhere > 0:
            roll(area, now_ms // outlook.window_ms)
            named = area.odd + area.odd_before - of_area
            share = max(share, named / max(elsewhere, _FEW_ELSEWHERE))
        return expected * max(share, _LEAST_OF_CELLS * of_cells)

    def _let_learn(self, observation: Observation, outlook: Outlook) -> None:
        """A window teaches little of an area only where it does so of the whole place: honest
        mismatches come in bursts, each of one area."""
        for name in around(observation, outlook.tile_m):
            tile, place = self.by_area.tiles.get(name), self.all.tiles.get(name.rpartition("|")[2])
            if tile is not None:
                tile.flagged &= place is not None and place.flagged


def _of_place(observation: Observation) -> Observation:
    """The observation as it counts among all of its place."""
    values = {name: value for name, value in observation.values.items() if name != TARGET}
    return msgspec.structs.replace(observation, values=values)
