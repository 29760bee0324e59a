"""Subscribers whom the core network didn't know: counted apart, and distinguished from arrivals.

A phone that comes back in an odd way says most where the core had it before. One that the core
hasn't seen may have come back as well: the recording may have just begun, or the input may cover a
part of the network. It may also have arrived: from an aeroplane, out of a box, with the mains.
Arrivals are all unknown; victims of a transmitter are unknown no more often than other people
of that time.
"""

from math import inf, log
from typing import Final

import msgspec

from detectors.features.baselines.acquaintance import have_arrived, people_known
from detectors.features.baselines.habits import Habits, learned_habits, take_up_habits
from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.scan_statistic import Clusters, Found
from detectors.features.baselines.tiles import tiles_about
from detectors.model.finding import Observation
from detectors.rules.lost_area.left_out import Attached, LeftOut

#: What observations carry: how long before the core had dealt with the subscriber last, seconds;
#: ``None`` for strangers.
AWAY: Final = "away_s"
#: .. and whether it is only the location area that a phone lost, beside a good tracking area.
HALF: Final = "half"
#: .. and of an update whether it names no old area; ``None`` of attaches, which needn't.
UNNAMED: Final = "unnamed"
_MOST_USUAL: Final = 256
#: Of all who lose an area, the share who honestly lose the location area alone (chosen: only a
#: reject on GSM does that, and the core's own are known).
_HONEST_HALVES: Final = 0.1
#: Nats of their whole count that leave no doubt: among the some thousand places and windows that a
#: day of a city has, chance does as much in one of three days.
_NO_DOUBT: Final = 8.0


class Usual(msgspec.Struct, array_like=True):
    """One plain observation: arrival (ms), the tile of its place, and what it carries as `AWAY`."""

    rx_ms: int
    tile: str
    away_s: int | None


class Returns(msgspec.Struct, frozen=True):
    """How many usually come back without an area, by place: people whom the core knew, strangers,
    and those who lost half of it."""

    known: Habits = Habits()
    strangers: Habits = Habits()
    halves: Habits = Habits()


class Acquaintance(msgspec.Struct):
    """Judging state of one zone: those whom the core knew, strangers, and whom it usually knows;
    apart from both those who lost but half of their area, since who arrives or was switched off
    comes with none.

    ``usual`` holds the last plain observations; ``began_ms`` is the arrival of the zone's first
    observation.
    """

    known: Clusters = msgspec.field(default_factory=Clusters)
    strangers: Clusters = msgspec.field(default_factory=Clusters)
    halves: Clusters = msgspec.field(default_factory=Clusters)
    left_out: LeftOut = msgspec.field(default_factory=LeftOut)
    usual: list[Usual] = []
    began_ms: int | None = None

    def observe(self, observation: Observation, outlook: Outlook) -> None:
        """Counts an observation with those alike."""
        away_s = observation.values[AWAY]
        if observation.kind == "attached":
            tile = tiles_about(observation.place, outlook.tile_m)[0]
            self.left_out.note_attached(Attached(observation.rx_ts, tile, away_s is not None))
            return
        if self.began_ms is None:
            self.began_ms = observation.rx_ts
        if observation.kind == "plain":
            if (unnamed := observation.values.get(UNNAMED)) is not None:
                self.left_out.note_update(bool(unnamed))
            tile = tiles_about(observation.place, outlook.tile_m)[0]
            self.usual.append(
                Usual(observation.rx_ts, tile, None if away_s is None else int(away_s))
            )
            del self.usual[:-_MOST_USUAL]
        if observation.kind == "plain" or observation.values.get(HALF):
            self.halves.observe(observation, outlook)
        if not observation.values.get(HALF):
            (self.strangers if away_s is None else self.known).observe(observation, outlook)

    def learned(self) -> Returns:
        """What all counts have learned of places."""
        counts = self.known, self.strangers, self.halves
        return Returns(*(learned_habits(each) for each in counts))

    def take_up(self, returns: Returns, now_ms: int, outlook: Outlook) -> None:
        """Puts that into a fresh state at arrival time ``now_ms``."""
        take_up_habits(self.known, returns.known, now_ms, outlook)
        take_up_habits(self.strangers, returns.strangers, now_ms, outlook)
        take_up_habits(self.halves, returns.halves, now_ms, outlook)

    def next_due_ms(self) -> int | None:
        """As `Clusters.next_due_ms`."""
        dues = (each.next_due_ms() for each in (self.known, self.strangers, self.halves))
        return min((due for due in dues if due is not None), default=None)

    def evaluate(
        self,
        until_ms: int,
        outlook: Outlook,
        most: float,
        horizon_ms: int = 2_700_000,
        arrival_chance: float = -1.0,
    ) -> list[Found]:
        """As `Clusters.evaluate`, of all.

        ``horizon_ms`` is how long the core's dealings are remembered. A stranger's weight is lower
        by the log of the strangers' share of all people: so much rarer is one among victims than
        among arrivals. Where the chance to find so few known among as many who came back about
        there, going by other places, is at most ``arrival_chance`` (below 0: never), they are
        arrivals and weigh nothing.
        """

        # A core that restarts makes phones attach; and a transmitter that reaches far is odd in
        # many places, but most where it stands.
        share = outlook.usual_share * _HONEST_HALVES
        alone = {"usual_share": share, "widespread": False, "no_doubt": _NO_DOUBT}
        of_halves = msgspec.structs.replace(outlook, **alone)

        def less(observation: Observation, now_ms: int) -> float:
            here = tiles_about(observation.place, outlook.tile_m)
            near = [each for each in self.usual if each.tile in here]
            near = [each for each in near if each.rx_ms >= now_ms - outlook.window_ms]
            elsewhere = [each for each in self.usual if each.tile not in here]
            others = ((each.rx_ms, each.away_s) for each in elsewhere)
            people = people_known(others, now_ms - horizon_ms, self.began_ms or 0, horizon_ms)
            odd = self.known.near(observation, now_ms, outlook)
            known = odd + sum(each.away_s is not None for each in near)
            count = odd + self.strangers.near(observation, now_ms, outlook) + len(near)
            if have_arrived(known, count, *people, arrival_chance):
                return inf
            return -log((people[0] - people[1] + 1) / (people[0] + 2))

        def least(observation: Observation, now_ms: int) -> float:
            here = tiles_about(observation.place, outlook.tile_m)
            since_ms = now_ms - outlook.hold_ms - outlook.window_ms
            known = observation.values[AWAY] is not None
            return self.left_out.expected(here, known, since_ms)

        return [
            *self.known.evaluate(until_ms, outlook, most, least=least),
            *self.strangers.evaluate(until_ms, outlook, most, less, least),
            *self.halves.evaluate(until_ms, of_halves, most),
        ]
