"""By how much all else has grown: what grows with all else is no surge."""

from dataclasses import dataclass
from functools import cached_property

from detectors.features.memory.two_hours import HOUR_MS
from detectors.rules.group_surge.watch import Group, Watch, count_by, name_of


@dataclass(frozen=True)
class Seen:
    """A group within a window from ``from_ms`` on, among all calls of its origin, and beside those
    of all other origins."""

    state: Watch
    group: Group
    every: Group
    others: Group
    from_ms: int
    window_ms: int

    @cached_property
    def hours(self) -> float:
        """How many hours of a usual pace the window counts for, by the hour of the day."""
        season = self.state.habits.season(self.from_ms + self.window_ms)
        return self.window_ms / HOUR_MS * season


def growth(seen: Seen, *, everywhere: bool, rerouted: bool) -> float:
    """How many times the usual all else has, at least 1.

    ``everywhere`` compares with all other origins, and with other regions or trunks; ``rerouted``
    with other origins on the trunk.
    """
    growths = [1.0]
    if everywhere:
        growths += [_of_others(seen, ""), _of_sisters(seen)]
    if rerouted and seen.group.trunk:
        growths.append(_of_others(seen, seen.group.trunk))
    return max(growths)


def _of_others(seen: Seen, trunk: str) -> float:
    """That of all other origins, all in all or on a trunk."""
    usual = seen.state.usual_of_others(seen.group.origin, trunk) * seen.hours
    return (seen.others.of(trunk, "", seen.from_ms).amount + 1.0) / (usual + 1.0)


def _of_sisters(seen: Seen) -> float:
    """That of the lesser half of the regions or trunks beside it: a campaign may be in many of
    them, but not in all."""
    place = 2 if seen.group.region else 1
    own = seen.group.region or seen.group.trunk
    if not own:
        return 1.0
    recent = count_by(seen.every.of("", "", seen.from_ms).calls, place)
    habits, counts = seen.state.habits, []
    for name in seen.state.names(place):
        if name != own:
            pair = (name, "") if place == 1 else ("", name)
            cell = name_of(seen.group.origin, *pair)
            usual = habits.cells.get(cell, 0.0) / max(habits.hours, 1e-9)
            counts.append((recent[name], usual * seen.hours))
    counts.sort(key=lambda each: (each[0] + 0.5) / (each[1] + 0.5))
    least = counts[: (len(counts) + 1) // 2]
    return (sum(n for n, _ in least) + 1.0) / (sum(usual for _, usual in least) + 1.0)
