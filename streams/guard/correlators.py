"""How the correlator of a partition is made, for a worker and for a process that tries its turn."""

import logging
from collections.abc import Callable
from typing import Final

from detectors.correlate.correlator import Correlator
from detectors.correlate.state import CorrelatorState
from streams.config.settings import Settings
from streams.guard.turn_case import TurnCase
from streams.kafka.partitioning import partition_of
from streams.roads.road_file import road_map

_log = logging.getLogger(__name__)

#: Findings and observations that may wait for watermarks: many more than a recording at full speed
#: makes wait.
MOST_WAITING: Final = 500_000
_RULE_ANEW = (
    "The state of the rule %s in zone %s is of another release. The rule begins anew there."
)


class Correlators:
    """Makes them, with the settings of a worker, which waits for ``sources``; ``partitions`` is how
    many there are. ``opened`` is given each one's state."""

    def __init__(
        self,
        settings: Settings,
        sources: frozenset[tuple[str, int]],
        partitions: int,
        opened: Callable[[int, CorrelatorState], None],
    ) -> None:
        self._settings, self._sources, self._partitions = settings, sources, partitions
        self._opened, self._roads = opened, road_map(settings.roads)

    def of(self, number: int, state: CorrelatorState | None) -> Correlator:
        """The correlator of a partition with a state, or without one that begins."""
        correlator = Correlator(
            self._settings.rules,
            self._settings.incidents,
            self._sources,
            self.is_ours(number),
            state,
            self._roads,
            MOST_WAITING,
        )
        for zone, rule in correlator.unreadable:
            _log.warning(_RULE_ANEW, rule, zone)
        self._opened(number, correlator.state)
        return correlator

    def is_ours(self, number: int) -> Callable[[str], bool]:
        """Whether a zone is of a partition."""
        return lambda zone: partition_of(zone.encode(), self._partitions) == number

    def case(self, number: int, correlator: Correlator) -> TurnCase:
        """A case of a correlator's turn, with a copy of all that it knows."""
        return TurnCase(
            correlator.snapshot(),
            len(correlator.state.waiting),
            self._settings.rules,
            self._settings.incidents,
            self._sources,
            number,
            self._partitions,
            self._settings.roads,
            MOST_WAITING,
        )
