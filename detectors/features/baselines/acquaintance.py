"""Whom the core network knew before: what tells people of a town from people who arrive in it.

Phones that come back in an odd way may be a transmitter's victims, or may have arrived: from an
aeroplane, off a train, out of a box. Arrivals are hardly ever known. Victims are known as often as
other people; when a recording has just begun, or where the input covers a part of the network, that
isn't often either.
"""

from collections.abc import Iterable
from math import comb
from typing import Final

from detectors.features.baselines.beta_binomial import chance_of_any

#: Of those who arrive at most this share is known, since some were here not long ago. A chosen
#: bound: what is known more often can't all have arrived.
_KNOWN_ARRIVALS: Final = 0.1


def people_known(
    messages: Iterable[tuple[int, float | None]], since_ms: int, began_ms: int, horizon_ms: int
) -> tuple[int, int]:
    """How many messages there are since a time, and of as many people how many the core knows.

    Each message is its arrival (ms) and how long before the core had dealt with its subscriber
    last (s), ``None`` for a stranger. Who moves about sends more messages and is known sooner: each
    counts by the time since its last, so that all people count alike (length-biased sampling). A
    stranger's is at least as long as the recording, which ``began_ms``, up to ``horizon_ms``.

    >>> people_known([(60_000, 5.0), (60_000, 5.0), (60_000, None)], 0, 0, 2_700_000)
    (3, 0)
    """
    known = strange = 0.0
    count = 0
    for rx_ms, away_s in messages:
        if rx_ms < since_ms:
            continue
        count += 1
        if away_s is None:
            strange += max(min(rx_ms - began_ms, horizon_ms) / 1000, 1.0)
        else:
            known += max(away_s, 0.0)  # messages may arrive out of order
    return count, round(count * known / max(known + strange, 1.0))


def have_arrived(known: int, count: int, usual: int, usually_known: int, chance: float) -> bool:
    """Whether so few of ``count`` phones are ``known`` that they have arrived rather than lived
    here: the chance to find so few, going by ``usual`` ones of which ``usually_known`` were known,
    is at most ``chance``, and that to find so many among arrivals is greater.

    >>> have_arrived(0, 10, 20, 12, 0.02), have_arrived(5, 16, 100, 88, 0.02)
    (True, False)
    """
    if chance_of_so_few(known, count, usual, usually_known) > chance:
        return False
    share = _KNOWN_ARRIVALS
    fewer = sum(comb(count, k) * share**k * (1.0 - share) ** (count - k) for k in range(known))
    return 1.0 - fewer > chance


def chance_of_so_few(known: int, count: int, usual: int, usually_known: int) -> float:
    """The chance that at most ``known`` of ``count`` phones are known, where of ``usual`` ones
    ``usually_known`` were: the lower tail of a beta-binomial with a uniform prior.

    >>> round(chance_of_so_few(0, 10, 20, 12), 4), chance_of_so_few(0, 10, 0, 0) > 0.05
    (0.001, True)
    """
    usual = max(usual, 0)
    usually_known = min(max(usually_known, 0), usual)
    a, b = usually_known + 1, usual - usually_known + 1
    return chance_of_any(range(min(known, count) + 1), count, a, b)
