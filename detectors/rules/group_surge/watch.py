"""What the zone of calls remembers of groups: the last hour's calls, and what is usual.

Plain data, the judging state of `group_surge`. A cell is an origin, a trunk and a region, each of
the last two possibly any (an empty text). Two origins hold others: `ALL` of them, and `HOME`, which
unites what nobody abroad should have: numbers of home and odd ones, but for those of travellers.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import msgspec

from detectors.features.calls.origin_words import ABROAD, WITHHELD
from detectors.features.memory.two_hours import HOUR_MS
from detectors.model.finding import Observation
from detectors.rules.group_surge.expected import Habits
from detectors.rules.group_surge.new_callers import NewCallers
from detectors.rules.group_surge.sent import THINNED, Flood

ALL, HOME = "all", "home"
#: Origins that honest people abroad have in numbers.
TRAVELLERS: Final = ("home:mobile", "home:mvno", WITHHELD)
#: Habits are brought up to date when so much time has passed (ms).
_STEP_MS: Final = 900_000
#: Calls of the last hour that are kept. Chosen.
_MOST_CALLS: Final = 8192
#: A call of a surge counts for so much of a usual one: what is odd is learned slowly.
_LEARNED_OF_SURGES: Final = 0.25
#: Of one caller so many calls count: who goes on alone is no group.
_MOST_OF_ONE: Final = 3
#: Who rings more often within the hour is of no group: a centre, or one who keeps the number.
_MOST_AN_HOUR: Final = 20


class Call(msgspec.Struct, array_like=True):
    """One call: when it arrived (ms), of what origin, of whom to whom, by what trunk to which
    region; for how many it counts; whether it was found odd, and whether a finding names it."""

    rx: int
    origin: str
    who: str
    callee: str
    ref: str
    trunk: str
    region: str
    amount: int
    is_odd: bool = False
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A cell's calls within a while."""

    origin: str
    trunk: str
    region: str
    calls: Sequence[Call]

    @property
    def cell(self) -> str:
        """Its name."""
        return name_of(self.origin, self.trunk, self.region)

    @property
    def amount(self) -> int:
        """How many calls there are, those of new callers, and only some of each."""
        return sum(call.amount for call in self.calls)

    @property
    def callers(self) -> int:
        """How many callers there are of calls that count."""
        return len({call.who for call in self.calls if call.amount})

    @property
    def callees(self) -> int:
        """How many were called by calls that count."""
        return len({call.callee for call in self.calls if call.amount})

    @property
    def strangers(self) -> float:
        """Share of the calls that count which went to somebody for the first time."""
        return self.callees / max(1, sum(call.amount > 0 for call in self.calls))

    def of(self, trunk: str, region: str, from_ms: int) -> "Group":
        """The part by a trunk and to a region since then."""
        calls = [
            call
            for call in self.calls
            if call.rx >= from_ms and trunk in ("", call.trunk) and region in ("", call.region)
        ]
        return Group(self.origin, trunk, region, calls)


class _Known:
    """Which references there are among some calls, and how many calls each caller made."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self.refs, self.calls = set[str](), Counter[str]()
        for call in calls:
            self.add(call)

    def add(self, call: Call) -> None:
        self.refs.add(call.ref)
        self.calls[call.who] += 1

    def drop(self, call: Call) -> None:
        self.refs.discard(call.ref)
        self.calls[call.who] -= 1
        if not self.calls[call.who]:
            del self.calls[call.who]


class Watch(msgspec.Struct, dict=True):
    """Judging state: observations that wait, with when they are due; calls of the last hour; and
    what is usual, counted up to ``counted_ms``."""

    waiting: list[tuple[int, Observation]] = []
    recent: list[Call] = []
    callers: NewCallers = msgspec.field(default_factory=NewCallers)
    habits: Habits = msgspec.field(default_factory=Habits)
    counted_ms: int = 0
    flood: Flood = msgspec.field(default_factory=Flood)

    def observe(self, observation: Observation, due_ms: int) -> None:
        """Takes in a call, which is judged at ``due_ms``; one that was seen is passed over."""
        values: dict[str, Any] = observation.values
        of_calls, rx = observation.of_calls, observation.rx_ts
        assert of_calls is not None
        self._pass_time(rx)
        ref, who = of_calls.calls[0], observation.who
        known = self._known
        if ref in known.refs:
            return
        stands, origin = int(values["stands"]), str(values["origin"])
        if stands < THINNED:  # else the partition has thinned it
            stands *= self.flood.times(ref, origin, stands, rx)
        if not stands:
            return
        counts = not self.callers.take(who, rx) and known.calls[who] < _MOST_OF_ONE
        callee = of_calls.people[0] if of_calls.people else ""
        trunk, region = str(values["trunk"]), str(values["region"])
        amount = stands if counts else 0
        call = Call(rx, origin, who, callee, ref, trunk, region, amount)
        self.recent.append(call)
        known.add(call)
        self.waiting.append((due_ms, observation))
        if len(self.recent) > _MOST_CALLS:
            oldest = self.recent.pop(0)
            known.drop(oldest)
            self._learn([oldest])

    @cached_property
    def _known(self) -> "_Known":
        """Made of ``recent``, not stored, and kept in step."""
        return _Known(self.recent)

    def _pass_time(self, now_ms: int) -> None:
        """What is older than an hour becomes habit."""
        until = now_ms - HOUR_MS
        if not self.counted_ms:
            self.counted_ms = now_ms
        if until - self.counted_ms < _STEP_MS:
            return
        self.habits.pass_time(self.counted_ms, until)
        self.counted_ms = until
        self.callers.forget(until)
        old = [call for call in self.recent if call.rx < until]
        self._learn(old)
        self.recent = [call for call in self.recent if call.rx >= until]
        self.__dict__.pop("_known", None)

    def _learn(self, calls: Iterable[Call]) -> None:
        for call in calls:
            amount = call.amount * (_LEARNED_OF_SURGES if call.is_odd else 1.0)
            if amount:
                cells = [
                    name_of(origin, *pair)
                    for origin in origins_over(call.origin)
                    for pair in parts_of(call.trunk, call.region)
                ]
                self.habits.count(cells, amount, call.rx)

    def of_origin(self, origin: str, others: bool = False) -> Group:
        """The last hour's calls of an origin, or of all others."""
        # Calls are thousands, their origins some dozens.
        every = {call.origin for call in self.recent}
        held = {each for each in every if (origin in origins_over(each)) != others}
        calls = [call for call in self.recent if call.origin in held]
        busy = Counter(call.who for call in calls)
        return Group(origin, "", "", [call for call in calls if busy[call.who] <= _MOST_AN_HOUR])

    def usual_of_others(self, origin: str, trunk: str) -> float:
        """Calls an hour of all other origins, as far as is known."""
        cells = self.habits.cells
        all_, own = (cells.get(name_of(each, trunk, ""), 0.0) for each in (ALL, origin))
        return max(0.0, all_ - own) / max(self.habits.hours, 1e-9)

    def names(self, place: int) -> list[str]:
        """All trunks (1) or regions (2) that calls came by or to."""
        known = {cell.split("|")[place] for cell in self.habits.cells if cell.startswith("all|")}
        known |= {(call.trunk, call.region)[place - 1] for call in self.recent}
        return sorted(known - {""})

    def share(self, place: int, name: str) -> float:
        """A trunk's or region's share of all calls that were ever watched."""
        if not name:
            return 1.0
        cells = self.habits.cells
        own = name_of(ALL, *((name, "") if place == 1 else ("", name)))
        every = cells.get(name_of(ALL, "", ""), 0.0)
        return (cells.get(own, 0.0) + 1.0) / (every + max(1, len(self.names(place))))

    def learned(self) -> Habits:
        """What is usual; see `Rule.learned`."""
        return deepcopy(self.habits)

    def take_up(self, learned: Habits, now_ms: int) -> None:
        """Begins with what is usual; see `Rule.take_up`."""
        self.habits, self.counted_ms = deepcopy(learned), now_ms


def is_of_travellers(origin: str) -> bool:
    """Whether honest people abroad have such numbers."""
    return origin in TRAVELLERS or origin.startswith(ABROAD)


def origins_over(origin: str) -> tuple[str, ...]:
    """An origin, and those that hold it."""
    return (origin, ALL) if is_of_travellers(origin) else (origin, HOME, ALL)


def parts_of(trunk: str, region: str) -> list[tuple[str, str]]:
    """The pairs of trunk and region that a call is of, the narrowest first."""
    return list(dict.fromkeys([(trunk, region), (trunk, ""), ("", region), ("", "")]))


def name_of(origin: str, trunk: str, region: str) -> str:
    """The name of a cell."""
    return f"{origin}|{trunk}|{region}"


def count_by(calls: Iterable[Call], place: int) -> Counter[str]:
    """How many calls count by trunk (1) or region (2)."""
    counted: Counter[str] = Counter()
    for call in calls:
        counted[(call.trunk, call.region)[place - 1]] += call.amount
    return counted
