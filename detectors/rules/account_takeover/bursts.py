"""What screening remembers of single devices and callers: texts like codes, and calls to banks."""

import msgspec
import numpy as np

from detectors.features.calls.given import given
from detectors.features.memory import lru
from detectors.model.columns import Bool, Sms

#: Of one device; nobody asks for more codes in three quarters of an hour.
_MOST_OF_ONE = 24
#: What is kept of one is so many times as large as what memories are bounded for.
_LARGER = 8
#: A phone's record and the centre's of one text without a reference lie so near (ms).
_SAME_MS = 60_000
_HASHED = "h-"


class Code(msgspec.Struct, array_like=True):
    """A text like a code: by whom, when (ms), and by which record."""

    sender: str
    ts: int
    rx: int
    source: int
    ref: str | None


class Bursts(msgspec.Struct):
    """State of a partition: texts by device, and when a caller's newest call to a bank arrived;
    those of the newest records last."""

    codes: dict[str, list[Code]] = {}
    rung: dict[str, int] = {}

    def add_code(self, device: str, code: Code, window_ms: int) -> list[Code] | None:
        """All like it within the window, itself last; ``None`` for a text that is there already."""
        before = self.codes.pop(device, [])
        kept = [each for each in before if each.rx > code.rx - window_ms][-_MOST_OF_ONE:]
        is_new = not any(_is_same(each, code) for each in kept)
        if is_new:
            kept = [*kept, code]
        if kept:
            lru.keep(self.codes, device, kept, lru.MOST_KEPT // _LARGER)
        return kept if is_new else None

    def forget_codes(self, before_rx: int) -> None:
        """Forgets devices of which nothing arrived since then; once a batch, as it costs more than
        a text does."""
        lru.forget(self.codes, lambda codes: codes[-1].rx <= before_rx)

    def forget_callers(self, before_rx: int) -> None:
        """Forgets callers who rang no bank since then, once a batch as well."""
        lru.forget(self.rung, lambda last_rx: last_rx <= before_rx)

    def was_quiet(self, caller: str, rx: int, quiet_ms: int) -> bool:
        """Whether a caller had rung no bank for so long, by other records than this one."""
        newest = self.rung.pop(caller, None)
        lru.keep(self.rung, caller, rx, lru.MOST_KEPT)
        return newest is None or newest <= rx - quiet_ms


def like_codes(batch: Sms, most_length: float) -> Bool:
    """Texts that may be codes by all that is known of them: short, of one part, without a link or a
    number to call, and from a service."""
    plain = (batch.length <= most_length) & ~(batch.parts > 1) & ~(batch.has_url > 0)
    plain &= ~given(batch.callback) & ~given(batch.url_domain)
    at: Bool = plain & given(batch.sender)
    rows = np.flatnonzero(at)
    of_people = [sender.startswith(_HASHED) for sender in batch.sender[rows].tolist()]
    at[rows[np.array(of_people, dtype=np.bool_)]] = False
    return at


def _is_same(one: Code, other: Code) -> bool:
    if one.ref is not None and other.ref is not None:
        return one.ref == other.ref
    near = abs(one.ts - other.ts) <= _SAME_MS
    return near and one.sender == other.sender and one.source != other.source
