"""Until when a transmitter was on the air, by when phones received it.

Phones that come back tell of a transmitter that has let them go, which may be long ago: one that
was told that its services are forbidden (TS 24.301 5.5.1.2.5, cause #7 or #8) stays without them
until it is switched off and on. Those that receive its cells, its own victims or others, say when.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from scipy.special import gammaincc

from detectors.incident.tally import Tally, Vote

#: Fewer receivers say nothing about when it stopped.
_FEWEST: Final = 4
#: Of the receivers so many may have a clock that is wrong, one at least.
_WRONG_CLOCKS: Final = 0.1
#: So unlikely is it, at most, that as few received it since if it was on the air.
_DOUBT: Final = 0.02
#: Receivers all at one time don't say how often others would have come, in less than so long (ms).
_SHORTEST_MS: Final = 120_000


def off_air_ts(tallies: Iterable[Tally], now_ms: int) -> int | None:
    """Event time (ms) at which a transmitter was received last, if it would have been received
    since by phones whose messages have arrived by now (arrival time ``now_ms``); ``None`` if it may
    be on the air.

    Receivers came at an even rate until then. Of those that came later, the share has arrived
    whose messages were on their way no longer than there was time; how few there are is weighed by
    the Poisson distribution. A clock that is wrong makes a receiver come later than it did.
    """
    newest = _newest([t for t in tallies if t.family != "signalling"])
    if len(newest) < _FEWEST:
        return None
    # What a clock ahead of time says was sent after it had arrived.
    seen = np.sort([min(vote.seen, vote.rx) for vote in newest])[::-1]
    underway = np.array([max(0, vote.rx - vote.seen) for vote in newest])
    wrong = max(1, int(_WRONG_CLOCKS * len(newest)))
    doubts = [
        _doubt(seen[late : len(seen) - wrong], underway, late, now_ms) for late in range(wrong + 1)
    ]
    best = int(np.argmin(doubts))
    return int(seen[best]) if doubts[best] < _DOUBT else None


def _newest(tallies: Sequence[Tally]) -> list[Vote]:
    """The newest vote of each phone."""
    newest: dict[str, Vote] = {}
    for tally in tallies:
        for who, vote in tally.votes.items():
            if who not in newest or vote.seen > newest[who].seen:
                newest[who] = vote
    return list(newest.values())


def _doubt(seen: np.ndarray, underway: np.ndarray, later: int, now_ms: int) -> float:
    """How likely it is that no more than ``later`` receivers came after the newest of ``seen``, if
    they came as often as these."""
    span_ms = max(int(seen[0] - seen[-1]), _SHORTEST_MS)
    time_ms = np.maximum(0, now_ms - seen[0] - underway)
    expected = float(time_ms.mean()) * len(seen) / span_ms
    return float(gammaincc(later + 1, expected))
