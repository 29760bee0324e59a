"""How often numbers ring others, and by how many they are rung: of those that ring several.

Calls are kept by caller, so that no partition knows who rings one of its callers. What each counts
comes here by half-minutes (`detectors.context.call_census`); of the calls *to* a number those count
that come once it is known to ring several itself. Calls made are counted in the hour of arrival
time that goes on and in the one before, who rings in this half-day and in the one before, since
customers ring a firm whenever they like. Numbers are known by 32 bits. Of numbers that ring
nobody it is known, for as long, that they were rung; and of those that rang many, for a week or
two, that they did (`detectors.features.calls.whose_number`). It is known as well since when and
until when a number has been calling, so that one can be seen to take another's turn. Plain data, so
that a state may hold it.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.calls.whose_number import RangMany, WhoseNumber
from detectors.model.hashing import text_numbers

#: Numbers as they are counted.
U4: TypeAlias = NDArray[np.uint32]

_HOUR_MS: Final = 3_600_000
_HOURS: Final = 12
#: Numbers that are known; of more those that make the most calls stay, half as many.
_MOST: Final = 1 << 19
#: Bytes of a number's row of counts: calls that it made, this hour and last; this half-day and last
#: those that rang it, and calls that it made.
_OUT, _IN, _MADE, _COUNTS = 0, 2, 4, 6
_FULL: Final = 255
#: Whoever made so many calls in a half-day rang many: a fraud's number is to be found by then. And
#: for how many half-days that is known, and as many again: a week.
_MANY, _LONG_HALVES = 20, 14
#: Times of each number, seconds: when the first window ended in which it called since an hour's
#: pause, and the last one; 0 where that isn't known. A lone call before the others begins nothing:
#: lines are tried out before they are used.
_TIME: Final = np.dtype("<u4")
_FIRST, _LAST, _TIMES = 0, 1, 2
_HOUR_S: Final = _HOUR_MS // 1000
#: Whoever has been silent for as long as so many of its calls took has stopped: by chance a caller
#: at random times is in one pause of 3,000. Chosen.
_CALLS_OF_SILENCE: Final = 8
_BITS: Final = np.uint64(32)
#: Makes another number of that of a line of home, for whoever shows it from abroad.
_ABSENT: Final = np.uint64(0xA0761D6478BD642F)


class Window(msgspec.Struct, array_like=True):
    """What one partition counted of a window: when it ended (ms), who rang and who was rung."""

    ends_ms: int
    out: bytes
    into: bytes


class Going(msgspec.Struct, frozen=True):
    """How a number has been calling: ``calls`` in this hour and the one before, since and until
    when (s)."""

    calls: int
    first_s: int
    last_s: int

    @property
    def pause_s(self) -> float:
        """How long it must be silent to have stopped; the first of its calls may lie before."""
        return _CALLS_OF_SILENCE * max(self.last_s - self.first_s, 1) / max(self.calls - 2, 1)

    def gave_way_to(self, other: "Going", now_s: int) -> bool:
        """Whether it has stopped, and the other began then: within as long as it must be silent."""
        began_s = other.first_s - self.last_s
        return 0 <= began_s <= self.pause_s <= now_s - self.last_s


class BothWays(msgspec.Struct):
    """See the module's text. ``names`` are sorted, ``counts`` and ``times`` a row for each;
    ``hour`` is that of the newest window. ``waiting`` are windows that may not be counted yet.
    ``since_ms`` is when the first one ended since there was none for half a day; ``rang_many`` are
    those who did on earlier days."""

    hour: int = 0
    names: bytes = b""
    counts: bytearray = msgspec.field(default_factory=bytearray)
    waiting: list[Window] = []
    times: bytearray = msgspec.field(default_factory=bytearray)
    whose: WhoseNumber = msgspec.field(default_factory=WhoseNumber)
    since_ms: int = 0
    rang_many: RangMany = msgspec.field(default_factory=RangMany)

    def take(self, window: Window) -> None:
        """Takes a window in; those that ended before are counted."""
        self._count(window.ends_ms)
        self.waiting.append(window)

    def of(self, number: str, now_ms: int) -> tuple[int, int]:
        """How many calls a number has made of late, and by how many it was rung, as far as windows
        tell that ended before ``now_ms`` (each up to 255 of an hour, or a half-day)."""
        return self.of_late(number, now_ms)[:2]

    def of_late(self, number: str, now_ms: int) -> tuple[int, int, int]:
        """The same, and how many calls it made at home in this half-day and the one before; beside
        them as many as are counted of a half-day where it rang many on an earlier day."""
        here, absent = self._counts_of(number, now_ms)
        made = sum(here[_OUT : _OUT + 2]) + sum(absent[_OUT : _OUT + 2])
        earlier = _FULL * self.rang_many.has(_name_of(number))
        return made, sum(here[_IN : _IN + 2]), sum(here[_MADE : _MADE + 2]) + earlier

    def is_somebodys(self, number: str, now_ms: int) -> bool:
        """Whether a number was rung before it rang several others, in this half-day or the one
        before; about."""
        self._count(now_ms)
        return self.whose.has(_name_of(number))

    def watched(self, now_ms: int) -> float:
        """How much of an hour it has been watched who rings whom, 1 at most: customers ring when
        they like, so that nobody has rung a number says the less the shorter it could be."""
        self._count(now_ms)
        return min(1.0, max(0, now_ms - self.since_ms) / _HOUR_MS)

    def calls_at_home(self, number: str, now_ms: int) -> bool:
        """Whether a number called several people at home in this half-day or the one before."""
        here, _ = self._counts_of(number, now_ms)
        return any(here[_MADE : _MADE + 2])

    def going(self, number: str, now_ms: int) -> Going | None:
        """How a number has been calling, as far as windows tell that ended before ``now_ms``;
        ``None`` where it hasn't."""
        self._count(now_ms)
        at = self._place(_name_of(number))
        if at is None:
            return None
        counts, times = self._columns()[1][at], self._times()[at].tolist()
        calls = int(counts[_OUT]) + int(counts[_OUT + 1])
        since_s = (self.hour - 1) * _HOUR_S
        first_s, last_s = max(times[_FIRST], since_s), times[_LAST]
        return Going(calls, first_s, last_s) if calls and times[_LAST] else None

    def _counts_of(self, number: str, now_ms: int) -> tuple[list[int], list[int]]:
        """The counts of a number, and of whoever shows it from abroad."""
        self._count(now_ms)
        line, counts = text_numbers(np.array([number], dtype=object)), self._columns()[1]
        places = [self._place(names_of(each)[0]) for each in (line, of_absent(line))]
        here, absent = (_COUNTS * [0] if at is None else counts[at].tolist() for at in places)
        return here, absent

    def _place(self, name: np.uint32) -> int | None:
        """Where a number stands."""
        names, _ = self._columns()
        at = int(np.searchsorted(names, name))
        return None if at == len(names) or names[at] != name else at

    def _count(self, until_ms: int) -> None:
        """Counts the windows that ended before then; all of one time together, since whoever is
        rung counts only if he rings as well, in whatever partition."""
        while self.waiting and (ends_ms := min(each.ends_ms for each in self.waiting)) < until_ms:
            due = [each for each in self.waiting if each.ends_ms == ends_ms]
            self.waiting = [each for each in self.waiting if each.ends_ms != ends_ms]
            self._begin_hour((ends_ms - 1) // _HOUR_MS)
            self.since_ms = self.since_ms or ends_ms
            out, into = _joined(each.out for each in due), _joined(each.into for each in due)
            self._know(out)
            self._note(out, ends_ms // 1000)
            self._add(out, _OUT, _MADE)
            self._add(into, _IN)
            self.whose.now.add(into[~_find(self._columns()[0], into)[1]])

    def _begin_hour(self, hour: int) -> None:
        """Moves counts of what is over into their place, and forgets who made no calls since."""
        hours, halves = hour - self.hour, hour // _HOURS - self.hour // _HOURS
        if hours <= 0:
            return
        names, counts = self._columns()
        if halves:
            self._part_with(names, counts, hour // _HOURS, halves)
        for column, over in ((_OUT, hours), (_IN, halves), (_MADE, halves)):
            if over:
                counts[:, column + 1] = counts[:, column] if over == 1 else 0
                counts[:, column] = 0
        if halves > 1:
            self.since_ms = 0
        if halves:
            self.whose.begin(is_next=halves == 1)
            self._keep(names, counts, self._times(), counts[:, _MADE + 1] > 0)
        self.hour = hour

    def _part_with(self, names: U4, counts: NDArray[np.uint8], half: int, halves: int) -> None:
        """Keeps who rang many in half-days that are no longer counted."""
        spans = half // _LONG_HALVES - (half - halves) // _LONG_HALVES
        if spans:
            self.rang_many.begin(is_next=spans == 1)
        for column in (_MADE + 1, _MADE)[:halves]:
            self.rang_many.add(names[counts[:, column] >= _MANY])

    def _know(self, callers: U4) -> None:
        """Gives each of some numbers a row."""
        names, counts = self._columns()
        some = np.unique(callers)
        places, known = _find(names, some)
        if known.all():
            return
        fresh, places = some[~known], places[~known]
        times = np.insert(self._times(), places, 0, axis=0)
        names = np.insert(names, places, fresh)
        counts = np.insert(counts, places, 0, axis=0)
        self._keep(names, counts, times, _are_left(counts, fresh, names))

    def _note(self, callers: U4, now_s: int) -> None:
        """Notes when some numbers called, before that is counted."""
        names, counts = self._columns()
        places, known = _find(names, np.unique(callers))
        times, at = self._times(), places[known]
        paused = now_s - times[at, _LAST].astype(np.int64) > _HOUR_S
        lone = counts[at, _OUT].astype(np.int64) + counts[at, _OUT + 1] == 1
        times[at[paused | lone], _FIRST] = now_s
        times[at, _LAST] = now_s

    def _add(self, numbers: U4, *columns: int) -> None:
        """Counts each of some numbers, as often as it is there, that has a row."""
        names, counts = self._columns()
        some, times = np.unique(numbers, return_counts=True)
        places, known = _find(names, some)
        at, more = places[known], times[known]
        for column in columns:
            counts[at, column] = np.minimum(counts[at, column] + more, _FULL)

    def _columns(self) -> tuple[U4, NDArray[np.uint8]]:
        counts = np.frombuffer(self.counts, dtype=np.uint8).reshape(-1, _COUNTS)
        return np.frombuffer(self.names, dtype="<u4"), counts

    def _times(self) -> U4:
        """When each was first and last heard; a state that knew no times has none."""
        if len(self.times) != len(self.names) * _TIMES:
            self.times = bytearray(len(self.names) * _TIMES)
        return np.frombuffer(self.times, dtype=_TIME).reshape(-1, _TIMES)

    def _keep(self, names: U4, counts: NDArray[np.uint8], times: U4, left: NDArray[Any]) -> None:
        self.names, self.counts = names[left].tobytes(), bytearray(counts[left].tobytes())
        self.times = bytearray(times[left].tobytes())


def _name_of(number: str) -> np.uint32:
    name: np.uint32 = names_of(text_numbers(np.array([number], dtype=object)))[0]
    return name


def names_of(numbers: NDArray[np.uint64]) -> U4:
    """Callers and callees as they are counted, of `detectors.model.hashing.text_numbers`."""
    return (numbers >> _BITS).astype("<u4")


def of_absent(lines: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers of those who show lines of home from abroad, by the lines' own."""
    return lines ^ _ABSENT


def _find(names: U4, some: U4) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each of some numbers stands or would stand among sorted names, and which do."""
    places = np.searchsorted(names, some)
    if not len(names):
        return places, np.zeros(len(some), dtype=np.bool_)
    return places, names[np.minimum(places, len(names) - 1)] == some


def _joined(parts: Iterable[bytes]) -> U4:
    return np.frombuffer(b"".join(parts), dtype="<u4")


def _are_left(counts: NDArray[np.uint8], fresh: U4, names: U4) -> NDArray[Any]:
    """Which rows stay: all, or of too many those that made the most calls, and fresh ones."""
    if len(names) <= _MOST:
        return np.ones(len(names), dtype=np.bool_)
    calls = counts[:, _MADE].astype(np.int64) + counts[:, _MADE + 1]
    calls[np.isin(names, fresh)] = 2 * _FULL
    left = np.zeros(len(names), dtype=np.bool_)
    left[np.argsort(-calls, kind="stable")[: _MOST // 2]] = True
    return left
