"""What a recount comes to: counts by partition, what doesn't fit by name, whether it adds up."""

from typing import Final

import msgspec

#: So many of a kind are named; all are counted.
NAMED: Final = 5


class Place(msgspec.Struct, frozen=True, order=True):
    """A message: the place in its record is ``None`` for a record as a whole."""

    topic: str
    partition: int
    offset: int
    index: int | None = None

    def __str__(self) -> str:
        index = "" if self.index is None else f", index {self.index}"
        return f"{self.topic}/{self.partition} offset {self.offset}{index}"


class Named(msgspec.Struct):
    """How many there are of a kind, and the first of them."""

    count: int = 0
    first: list[str] = []

    def add(self, place: object, why: str = "") -> None:
        """Counts one more."""
        self.count += 1
        if len(self.first) < NAMED:
            self.first.append(f"{place}: {why}" if why else str(place))


class Tally(msgspec.Struct):
    """The messages of one input partition from ``first``, its first kept offset, up to ``end``.

    Those before ``committed`` are worked off; it is ``None`` where the group has none, as on the
    register, which every worker reads whole. ``reasons`` are those of ``dead``.

    ``unaccounted`` are messages of which decoding makes nothing; ``missing`` and ``extra`` letters
    that should be there and those that shouldn't; ``unknown`` letters may have been deleted with
    the oldest of their topic; ``beyond`` are of records that are deleted themselves. ``unread``
    records were deleted before they were read.
    """

    topic: str
    partition: int
    first: int
    end: int
    committed: int | None
    produced: int = 0
    used: int = 0
    late: int = 0
    repeated: int = 0
    dead: int = 0
    waiting: int = 0
    reasons: dict[str, int] = {}
    unread: int = 0
    letters: int = 0
    unknown: int = 0
    beyond: int = 0
    unaccounted: Named = msgspec.field(default_factory=Named)
    missing: Named = msgspec.field(default_factory=Named)
    extra: Named = msgspec.field(default_factory=Named)

    @property
    def adds_up(self) -> bool:
        """Whether every message is somewhere, and every letter where it belongs."""
        known = self.used + self.late + self.repeated + self.dead + self.waiting
        wrong = self.unread, self.unaccounted.count, self.missing.count, self.extra.count
        return self.produced == known and not any(wrong)


class Stage(msgspec.Struct):
    """Up to where a correlator's stored state holds a topic between the stages.

    ``lost`` records were acknowledged, are in no state, and are not kept any more; ``again`` are
    acknowledged and in no state, but a worker that takes the correlator up reads them again.
    """

    topic: str
    partition: int
    first: int
    end: int
    committed: int | None
    stored: int | None
    again: int = 0
    lost: int = 0


class Claims(msgspec.Struct):
    """What the second stage and the workers count themselves: shown beside, not believed."""

    late_records: int = 0
    repeated_records: int = 0
    workers: dict[str, dict[str, int]] = {}


class Statement(msgspec.Struct):
    """The whole account. ``repeated_letters`` stand on dead.letters more than once, which a crash
    explains; ``strange_letters`` name no input topic, or are no letters."""

    inputs: list[Tally] = []
    stages: list[Stage] = []
    repeated_letters: int = 0
    strange_letters: Named = msgspec.field(default_factory=Named)
    claims: Claims = msgspec.field(default_factory=Claims)

    @property
    def adds_up(self) -> bool:
        """Whether all is accounted for."""
        whole = all(one.adds_up for one in self.inputs) and not any(s.lost for s in self.stages)
        return whole and not self.strange_letters.count
