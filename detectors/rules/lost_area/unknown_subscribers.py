"""Subscribers whom the core network didn't know: counted apart, and distinguished from arrivals.

A phone that comes back in an odd way says most where the core had it before. One that the core
hasn't seen may have come back as well: the recording may have just begun, or the feed may cover a
part of the network. It may also have arrived: from an aeroplane, out of a box, with the mains.
Arrivals are all unknown; victims of a transmitter are unknown no more often than other people
of that time.
"""

from math import inf, log
from typing import Final

import msgspec

from detectors.features.baselines.habits import Habits, learned_habits, take_up_habits
from detectors.features.baselines.scan_statistic import Clusters, Found, Outlook
from detectors.features.baselines.tiles import tiles_about
from detectors.features.baselines.unknown_area_history import chance_of_so_few
from detectors.model.finding import Observation

#: What observations carry: how long before the core had dealt with the subscriber last, seconds;
#: ``None`` for strangers.
AWAY: Final = "away_s"
_MOST_USUAL: Final = 256


class Usual(msgspec.Struct, array_like=True):
    """One plain observation: arrival (ms), the tile of its place, and what it carries as `AWAY`."""

    rx_ms: int
    tile: str
    away_s: int | None


class Returns(msgspec.Struct, frozen=True):
    """How many usually come back without an area, by place: people whom the core knew, and
    strangers."""

    known: Habits = Habits()
    strangers: Habits = Habits()


class Acquaintance(msgspec.Struct):
    """Judging state of one zone: those whom the core knew, strangers, and whom it usually knows.

    ``usual`` holds the last plain observations; ``began_ms`` is the arrival of the zone's first
    observation.
    """

    known: Clusters = msgspec.field(default_factory=Clusters)
    strangers: Clusters = msgspec.field(default_factory=Clusters)
    usual: list[Usual] = []
    began_ms: int | None = None

    def observe(self, observation: Observation, outlook: Outlook) -> None:
        """Counts an observation with those alike."""
        away_s = observation.values[AWAY]
        if self.began_ms is None:
            self.began_ms = observation.rx_ts
        if observation.kind == "plain":
            tile = tiles_about(observation.place, outlook.tile_m)[0]
            self.usual.append(
                Usual(observation.rx_ts, tile, None if away_s is None else int(away_s))
            )
            del self.usual[:-_MOST_USUAL]
        (self.strangers if away_s is None else self.known).observe(observation, outlook)

    def learned(self) -> Returns:
        """What both counts have learned of places."""
        return Returns(learned_habits(self.known), learned_habits(self.strangers))

    def take_up(self, returns: Returns, now_ms: int, outlook: Outlook) -> None:
        """Puts that into a fresh state at arrival time ``now_ms``."""
        take_up_habits(self.known, returns.known, now_ms, outlook)
        take_up_habits(self.strangers, returns.strangers, now_ms, outlook)

    def next_due_ms(self) -> int | None:
        """As `Clusters.next_due_ms`."""
        dues = (self.known.next_due_ms(), self.strangers.next_due_ms())
        return min((due for due in dues if due is not None), default=None)

    def evaluate(
        self,
        until_ms: int,
        outlook: Outlook,
        most: float,
        horizon_ms: int = 2_700_000,
        arrival_chance: float = -1.0,
    ) -> list[Found]:
        """As `Clusters.evaluate`, of both.

        ``horizon_ms`` is how long the core's dealings are remembered. A stranger's weight is lower
        by the log of the strangers' share of all people: so much rarer is one among victims than
        among arrivals. Where the chance to find so few known among as many who came back about
        there, going by other places, is at most ``arrival_chance`` (below 0: never), they are
        arrivals and weigh nothing.
        """

        def less(observation: Observation, now_ms: int) -> float:
            here = tiles_about(observation.place, outlook.tile_m)
            near = [each for each in self.usual if each.tile in here]
            near = [each for each in near if each.rx_ms >= now_ms - outlook.window_ms]
            elsewhere = [each for each in self.usual if each.tile not in here]
            messages, usually = self._usually_known(elsewhere, now_ms - horizon_ms, horizon_ms)
            odd = self.known.near(observation, now_ms, outlook)
            known = odd + sum(each.away_s is not None for each in near)
            count = odd + self.strangers.near(observation, now_ms, outlook) + len(near)
            if chance_of_so_few(known, count, messages, usually) <= arrival_chance:
                return inf
            return -log((messages - usually + 1) / (messages + 2))

        return [
            *self.known.evaluate(until_ms, outlook, most),
            *self.strangers.evaluate(until_ms, outlook, most, less),
        ]

    def _usually_known(self, usual: list[Usual], since_ms: int, horizon_ms: int) -> tuple[int, int]:
        """How many messages there are, and of as many people how many the core knows.

        Who moves about sends more messages and is known sooner: each counts by the time since its
        last, so that all people count alike. A stranger's is at least as long as the recording.
        """
        began_ms = self.began_ms or 0
        known = strange = 0.0
        messages = 0
        for each in usual:
            if each.rx_ms < since_ms:
                continue
            messages += 1
            if each.away_s is None:
                strange += max(min(each.rx_ms - began_ms, horizon_ms) / 1000, 1.0)
            else:
                known += max(each.away_s, 0.0)  # messages may arrive out of order
        return messages, round(messages * known / max(known + strange, 1.0))
