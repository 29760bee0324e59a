"""Are so many in so short a time a transmitter's victims, or strays that come by anyway?

In every city phones come back from areas that the network doesn't have: off trains, from other
countries, with SIM cards of before. Of one such area a few come by in an hour, at the busiest some
dozens. Victims come in a burst: a transmitter takes whom it reaches. So what counts is the rate:
the Bayes factor of a count in the newest minutes between a transmitter's rates and strays', both
unknown and log-uniform (a Poisson count with its rate integrated out). Strays come in trains: who
come within seconds of each other count once.

How busy strays' areas get differs by town and hour: on a main line dozens an hour, elsewhere a few.
What came from the zone's other unknown areas tells which of some upper bounds fits (`learned`). One
area in twenty may be of another kind, so that what this adds is bounded (3 nats), and nothing is
known before other areas are.

Two things say that an area isn't strays' at all, whatever their rate: that phones receive a cell of
it here, and that those who come back from it were served here minutes before. Of strays' areas one
in twenty may still look so, by phones that show an old cell and by a hole of the register on their
way; so each of the two is worth the logarithm of twenty. Residents don't come in trains either.

All lengths of time up to now that begin with one of them are looked at, since nobody knows how long
a transmitter is on the air; what that gains by chance is taken off.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from functools import lru_cache
from math import log
from typing import Final, TypeAlias

import numpy as np
from scipy.special import gammainc, gammaln

from detectors.incident.tally import Tally, Vote, certain
from detectors.model.columns import F8

#: Subscribers an hour that come by from one unknown area, and that a transmitter gives back.
STRAYS_AN_HOUR: Final = (0.3, 40.0)
VICTIMS_AN_HOUR: Final = (20.0, 3000.0)
#: How many an hour come by at most, where it is quieter, and how likely each is beforehand.
_MOST_AN_HOUR: Final = (2.5, 5.0, 10.0, 20.0, STRAYS_AN_HOUR[1])
Strays: TypeAlias = tuple[float, ...]
UNKNOWN: Final[Strays] = (0.05, 0.05, 0.05, 0.05, 0.8)
#: Such a share of areas is unlike the others; so many areas are looked at, the busiest.
_UNLIKE: Final = 0.05
_AREAS: Final = 12
#: What each of two facts that strays' areas lack adds (nats): they have it in that share of cases.
_NO_STRAYS: Final = log(1.0 / _UNLIKE)
#: So many phones that receive an area, or of whom the core knows that they stayed here, aren't
#: deceived or hostile any more.
_SOME: Final = 3
#: The shortest length of time looked at and the longest, in steps of a tenth.
_SHORTEST_MS, LONGEST_MS, _STEP = 30_000, 2_700_000, 1.1
#: What the best of all lengths gains by chance, nats. With it steady strays, 20 an hour, stay below
#: 5 nats in 98 of a hundred half-hours, and 40 below 9; beside a dozen quiet areas 20 stay below 6
#: (tests/detectors/incident/test_burst.py).
_BY_CHOICE: Final = log(10)
_HOUR_MS: Final = 3_600_000
#: The busiest strays' rate grows with the number of areas to this power (`strays_an_hour`).
_BUSY: Final = 0.6
#: Those who come so shortly one after the other (ms) may sit in one train: they are one event.
_TOGETHER_MS: Final = 6_000


def burst_nats(
    times_ms: Sequence[int],
    now_ms: int,
    areas: float = 1.0,
    strays: Strays = UNKNOWN,
    together_ms: int = _TOGETHER_MS,
) -> float:
    """Log Bayes factor of a transmitter over ``strays``, of distinct subscribers' times up to now;
    one transmitter may have had several ``areas``, one after the other, of which each has strays.
    Who come within ``together_ms`` of each other count once.

    >>> minute = 60_000
    >>> round(burst_nats([0, 10_000, 20_000, 30_000, 40_000, 50_000], 50_000), 1)
    7.6
    >>> burst_nats([n * 5 * minute for n in range(6)], 25 * minute) < 0
    True
    """
    lately = sorted(now_ms - at for at in times_ms if 0 <= now_ms - at < LONGEST_MS)
    ago_ms = _events(lately, together_ms)
    # The oldest of each length chose where it begins: the length is longer by a share of one more.
    spans = (max(_SHORTEST_MS, ago * (n + 1) / n) for n, ago in enumerate(ago_ms, start=1))
    factors = [_factor(n, _rounded(span), areas, strays) for n, span in enumerate(spans, start=1)]
    return max(factors, default=_factor(0, _SHORTEST_MS, areas, strays)) - _BY_CHOICE


def learned(counts: Iterable[int], span_ms: float) -> Strays:
    """How likely each of some upper bounds of strays' rates is, by how many subscribers came from
    other areas of the zone within a time. An area of which nobody came isn't known at all.

    >>> quiet, busy = (learned([many] * 10, 1_800_000) for many in (1, 12))
    >>> back = [60_000 * n for n in range(15)]
    >>> [round(burst_nats(back, back[-1], strays=strays), 1) for strays in (quiet, UNKNOWN, busy)]
    [2.9, 0.3, 0.1]
    """
    odds = np.log(UNKNOWN)
    for count in sorted(counts, reverse=True)[:_AREAS]:
        odds = odds + _of_area(count, _rounded(max(span_ms, _SHORTEST_MS)))
    chances = np.exp(odds - odds.max())
    # Of few digits, so that what was computed with them can be kept.
    known = np.round((1.0 - _UNLIKE) * chances / chances.sum(), 2)[:-1].tolist()
    return (*known, 1.0 - sum(known))


def most_each_adds(
    tallies: Iterable[Tally],
    detectors: Container[str],
    now_ms: int,
    strays: Mapping[str, Strays] | None = None,
) -> dict[str, float]:
    """What each device adds at most by the findings of some detectors, by how many came how fast;
    ``strays`` are the zone's by detector.

    Areas count by the devices that name them: as many as it takes to have all, were each named by
    as many as the one that most name. A few phones that name dozens change little.
    """
    own = list(tallies)
    votes_of: dict[str, dict[str, list[Vote]]] = {}
    of_area: dict[str, dict[int | None, set[str]]] = {}
    for tally in own:
        if tally.detector in detectors:
            votes = votes_of.setdefault(tally.detector, {})
            for voter, vote in tally.votes.items():
                votes.setdefault(voter, []).append(vote)
            area = tally.claimed.area if tally.claimed else None
            of_area.setdefault(tally.detector, {}).setdefault(area, set()).update(tally.votes)
    most = {}
    for name, who in votes_of.items():
        usual = (strays or {}).get(name, UNKNOWN)
        areas = round(len(who) / max(map(len, of_area[name].values())), 1)
        stayed = sum(any(vote.stayed for vote in votes) for votes in who.values())
        are_residents = stayed >= _SOME and 2 * stayed >= len(who)
        together_ms = 0 if are_residents else _TOGETHER_MS
        newest = [max(vote.rx for vote in votes) for votes in who.values()]
        nats = burst_nats(newest, now_ms, areas, usual, together_ms)
        nats += _NO_STRAYS * (are_residents + _is_received(own, detectors, of_area[name]))
        most[name] = max(0.0, nats) / len(who)
    return most


def _is_received(
    tallies: Iterable[Tally], but_for: Container[str], areas: Mapping[int | None, set[str]]
) -> bool:
    """Whether several phones have received cells of some areas here, by other detectors."""
    receivers = set[str]()
    for tally in tallies:
        claimed = tally.claimed
        if tally.detector in but_for or claimed is None or None in (claimed.area, claimed.cell):
            continue
        if claimed.area in areas:
            receivers.update(tally.votes)
    return certain(receivers) >= _SOME


def strays_an_hour(areas: float, most: float = STRAYS_AN_HOUR[1]) -> tuple[float, float]:
    """The range of how many come by from so many unknown areas, if it is ``most`` from the busiest.
    Hardly ever all are busy: 95 % of sums of so many rates, each log-uniform in `STRAYS_AN_HOUR`,
    lie below the upper bound."""
    low = STRAYS_AN_HOUR[0] * areas
    return low, max(2.0 * low, most * areas**_BUSY)


def _events(ago_ms: Sequence[int], together_ms: int) -> list[int]:
    """The newest of those that came together, for each such group."""
    events: list[int] = []
    for ago in ago_ms:
        if not events or ago - events[-1] > together_ms:
            events.append(ago)
    return events


def _rounded(span_ms: float) -> int:
    """A length on a scale of few, so that what was computed once can be kept."""
    steps = round(log(span_ms / _SHORTEST_MS) / log(_STEP))
    return round(_SHORTEST_MS * _STEP**steps)


@lru_cache(maxsize=16384)
def _factor(count: int, span_ms: int, areas: float, strays: Strays) -> float:
    hours = span_ms / _HOUR_MS
    low, high = VICTIMS_AN_HOUR
    victims = _log_marginal(count, low * hours, high * hours)
    by_bound = _of_strays(count, span_ms, areas)
    likeliest = by_bound.max()
    return float(victims - likeliest - np.log(strays @ np.exp(by_bound - likeliest)))


@lru_cache(maxsize=4096)
def _of_strays(count: int, span_ms: int, areas: float) -> F8:
    """Log probability of so many strays by each of the upper bounds."""
    hours = span_ms / _HOUR_MS
    ranges = [strays_an_hour(areas, most) for most in _MOST_AN_HOUR]
    return np.array([_log_marginal(count, low * hours, high * hours) for low, high in ranges])


@lru_cache(maxsize=4096)
def _of_area(count: int, span_ms: int) -> F8:
    """The same of an area from which anybody came at all."""
    return _of_strays(count, span_ms, 1.0) - np.log1p(-np.exp(_of_strays(0, span_ms, 1.0)))


def _log_marginal(count: int, low: float, high: float) -> float:
    """Log probability of a Poisson count whose mean is log-uniform between two bounds."""
    if count:
        # The integral of a Poisson term over the logarithm of its mean is an incomplete gamma.
        mass = (gammainc(count, high) - gammainc(count, low)) / count
        if mass > 0.0:
            return float(np.log(mass) - np.log(np.log(high / low)))
        return float(count * np.log(high) - high - gammaln(count + 1))
    means = np.geomspace(low, high, 64)
    return float(np.log(np.exp(-means).mean()))
