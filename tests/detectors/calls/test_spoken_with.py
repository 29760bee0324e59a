"""Numbers that are spoken with as honest ones are, beside campaigns."""

from typing import Any

from detectors.alert.record import Alert
from tests.detectors.calls.conftest import Desk, Finder

RATE: dict[str, Any] = {"detector": "caller_rate", "family": "pace", "weight": 3.0}
WAY = ("manner:spoofed_ingress|fixed|gw-1|21", "trunk:gw-1")


def last(alerts: list[Alert]) -> Alert:
    return alerts[-1]


def test_a_number_that_is_spoken_with_is_not_accused_for_those_beside_it(
    desk: Desk, found: Finder
) -> None:
    """An unlisted centre abroad comes in as a campaign does; it is known to be so from then on."""
    centre = "h-" + 24 * "c"
    many = [found(n, links=WAY) for n in range(40)]
    rates = [found(40 + n, number=many[n].who, **RATE) for n in range(4)]
    desk.take(*many, *rates)
    honest = found(50, number=centre, links=WAY, spoken_with=True)
    decided = desk.take(honest, found(51, number=centre, links=WAY), until_s=900.0)
    named = [each.number for each in last(decided.alerts).numbers]
    assert centre not in named
    assert many[0].who in named
    other = found(52, number="h-" + 24 * "d", links=WAY, at_s=901.0)
    assert other.who in [each.number for each in last(desk.take(other, end=True).alerts).numbers]


def test_a_number_that_is_spoken_with_is_accused_for_what_itself_does(
    desk: Desk, found: Finder
) -> None:
    one = "h-" + 24 * "a"
    alert = last(
        desk.take(found(1, number=one, spoken_with=True), found(2, number=one, **RATE)).alerts
    )
    assert [each.number for each in alert.numbers] == [one]


def test_complaints_of_a_number_that_is_spoken_with_accuse_it_of_nothing(
    desk: Desk, found: Finder
) -> None:
    one, other = ("h-" + 24 * letter for letter in "ab")
    complaint: dict[str, Any] = {"detector": "reputation", "family": "report", "weight": 4.0}
    honest, hung_up = found(1, number=one, spoken_with=True), found(5, number=other)
    assert desk.take(honest, found(3, number=one, **complaint)).alerts == []
    assert desk.take(hung_up, found(6, number=other, **complaint)).alerts != []
