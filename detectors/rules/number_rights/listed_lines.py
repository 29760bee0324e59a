"""How well the operator's list knows by which trunks lines call. Plain data, the judging state of
`number_rights`.

A list that is late about many lines says little where one comes by another trunk, and a good list
says much. So of lines that ring as offices do, for long and few strangers, it is counted how many
come by a trunk which their rows lack. Lines that ring many strangers aren't counted: those that
frauds show would make the list look worse than it is.
"""

from itertools import chain
from math import log
from typing import Final

import msgspec

from detectors.model.finding import Observation
from detectors.rules.number_rights.moved import Moved
from detectors.rules.number_rights.uses import Use, unpacked

_HALF_DAY_MS: Final = 12 * 3_600_000
#: Before anything was counted: one line in thirty comes by a trunk that its row lacks, and that
#: weighs as much as thirty lines. Chosen, as the weights are.
_LINES_BEFORE, _OFF_BEFORE = 30.0, 1.0
#: Lines of one owner go by one trunk, and move together: so many of them count. Chosen.
_OF_AN_OWNER: Final = 8
#: Lines of a half-day that are counted. Chosen: some MB.
_MOST_LINES: Final = 1 << 16
#: How a line was used: by a trunk of its own, by another operator's, by another of the operator's.
_OWN, _OTHERS, _ONNET = range(3)


class Window(msgspec.Struct, array_like=True):
    """Uses of one partition in a half-minute, which ended at ``ends_ms``."""

    ends_ms: int
    used: str


class Plain(msgspec.Struct):
    """Lines in plain use of one half-day, by how they were used last; of owners and ways how many
    there are; ``staying`` are owners of whom any line came by a trunk of its own."""

    lines: dict[int, int] = {}
    owners: dict[int, int] = {}
    counts: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0])
    staying: set[int] = set()

    def take(self, use: Use) -> None:
        """Takes a use in."""
        before = self.lines.get(use.line)
        if before is None:
            of_owner = self.owners.get(use.owner, 0)
            if of_owner >= _OF_AN_OWNER or len(self.lines) >= _MOST_LINES:
                return
            self.owners[use.owner] = of_owner + 1
        else:
            self.counts[before] -= 1
        way = _OWN if use.is_own else _ONNET if use.is_onnet else _OTHERS
        self.lines[use.line] = way
        self.counts[way] += 1

    def leave_out(self, use: Use) -> None:
        """Leaves a line out again, which rings many strangers after all."""
        before = self.lines.pop(use.line, None)
        if before is not None:
            self.counts[before] -= 1
            self.owners[use.owner] = max(0, self.owners.get(use.owner, 0) - 1)


class ListedLines(msgspec.Struct):
    """Lines of this half-day and of the one before. ``waiting`` are calls by trunks that rows lack,
    which are judged when they arrive, by what came before; ``windows`` those that aren't counted
    yet."""

    half_day: int = 0
    now: Plain = msgspec.field(default_factory=Plain)
    before: Plain = msgspec.field(default_factory=Plain)
    windows: list[Window] = []
    waiting: list[Observation] = []
    moved: Moved = msgspec.field(default_factory=Moved)

    def count(self, until_ms: int) -> None:
        """Counts the windows that ended before then; all of one time together, in one order."""
        due = [each for each in self.windows if each.ends_ms < until_ms]
        if not due:
            return
        self.windows = [each for each in self.windows if each.ends_ms >= until_ms]
        for ends_ms in sorted({each.ends_ms for each in due}):
            self._begin(ends_ms // _HALF_DAY_MS)
            together = (unpacked(each.used) for each in due if each.ends_ms == ends_ms)
            for use in sorted(chain.from_iterable(together)):
                self._take(use)

    def _begin(self, half_day: int) -> None:
        if half_day > self.half_day:
            is_next = half_day == self.half_day + 1
            self.before, self.now = self.now if is_next else Plain(), Plain()
            self.half_day = half_day

    def _take(self, use: Use) -> None:
        if use.is_own and len(self.now.staying) < _MOST_LINES:
            self.now.staying.add(use.owner)
        if use.is_busy:
            self.now.leave_out(use)
            self.before.leave_out(use)
        elif use.is_plain:
            self.now.take(use)

    def has_moved(self, observation: Observation) -> bool:
        """Whether the owner of a line that came by another trunk seems to have moved there: a
        second line of its did, and none came by a trunk of its own. The call is taken in."""
        owner = observation.values["owner"]
        stays = owner in self.now.staying or owner in self.before.staying
        return self.moved.take(observation) and not stays

    def nats_of_list(self, *, is_onnet: bool) -> float:
        """How much less likely it is of an honest line to come by another trunk, of the operator's
        own or of another's, than it was taken to be before anything was counted (nats).

        >>> round(ListedLines().nats_of_list(is_onnet=True), 3)
        0.0
        """
        way = _ONNET if is_onnet else _OTHERS
        lines = sum(self.now.counts) + sum(self.before.counts)
        off = self.now.counts[way] + self.before.counts[way]
        share = (_OFF_BEFORE + off) / (_LINES_BEFORE + lines)
        return log(_OFF_BEFORE / _LINES_BEFORE / share)
