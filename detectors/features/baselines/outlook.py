"""What a rule that counts by place expects, and which innocent explanations it considers."""

from math import inf, log
from typing import Final

import msgspec

#: Where nothing is in doubt, a count is so many times its expectation (chosen: that of a crowd may
#: well be wrong by a factor of two).
_MANY_TIMES: Final = 3.0


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule expects. ``usual_share`` is the share of odd messages assumed at first, ``floor``
    the least that is expected of a place and window.

    A message of less than ``least_weight`` nats isn't reported, unless all together come to
    ``no_doubt``.

    The truths say which innocent explanations are considered. ``most_repeats``: a subscriber that
    is odd more often within 45 minutes speaks of itself, not of a place.
    """

    tile_m: float = 1000.0
    window_ms: int = 600_000
    hold_ms: int = 15_000
    usual_share: float = 0.005
    floor: float = 0.2
    least_subscribers: int = 2
    least_weight: float = 1.0
    no_doubt: float = inf
    habit: bool = True
    crowd: bool = True
    widespread: bool = True
    repeats: bool = True
    most_repeats: int = 3

    def share_of_each(self, seen: int, expected: float) -> float:
        """One subscriber's share of the log-likelihood ratio of the count; at least
        ``least_weight`` where all together leave no doubt, since many may share out much and each
        have little."""
        if seen <= expected:
            return 0.0
        share = log(seen / expected) - 1 + expected / seen
        if seen >= _MANY_TIMES * expected and seen * share >= self.no_doubt:
            return max(share, self.least_weight)
        return share
