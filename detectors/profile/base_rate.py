"""How many transmitters are on the air in a zone, as its own alerts show: the base rate.

In most cities and on most days there is none; on some days there are hundreds. Whoever weighs a
candidate must know which day it is. The rate is learned as that of a Poisson process whose mean has
a gamma prior of shape one about the rate that is set, from the alerts of late but for the first:
that one is what is usual, and what it does next, on another channel or under another name, looks
like a second. So with n transmitters on the air it is n times the usual one (the posterior mean, as
long as what is of late is far shorter than the usual time between two). A half-life of a quarter of
an hour makes it follow the city within one, up and down.

An alert counts by the probability that it would have at the rate that is set. So alerts that opened
only since others did count little, and a rate can't feed on itself. What is set is the least:
silence is no evidence that nobody will come.
"""

from math import log
from typing import Annotated, Final

import msgspec
from msgspec import Meta

#: After so long (ms) half of what an alert counts is left.
HALF_LIFE_MS: Final = 900_000
#: Transmitters that are counted at most, and alerts whose own share is known: those of an hour.
MOST: Final = 1000.0
MOST_SHARES: Final = 1024


class Share(msgspec.Struct, array_like=True):
    """What one alert counts as of an arrival time (ms)."""

    count: float
    as_of_ms: int

    def left(self, now_ms: int) -> float:
        """What is left of it by now."""
        return self.count * _kept(now_ms - self.as_of_ms)


class BaseRate(msgspec.Struct):
    """Expected number of transmitters that alerts showed, fading, as of arrival time ``as_of_ms``
    (0: nothing yet).

    ``shares`` are those of single alerts, by id, the longest untouched first.
    """

    count: Annotated[float, Meta(ge=0.0, le=MOST)] = 0.0
    as_of_ms: Annotated[int, Meta(ge=0, le=1 << 53)] = 0
    shares: Annotated[dict[str, Share], Meta(max_length=MOST_SHARES)] = {}

    def observe(self, alert_id: str, chance: float, now_ms: int) -> None:
        """An alert goes on, of such a probability at the rate that is set; 0: it never was one."""
        self.count, self.as_of_ms = self._left(now_ms), max(self.as_of_ms, now_ms)
        known = self.shares.pop(alert_id, None)
        left = known.left(now_ms) if known else 0.0
        count = max(chance, left) if chance else 0.0
        self.count = min(MOST, max(0.0, self.count + count - left))
        if count:
            self.shares[alert_id] = Share(count, now_ms)
            if len(self.shares) > MOST_SHARES:
                del self.shares[next(iter(self.shares))]

    def a_day(self, usual_a_day: float, now_ms: int, but_for: str | None = None) -> float:
        """Transmitters a day by now but for one alert's; at least the usual ones.

        >>> rate = BaseRate()
        >>> for name in "abc":
        ...     rate.observe(name, 1.0, 60_000)
        >>> rate.a_day(1.0, 60_000), rate.a_day(1.0, 60_000, but_for="a")
        (3.0, 2.0)
        """
        own = self.shares.get(but_for) if but_for is not None else None
        others = self._left(now_ms) - (own.left(now_ms) if own else 0.0)
        return usual_a_day * max(1.0, others)

    def learned(self) -> "BaseRate":
        """What a profile keeps of it: nothing of single alerts."""
        return msgspec.structs.replace(self, shares={})

    def taken_up(self, now_ms: int) -> "BaseRate":
        """The rate as if it had been learned until now; the time between teaches nothing."""
        return msgspec.structs.replace(self, as_of_ms=self.as_of_ms and now_ms, shares={})

    def _left(self, now_ms: int) -> float:
        return self.count * _kept(now_ms - self.as_of_ms)


def raised_nats(a_day: float, usual_a_day: float, most: float) -> float:
    """What a rate adds to a candidate's log-odds over the usual one, at most ``most``."""
    return min(most, log(a_day / usual_a_day))


def _kept(passed_ms: float) -> float:
    return float(0.5 ** (max(0.0, passed_ms) / HALF_LIFE_MS))
