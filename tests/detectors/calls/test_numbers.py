"""What an alert says of each of its numbers."""

from typing import Any

from tests.detectors.calls.conftest import Desk, Finder

RATE: dict[str, Any] = {"detector": "caller_rate", "family": "pace", "weight": 3.0}
WAY = ("manner:spoofed_ingress|fixed|gw-1|21", "trunk:gw-1")


def test_what_a_complaint_does_not_say_of_a_number_is_not_forgotten(
    desk: Desk, found: Finder
) -> None:
    one = "h-" + 24 * "a"
    desk.take(found(1, number=one), found(2, number=one, **RATE))
    reported = {"detector": "reputation", "family": "report", "number_class": None, "prefix": None}
    alert = desk.take(found(3, number=one, weight=1.0, **reported), end=True).alerts[-1]
    (number,) = alert.numbers
    assert (number.kind, number.prefix) == ("fixed", "8610555")


def test_who_is_impersonated_is_never_a_caller(desk: Desk, found: Finder) -> None:
    owner = "h-" + 24 * "b"
    spoofed = [found(n, number=owner, links=WAY) for n in range(3)]
    storm = {"detector": "impersonated_number", "family": "victim", "role": "impersonated"}
    more = [found(3, number=owner, **storm), found(4, number=owner, **RATE)]
    for order in ([*spoofed, *more], [*more, *spoofed]):
        alert = Desk().take(*order, end=True).alerts[-1]
        assert [(each.number, each.role) for each in alert.numbers] == [(owner, "impersonated")]
