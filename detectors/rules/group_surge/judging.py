"""Whether there are more calls of a group than it ever has."""

from dataclasses import dataclass
from math import log
from typing import Final

from detectors.rules.group_surge.expected import surprise
from detectors.rules.group_surge.growth import Seen, growth
from detectors.rules.group_surge.watch import (
    Group,
    Watch,
    is_of_travellers,
    name_of,
    origins_over,
    parts_of,
)

#: Windows (ms) in which calls are counted.
_WINDOWS_MS: Final = (900_000, 3_600_000)
#: Rates are no steadier than this (Gamma's shape): hours of the same expectation differ by a third.
_STEADIEST: Final = 10.0
#: Nats for the groups and windows of a day that might have stood out by chance, 10,000 of them.
_LOOKS: Final = log(10_000.0)
#: Calls an hour that any group may have.
_LEAST_RATE: Final = 0.05
#: Share of travellers and of one country in the calls from abroad before any habit is known, and
#: that of other origins.
_TRAVELLERS_SHARE, _OTHERS_SHARE = 0.5, 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The rule's parameters, by their names there; the last three are its excuses."""

    least_calls: float
    least_callers: int
    strangers_share: float
    first_rate: float
    learning_h: float
    everywhere: bool
    rerouted: bool
    unwatched: bool


@dataclass(frozen=True, slots=True)
class Surge:
    """A group of which there are more calls than expected, and how surprising that is (nats)."""

    group: Group
    nats: float
    expected: float


def surge_of(state: Watch, call: tuple[str, str, str], now_ms: int, limits: Limits) -> Surge | None:
    """The most surprising of all groups that a call is of, if they are of many callers of
    strangers and more than usual; the call is its origin, trunk and region."""
    best = None
    # The narrowest first: of two that are as odd it says more.
    for origin in origins_over(call[0])[:-1]:
        every = state.of_origin(origin)
        if not _is_many(every, limits):
            continue
        others = state.of_origin(origin, others=True)
        first_rate = _first_rate(state, every, others, limits)
        for pair in parts_of(*call[1:]):
            for window_ms in _WINDOWS_MS:
                group = every.of(*pair, now_ms - window_ms)
                if _is_many(group, limits) and group.strangers >= limits.strangers_share:
                    rate, shape = _rate(state, group, first_rate)
                    seen = Seen(state, group, every, others, now_ms - window_ms, window_ms)
                    surge = _judged(seen, rate, shape, limits)
                    if surge is not None and (best is None or surge.nats > best.nats):
                        best = surge
    return best


def _is_many(group: Group, limits: Limits) -> bool:
    return group.amount >= limits.least_calls and group.callers >= limits.least_callers


def _judged(seen: Seen, rate: float, shape: float, limits: Limits) -> Surge | None:
    expected, shape = rate * seen.hours, min(shape, _STEADIEST)
    amount = seen.group.amount
    nats = surprise(amount, expected, shape) - _LOOKS
    if nats > 0 and seen.state.habits.hours >= limits.learning_h:
        expected *= growth(seen, everywhere=limits.everywhere, rerouted=limits.rerouted)
        nats = surprise(amount, expected, shape) - _LOOKS
    return Surge(seen.group, nats, expected) if nats > 0 else None


def _rate(state: Watch, group: Group, first_rate: float) -> tuple[float, float]:
    """Calls an hour that a group usually has, and the shape of that rate's Gamma; without a past
    its trunk's and region's share of its origin's."""
    whole = name_of(group.origin, "", "")
    rate, shape = state.habits.rate(whole, first_rate)
    if group.cell == whole:
        return rate, shape
    share = state.share(1, group.trunk) * state.share(2, group.region)
    return state.habits.rate(group.cell, max(_LEAST_RATE, rate * share))


def _first_rate(state: Watch, every: Group, others: Group, limits: Limits) -> float:
    """Calls an hour of an origin without a past: a share of what all others have."""
    of_many = is_of_travellers(every.origin)
    of_others = max(others.amount, state.usual_of_others(every.origin, ""))
    rate = max(limits.first_rate, of_others * (_TRAVELLERS_SHARE if of_many else _OTHERS_SHARE))
    if limits.unwatched and of_many and state.habits.hours < limits.learning_h:
        # As many as there are may be usual, and four times as many, within a quarter of an hour.
        rate = max(rate, 4.0 * every.amount)
    return rate
