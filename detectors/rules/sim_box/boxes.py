"""What the zone of calls remembers of equipment that several numbers share.

Plain data, the judging state of `sim_box`. A share is a terminal, or a cell together with a range
of numbers where terminals aren't known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nlargest
from itertools import chain
from typing import Any, Final

import msgspec

from detectors.features.callers.seen_before import SeenBefore
from detectors.features.calls.links import links_of, manner_of, range_of
from detectors.features.memory import lru
from detectors.features.memory.two_hours import HOUR_MS, TWO_HOURS_MS
from detectors.model.finding import Observation, OfCalls
from detectors.rules.sim_box.rows import joined, unpacked
from detectors.rules.sim_box.sharing import Terminals

#: What isn't used for so long is forgotten; activations are for two such spans. Chosen: a box's
#: SIMs take turns within hours, and are used up within days.
IDLE_MS: Final = 24 * HOUR_MS
ACTIVATED_MS: Final = 7 * IDLE_MS
#: Shares that are kept; numbers of each, and calls of each number. Chosen.
_MOST_SHARES, _MOST_CALLERS, _MOST_CALLS = 4096, 512, 32

#: So few calls to strangers show nothing of a share beside another; or beside one of its own make,
#: if nobody was rung twice: terminals of a box are alike, and people seldom share phones.
_LEAST_SHOWN, _LEAST_OF_LIKE = 6, 3
#: A box's terminals are tied by so many cells at most, those that each is in most. Chosen: those
#: that a place is served by.
_CELLS_OF_A_BOX: Final = 3
#: Who calls strangers calls at most one in so many of them again.
_ONE_AGAIN_IN: Final = 8
#: Who rang so many people and hardly anybody twice works off a list. Of a hundred regulars some
#: five would have been rung twice by then.
_A_LIST, _ONE_AGAIN_OF_A_LIST = 32, 16


class Caller(msgspec.Struct):
    """A number of a share: its calls, as observed, that no finding has named, and whether its SIM
    was activated lately."""

    waiting: list[Observation] = []
    is_new: bool = False


class Share(msgspec.Struct):
    """Equipment, and who called from it: numbers, whom they rang, references of calls, how many
    calls went to people who hadn't been rung from it before and how many to others (of a list: when
    it was seen to be one), by what cells; ``make`` is its type allocation code."""

    last_rx: int
    terminal: str = ""
    callers: dict[str, Caller] = {}
    callees: dict[str, None] = {}
    refs: dict[str, None] = {}
    calls: int = 0
    repeats: int = 0
    cells: dict[str, int] = {}
    again_of_list: int | None = None
    make: int | None = None

    @property
    def again(self) -> int:
        """Calls to people who had been rung before; of a list only those until it was seen to be
        one, since lists are begun again."""
        return self.repeats if self.again_of_list is None else self.again_of_list

    def is_known(self, ref: str) -> bool:
        """Whether another record of a call came before; it is known from now on."""
        if ref in self.refs:
            return True
        lru.keep(self.refs, ref, None, _MOST_CALLERS)
        return False

    def add(self, observation: Observation, is_new: bool, people: Iterable[str]) -> None:
        """Adds a call, or what stands for several, of a number; ``is_new`` says that its SIM was
        activated lately, ``people`` are those who were rung."""
        who, cell = observation.who, str(observation.values.get("cell") or "")
        caller = self.callers.pop(who, None) or Caller()
        caller.is_new = caller.is_new or is_new
        caller.waiting = [*caller.waiting, observation][-_MOST_CALLS:]
        lru.keep(self.callers, who, caller, _MOST_CALLERS)
        for callee in people:
            again = callee in self.callees
            self.calls += not again
            self.repeats += again
            lru.keep(self.callees, callee, None, _MOST_CALLERS)
            self.note_list()
        if cell:
            self.cells[cell] = self.cells.get(cell, 0) + 1
            if len(self.cells) > _MOST_CALLS:
                del self.cells[next(iter(self.cells))]

    def note_list(self) -> None:
        """Notes whether a list is worked off, as far as that shows yet."""
        is_list = self.calls >= _A_LIST and self.repeats * _ONE_AGAIN_OF_A_LIST <= self.calls
        if self.again_of_list is None and is_list:
            self.again_of_list = self.repeats

    @property
    def rings_strangers(self) -> bool:
        """Whether hardly anybody was rung twice, as far as that shows yet."""
        return self.calls >= _LEAST_SHOWN and self.again * _ONE_AGAIN_IN <= self.calls

    def is_like(self, other: "Share") -> bool:
        """Whether another is of the same make, and nobody was rung twice from it."""
        alike = self.make is not None and self.make == other.make
        return alike and other.calls >= _LEAST_OF_LIKE and not other.again

    @property
    def activated(self) -> int:
        """Numbers whose SIM was activated lately."""
        return sum(caller.is_new for caller in self.callers.values())

    def named(self) -> Iterator[Observation]:
        """Calls that no finding has named; they are named now."""
        for caller in self.callers.values():
            yield from caller.waiting
            caller.waiting = []


@dataclass(frozen=True, slots=True)
class Together:
    """What some shares of one cell come to."""

    shares: int
    numbers: int
    calls: int
    again: int
    activated: int
    cells: int


class Window(msgspec.Struct, array_like=True):
    """Calls that one partition sent of a half-minute, which ended at ``ends_ms``; packed."""

    ends_ms: int
    packed: str
    topic: str


class Boxes(msgspec.Struct):
    """Judging state: half-minutes that wait for those of all partitions; shares that wait to be
    judged, and when; the terminals of all calls, and shares, the least recent first; and whose SIM
    was activated lately."""

    windows: list[Window] = []
    waiting: list[tuple[int, str]] = []
    terminals: Terminals = msgspec.field(default_factory=Terminals)
    shares: dict[str, Share] = {}
    activated: SeenBefore = msgspec.field(default_factory=SeenBefore)

    def activate(self, observation: Observation) -> None:
        """Takes in that a subscriber's SIM was activated."""
        self.activated.put(observation.who, observation.rx_ts, ACTIVATED_MS)

    def observe(self, observation: Observation) -> None:
        """Takes in that a number without a known terminal has called strangers."""
        values: dict[str, Any] = observation.values
        name = str(values["shares"])
        share = self._share(name, observation.rx_ts)
        share.add(observation, self.activated.has(observation.who), ())
        share.calls += int(values["calls"])
        self.waiting.append((observation.rx_ts, name))

    def dues(self) -> list[int]:
        """When anything is to be judged."""
        return [each.ends_ms for each in self.windows] + [due for due, _ in self.waiting[:1]]

    def next_shares(self, until_ms: int, rule: str, horizon_ms: int) -> Iterator[tuple[int, str]]:
        """Shares that are to be judged by then, in their order, each with when it was due."""
        while (due := min(self.dues(), default=until_ms + 1)) <= until_ms:
            names = self._called_from(due, rule, horizon_ms)
            while self.waiting and self.waiting[0][0] <= due:
                names[self.waiting.pop(0)[1]] = None
            yield from ((due, name) for name in names if name in self.shares)

    def _called_from(self, ends_ms: int, rule: str, horizon_ms: int) -> dict[str, None]:
        """Takes in the calls of the half-minute that ended then; the shares they were made from."""
        due = [each for each in self.windows if each.ends_ms == ends_ms]
        self.windows = [each for each in self.windows if each.ends_ms != ends_ms]
        names: dict[str, None] = {}
        if not due:
            return names
        parts = [unpacked(each.packed) for each in due]
        calls = joined(parts).in_order()
        for row in self.terminals.shared(calls, horizon_ms).tolist():
            caller, callee, ref, terminal = calls.call(row)
            name = f"t|{int(calls.numbers['terminal'][row]):016x}"
            share = self._share(name, int(calls.numbers["at"][row]))
            share.terminal = share.terminal or terminal
            if not share.is_known(ref):
                observation = calls.observation(row, rule, due[0].topic)
                share.add(observation, self.activated.has(caller), (callee,))
                make = int(calls.numbers["make"][row])
                share.make = share.make if make < 0 else make
                names[name] = None
        return names

    def _share(self, name: str, rx_ms: int) -> Share:
        share = self.shares.pop(name, None)
        if share is None or rx_ms - share.last_rx > IDLE_MS:
            share = Share(rx_ms)
        share.last_rx = max(share.last_rx, rx_ms)
        lru.keep(self.shares, name, share, _MOST_SHARES)
        return share

    def about(self, share: Share) -> Together:
        """A share together with those others that rang strangers within two hours in the cell that
        it is most in: a box has several terminals."""
        cell = max(share.cells, key=lambda name: share.cells[name], default="")
        some = [
            other
            for other in self.shares.values()
            if other is share
            or (
                cell in other.cells
                and abs(share.last_rx - other.last_rx) <= TWO_HOURS_MS
                and (share.is_like(other) or (share.rings_strangers and other.rings_strangers))
            )
        ]
        return Together(
            shares=len(some),
            numbers=sum(len(one.callers) for one in some),
            calls=sum(one.calls for one in some),
            again=sum(one.again for one in some),
            activated=sum(one.activated for one in some),
            cells=len(share.cells),
        )


def links_to(observation: Observation, share: Share, name: str) -> tuple[str, ...]:
    """What a call from shared equipment has in common with others: terminals of a box stand in the
    cells that each is in most, whether this very record names its cell or not; or its SIMs are of
    one range, bought together, and ring one region."""
    values: dict[str, Any] = observation.values
    of_range, region = range_of(observation.of_calls or OfCalls()), values.get("region")
    parts = links_of(
        terminal=share.terminal,
        cell=values.get("cell"),
        prefix=of_range,
        region=region,
    )
    most = nlargest(_CELLS_OF_A_BOX, share.cells, key=lambda cell: (share.cells[cell], cell))
    manners = [manner_of(name, "shared", cell, None) for cell in most]
    if region:
        manners.append(manner_of(name, "shared", of_range, region))
    return (*parts, *chain.from_iterable(links_of(manner=manner) for manner in manners))
