"""What the zone of calls remembers of foreign numbers that ring people once, and of who rings them.

Plain data, the judging state of `rung_back`.
"""

from typing import Final

import msgspec
import numpy as np

from detectors.features.callers.shares import Beta, log_chance
from detectors.features.memory import lru
from detectors.model.finding import Observation
from detectors.rules.rung_back.pairs import unpacked

#: Of those whom wangiri rings, who ring back: from 2 to 25 of 100, mostly (beta distribution).
_CAUGHT: Final[Beta] = (1.2, 10.0)
#: Of those who waited for the ring, which is all there is to it: one or two of 100.
_ASKED: Final[Beta] = (0.3, 20.0)
#: Numbers that are remembered, people of each, and pairs of whom one rang the other. Chosen: some
#: MB.
_MOST_NUMBERS, _MOST_PEOPLE, _MOST_PAIRS = 1 << 13, 64, 1 << 16


def nats_of(back: int, people: int, *, asked_for: bool = True) -> float:
    """How much likelier it is of wangiri than of calls that are ``asked_for`` that so many people
    ring back of those who were rung; else all that there can be.

    >>> [round(nats_of(back, 30), 1) for back in (0, 1, 2, 4)]
    [-1.4, 0.2, 1.0, 2.1]
    """
    if not asked_for:
        return float("inf") if back else 0.0
    one, other = np.array([back]), np.array([people])
    return float((log_chance(one, other, _CAUGHT) - log_chance(one, other, _ASKED))[0])


class Ringer(msgspec.Struct):
    """A number that rang people once: ``people`` by the pair, each with when (ms of arrival), and
    ``back`` how many of them rang it then; what else it did as of its newest ring."""

    rx: int
    newest: Observation
    trunk: str | None
    rings: int
    calls: int
    people: dict[int, int] = {}
    back: int = 0


class Window(msgspec.Struct, array_like=True):
    """Calls to other countries of one partition in a half-minute, which ended at ``ends_ms``."""

    ends_ms: int
    called: str


class Ringers(msgspec.Struct):
    """Judging state: half-minutes that wait for those of all partitions; ``again`` are numbers that
    were rung back and ring others, to be judged when (ms); numbers that rang people once, by their
    names; ``pairs`` are those of their rings that weren't rung back; and ``called`` who rang
    numbers abroad without having been rung by them, each when (ms)."""

    windows: list[Window] = []
    again: dict[str, int] = {}
    numbers: dict[str, Ringer] = {}
    pairs: dict[int, str] = {}
    called: dict[int, int] = {}

    def next_due_ms(self) -> int | None:
        """When anything is to be judged."""
        ends = (each.ends_ms for each in self.windows)
        return min((*ends, *self.again.values()), default=None)

    def ring(self, observation: Observation, keep_ms: int, *, knows_who_called: bool) -> None:
        """Takes in that a number rang somebody once, who didn't ring it before."""
        values, rx, number = observation.values, observation.rx_ts, observation.who
        pair = int(str(values["pair"]), 16)
        lru.forget(self.called, lambda at: at <= rx - keep_ms)
        if knows_who_called and pair in self.called:
            return
        known = self.numbers.get(number)
        trunk, rings, calls = values["trunk"], int(values["rings"] or 0), int(values["calls"] or 0)
        if known is None or known.rx <= rx - keep_ms:
            known = Ringer(rx, observation, None, rings, calls)
        known.newest, known.rings, known.calls = observation, rings, calls
        known.trunk = str(trunk) if trunk else known.trunk
        lru.renew(self.numbers, number, known, rx, keep_ms, _MOST_NUMBERS)
        if pair not in known.people and len(known.people) < _MOST_PEOPLE:
            known.people[pair] = rx
            lru.keep(self.pairs, pair, number, _MOST_PAIRS)
            if known.back:
                self.again.setdefault(number, rx)

    def rung_back(self, due_ms: int, keep_ms: int, *, knows_who_called: bool) -> list[Ringer]:
        """Takes in the half-minutes that ended then; the numbers that somebody rang back, and those
        that rang others since."""
        due = [each for each in self.windows if each.ends_ms == due_ms]
        self.windows = [each for each in self.windows if each.ends_ms != due_ms]
        calls = sorted(call for each in due for call in unpacked(each.called))
        rung = {
            name: self.numbers[name]
            for name, at in self.again.items()
            if at <= due_ms and name in self.numbers
        }
        self.again = {name: at for name, at in self.again.items() if at > due_ms}
        for pair, rx in calls:
            number = self.pairs.pop(pair, None)
            known = self.numbers.get(number or "")
            if number is None or known is None or known.rx <= due_ms - keep_ms:
                self.called.pop(pair, None)
                lru.keep(self.called, pair, rx, _MOST_PAIRS)
            elif rx < known.people.get(pair, rx) and knows_who_called:
                del known.people[pair]
            else:
                known.back += 1
                rung[number] = known
        return [rung[number] for number in sorted(rung)]

    def beside(self, ringer: Ringer, since_ms: int) -> list[Ringer]:
        """A number and all others of its trunk that rang somebody since then."""
        if ringer.trunk is None:
            return [ringer]
        return [
            each
            for each in self.numbers.values()
            if each.trunk == ringer.trunk and each.rx > since_ms
        ]
