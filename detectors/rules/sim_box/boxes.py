"""What the zone of calls remembers of equipment that several numbers share.

Plain data, the judging state of `sim_box`. A share is a terminal, or a cell together with a range
of numbers where terminals aren't known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from detectors.features.callers.seen_before import SeenBefore
from detectors.features.calls.links import links_of, manner_of, range_of
from detectors.features.memory import lru
from detectors.features.memory.two_hours import HOUR_MS, TWO_HOURS_MS
from detectors.model.finding import Observation, OfCalls

#: What isn't used for so long is forgotten; activations are for two such spans. Chosen: a box's
#: SIMs take turns within hours, and are used up within days.
IDLE_MS: Final = 24 * HOUR_MS
ACTIVATED_MS: Final = 7 * IDLE_MS
#: Shares that are kept; numbers of each, and calls of each number. Chosen.
_MOST_SHARES, _MOST_CALLERS, _MOST_CALLS = 4096, 512, 32

#: So few calls to strangers show nothing of a share beside another; or beside one of its own make,
#: if nobody was rung twice: terminals of a box are alike, and people seldom share phones.
_LEAST_SHOWN, _LEAST_OF_LIKE = 6, 3
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
    """Equipment, and who called from it: numbers, whom they rang, how many calls went to people who
    had been rung from it before (in each partition, the latest count; in another one; and when it
    was seen to work off a list), by what cells; ``make`` is its type allocation code."""

    last_rx: int
    callers: dict[str, Caller] = {}
    callees: dict[str, None] = {}
    calls: int = 0
    repeats: dict[str, int] = {}
    elsewhere: int = 0
    cells: dict[str, int] = {}
    again_of_list: int | None = None
    make: int | None = None

    @property
    def again(self) -> int:
        """Calls to people who had been rung before; of a list only those until it was seen to be
        one, since lists are begun again."""
        return self._again if self.again_of_list is None else self.again_of_list

    @property
    def _again(self) -> int:
        return self.elsewhere + sum(self.repeats.values())

    def note_list(self) -> None:
        """Notes whether a list is worked off, as far as that shows yet."""
        again = self._again
        is_list = self.calls >= _A_LIST and again * _ONE_AGAIN_OF_A_LIST <= self.calls
        if self.again_of_list is None and is_list:
            self.again_of_list = again

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


class Boxes(msgspec.Struct):
    """Judging state: which shares wait to be judged, and when; all shares, the least recent first;
    and whose SIM was activated lately."""

    waiting: list[tuple[int, str]] = []
    shares: dict[str, Share] = {}
    activated: SeenBefore = msgspec.field(default_factory=SeenBefore)

    def activate(self, observation: Observation) -> None:
        """Takes in that a subscriber's SIM was activated."""
        self.activated.put(observation.who, observation.rx_ts, ACTIVATED_MS)

    def observe(self, observation: Observation, due_ms: int) -> None:
        """Takes in a call from shared equipment, which is judged at ``due_ms``."""
        values: dict[str, Any] = observation.values
        name, rx = str(values["shares"]), observation.rx_ts
        share = self.shares.pop(name, None)
        if share is None or rx - share.last_rx > IDLE_MS:
            share = Share(rx)
        share.last_rx = max(share.last_rx, rx)
        lru.keep(self.shares, name, share, _MOST_SHARES)
        caller = share.callers.pop(observation.who, None) or Caller()
        caller.is_new = caller.is_new or self.activated.has(observation.who)
        caller.waiting = [*caller.waiting, observation][-_MOST_CALLS:]
        lru.keep(share.callers, observation.who, caller, _MOST_CALLERS)
        people = () if observation.of_calls is None else observation.of_calls.people
        if calls := int(values["calls"]):
            elsewhere = min(calls, sum(callee in share.callees for callee in people))
            share.elsewhere += elsewhere
            share.calls += calls - elsewhere
            for callee in people:
                lru.keep(share.callees, callee, None, _MOST_CALLERS)
        source = observation.source
        share.repeats[f"{source.topic}/{source.partition}"] = int(values["repeats"])
        share.note_list()
        share.make = values.get("make", share.make)
        cell = str(values.get("cell") or "")
        if cell:
            share.cells[cell] = share.cells.get(cell, 0) + 1
            if len(share.cells) > _MOST_CALLS:
                del share.cells[next(iter(share.cells))]
        self.waiting.append((due_ms, name))

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


def links_to(observation: Observation, name: str) -> tuple[str, ...]:
    """What a call from shared equipment has in common with others."""
    values: dict[str, Any] = observation.values
    of_calls = observation.of_calls or OfCalls()
    region = values.get("region")
    return links_of(
        terminal=values.get("terminal"),
        cell=values.get("cell"),
        prefix=range_of(of_calls),
        region=region,
        manner=manner_of(name, "shared", None, region),
    )
