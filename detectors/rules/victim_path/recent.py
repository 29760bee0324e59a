"""What screening remembers of single callers: whom numbers from abroad rang, and which hotlines and
numbers abroad subscribers rang."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from detectors.features.calls.windows import Windows
from detectors.features.memory import lru
from detectors.features.sms.join import Join
from detectors.rules.victim_path.persons import LongCall

#: Of one caller; a person rings far fewer in two hours.
_MOST_OF_ONE = 16
#: What is kept of one is so many times as large as what memories are bounded for.
_LARGER = 8

#: Calls that arrive in so long a time (ms) are handed on together. Chosen: a minute is what a
#: reminder may take.
SPOKEN_MS = 10_000


class Ring(msgspec.Struct, array_like=True):
    """One call that was made: what to, its reference, and when (ms; ``rx`` by arrival)."""

    to: str
    ref: str
    ts: int
    rx: int


class Spoke(NamedTuple):
    """Whom a caller spoke with at length last, and when (ms; ``rx`` by arrival)."""

    to: str
    ref: str
    ts: int
    ends: int
    rx: int


class Recent(Join):
    """State of a partition, by caller, those of the newest records last. Texts with a number to
    call are joined with their centre's records as by `Join`. ``spoke`` has the last long call of
    each caller; ``spoken`` those of windows that weren't handed on yet (`spoken.hand_on`)."""

    callees: dict[str, list[Ring]] = msgspec.field(default_factory=dict)
    offices: dict[str, list[Ring]] = msgspec.field(default_factory=dict)
    banks: dict[str, list[Ring]] = msgspec.field(default_factory=dict)
    called: dict[str, list[Ring]] = msgspec.field(default_factory=dict)
    abroad: dict[str, list[Ring]] = msgspec.field(default_factory=dict)
    spoke: dict[str, Spoke] = msgspec.field(default_factory=dict)
    spoken: Windows[LongCall] = msgspec.field(default_factory=lambda: Windows(SPOKEN_MS))

    def note(
        self, kept: dict[str, list[Ring]], caller: str, ring: Ring, horizon_ms: int
    ) -> list[Ring] | None:
        """All that is remembered of a caller in one of these, this call last; ``None`` where the
        call was there already, from another point or once more."""
        before = kept.get(caller, [])
        mine = [each for each in before if each.rx > ring.rx - horizon_ms]
        if any(each.ref == ring.ref for each in mine):
            return None
        kept.pop(caller, None)
        mine = [*mine, ring][-_MOST_OF_ONE:]
        lru.keep(kept, caller, mine, lru.MOST_KEPT // _LARGER)
        return mine

    def forget(self, before_rx: int) -> None:
        """Forgets callers of whom nothing arrived since then: once a batch, as it costs more than a
        call does."""
        for kept in (self.callees, self.offices, self.banks, self.called, self.abroad):
            lru.forget(kept, lambda rings: rings[-1].rx <= before_rx)

    def note_long(self, callers: list[str], calls: Iterable[Spoke], oldest_rx: int) -> None:
        """Long calls in order of arrival, all at once: they are many."""
        self.spoke.update(zip(callers, calls, strict=True))
        if len(self.spoke) > lru.MOST_KEPT // _LARGER:
            times = {caller: each.rx for caller, each in self.spoke.items()}
            left = sorted((rx, caller) for caller, rx in times.items() if rx > oldest_rx)[
                -lru.MOST_KEPT // _LARGER // 2 :
            ]
            self.spoke = {caller: self.spoke[caller] for _, caller in left}


def recent_of(kept: dict[str, list[Ring]], caller: str, since_rx: int) -> list[Ring]:
    """What is remembered of a caller in one memory, as far as it arrived after then."""
    return [each for each in kept.get(caller, ()) if each.rx > since_rx]
