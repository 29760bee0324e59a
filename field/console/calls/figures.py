"""Monthly figures of complaints, made anew only when anything has come that they are made of."""

from threading import Lock
from typing import Final

from detectors.acting.cases import Sum
from detectors.acting.sums import BOTH, By
from detectors.features.memory.lru import keep
from field.alerts.number_cases import OPEN, STEPS, cases_after
from field.console.store import Store
from field.console.store.queries.actions import actions_named
from field.console.store.queries.complaints import cases_of_reports, figures, read_so_far
from streams.config.settings import Settings

_MOST_ACTIONS: Final = 100_000
#: Answers that are kept, by months and by what they are split.
_MOST_MADE: Final = 16


class Figures:
    """By what they were asked for. A country's complaints take seconds to count, and many people
    look at the figures."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, str], tuple[object, list[Sum]]] = {}
        self._one_at_a_time = Lock()

    def of(self, store: Store, settings: Settings, since_ms: int, by: str) -> list[Sum]:
        """Those since then, by class, carrier or both."""
        actions = store.read(actions_named, "", (OPEN, *STEPS), 0, _MOST_ACTIONS)
        asked: tuple[By, ...] = tuple(one for one in BOTH if by in ("both", one))
        with self._one_at_a_time:
            rests_on = (store.read(read_so_far), [action.action_id for action in actions])
            before = self._made.get((since_ms, by))
            if before is not None and before[0] == rests_on:
                return before[1]
            cases = cases_after(store.read(cases_of_reports, settings, since_ms), actions)
            found = store.read(figures, settings, since_ms, asked, cases)
            keep(self._made, (since_ms, by), (rests_on, found), _MOST_MADE)
            return found
