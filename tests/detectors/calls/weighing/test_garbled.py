"""A carrier that garbles numbers garbles those of all whom it passes on: they accuse no other."""

from typing import Any

from detectors.alert.record import Alert
from detectors.model.finding import Finding
from tests.detectors.calls.conftest import Desk, Finder

WAY: dict[str, Any] = {"links": ("manner:malformed_caller|nobodys|gw-1|21", "trunk:gw-1")}
GARBLED: dict[str, Any] = {"detector": "malformed_caller", "weight": 1.8, "cap": 4.0, **WAY}
#: More numbers that are none than ever before on the trunk.
SURGE: dict[str, Any] = {"detector": "group_surge", "family": "pace", "weight": 3.0, "number": None}
CALLER = "h-" + 24 * "c"


def garbled(found: Finder) -> list[Finding]:
    """Of many numbers, the first of which rings many strangers."""
    rate = found(20, number=CALLER, detector="caller_rate", family="pace", weight=3.0, **WAY)
    return [found(1, number=CALLER, **GARBLED), rate, *(found(n, **GARBLED) for n in range(21, 40))]


def named(alerts: list[Alert]) -> set[str]:
    return {each.number for alert in alerts for each in alert.numbers}


def test_beside_a_fraud_whose_number_is_garbled_others_are_not_accused(
    desk: Desk, found: Finder
) -> None:
    alerts = desk.take(*garbled(found), until_s=600, end=True).alerts
    assert named(alerts) == {CALLER}
    assert alerts[-1].reports > 10


def test_what_else_is_found_of_one_still_counts(desk: Desk, found: Finder) -> None:
    ended = found(50, number=f"h-{25:024x}", detector="short_calls", family="outcome", weight=1.5)
    alerts = desk.take(*garbled(found), ended, until_s=600, end=True).alerts
    assert named(alerts) == {CALLER, f"h-{25:024x}"}


def test_more_of_them_than_ever_are_a_campaign_that_accuses_nobody(
    desk: Desk, found: Finder
) -> None:
    many = [found(n, **GARBLED) for n in range(1, 12)]
    assert desk.take(*many, until_s=100).alerts == []
    more = [found(n, **GARBLED) for n in range(102, 112)]
    alerts = desk.take(found(101, **SURGE, **WAY), *more, until_s=600, end=True).alerts
    assert alerts[0].status == "open"
    assert named(alerts) == set()
    assert len(alerts[-1].calls) > 10


def test_a_surge_alone_makes_none_of_other_numbers(desk: Desk, found: Finder) -> None:
    rights = {"detector": "number_rights", "weight": 2.3, "cap": 3.0, **WAY}
    surge = found(101, **SURGE, **WAY)
    moved = [found(n, **rights) for n in range(102, 112)]
    assert desk.take(surge, *moved, until_s=600, end=True).alerts == []
