"""Of rules that sum up two hours of a number the newest finding says what the earlier ones did."""

from typing import Any

import pytest

from detectors.calls.incident import CallIncident
from detectors.rules import ROOMS
from tests.detectors.calls.conftest import Finder

ONE = "h-" + 24 * "1"
ENDED: dict[str, Any] = {"detector": "short_calls", "family": "outcome", "number": ONE}
ODD: dict[str, Any] = {"detector": "malformed_caller", "family": "number", "number": ONE}


def campaign(found: Finder, first_n: int, *weights: float, **about: Any) -> CallIncident:
    first = found(first_n, weight=weights[0], **about)
    one = CallIncident(1, first.rx_ts, first.rx_ts, first.ts, first.ts)
    one.add(first, first.rx_ts)
    for n, weight in enumerate(weights[1:], first_n + 1):
        finding = found(n, weight=weight, **about)
        one.add(finding, finding.rx_ts)
    return one


def test_they_are_those_that_count_all_calls_of_late() -> None:
    summing = {name for name, room in ROOMS.items() if room.rule.sums_up}
    all_calls = {"caller_rate", "short_calls", "roaming_caller", "fraud_profile"}
    assert summing == all_calls | {"number_rights"}, "which learns how good the list is"


@pytest.mark.parametrize("weights", [(2.5, 1.0), (1.0, 2.5)])
def test_the_newest_holds(found: Finder, weights: tuple[float, float]) -> None:
    assert campaign(found, 1, *weights, **ENDED).nats_of(ONE) == {"short_calls": weights[-1]}


def test_of_single_calls_the_weightiest_holds(found: Finder) -> None:
    assert campaign(found, 1, 2.5, 1.0, **ODD).nats_of(ONE) == {"malformed_caller": 2.5}


@pytest.mark.parametrize(("first_n", "holds"), [(1, 2.0), (9, 1.0)])
def test_where_campaigns_join_what_was_found_last_holds(
    found: Finder, first_n: int, holds: float
) -> None:
    one, other = campaign(found, first_n, 1.0, **ENDED), campaign(found, 5, 2.0, **ENDED)
    one.absorb(other)
    assert one.nats_of(ONE) == {"short_calls": holds}


def test_that_the_newest_says_nothing_holds_too(found: Finder) -> None:
    newer, older = campaign(found, 9, 0.0, **ENDED), campaign(found, 5, 2.0, **ENDED)
    newer.absorb(older)
    assert newer.nats_of(ONE) == {}


def test_what_one_of_two_that_join_does_not_say_of_a_number_stays(found: Finder) -> None:
    unsaid = ENDED | {"prefix": None, "number_class": None}
    one, other = campaign(found, 1, 1.0, **ENDED), campaign(found, 5, 2.0, **unsaid)
    one.absorb(other)
    assert (one.numbers[ONE].prefix, one.numbers[ONE].kind) == ("8610555", "fixed")


def test_what_only_one_of_two_that_join_found_stays(found: Finder) -> None:
    rate = {"detector": "caller_rate", "family": "pace", "number": ONE}
    one, other = campaign(found, 9, 1.0, **ENDED), campaign(found, 1, 2.0, **rate)
    one.absorb(other)
    assert one.nats_of(ONE) == {"short_calls": 1.0, "caller_rate": 2.0}
