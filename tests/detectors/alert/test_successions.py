"""Areas that phones come back from all at once aren't one transmitter's, one by one they may be."""

from typing import Any

import pytest

from detectors.alert.stories import stories
from detectors.alert.successions import successions
from detectors.model.finding import Finding, Identity


def back(make: Any, n: int, area: int, at_s: float, mnc: int = 0) -> Finding:
    """A subscriber that came back from an area that the network doesn't have."""
    found: Finding = make.finding(
        n, at_s=at_s, detector="unknown_old_area", family="signalling", weight=2.0, cap=9.0,
        claimed=Identity("lte", 460, mnc, area), space="subscriber",
    )  # fmt: skip
    return found


def received(make: Any, n: int, area: int, at_s: float, **over: Any) -> Finding:
    """A device that received a cell of such an area."""
    claimed = Identity(over.pop("rat", "lte"), 460, over.pop("mnc", 0), area, 7, **over)
    found: Finding = make.finding(n, at_s=at_s, claimed=claimed)
    return found


def areas_of(make: Any, *findings: Finding) -> list[set[int]]:
    """The sets without those of one area that is in another one too."""
    named = successions(make.incident(findings).tallies)
    found = [{area for area, _ in one} for one in named]
    kept = [one for one in found if not any(one < other for other in found)]
    return [one for at, one in enumerate(kept) if one not in kept[:at]]


def cells_of(make: Any, *findings: Finding) -> list[set[int | None]]:
    """As `areas_of`, the cells."""
    return [{cell for _, cell in one} for one in successions(make.incident(findings).tallies)]


def crowd(make: Any, areas: int = 5, each: int = 4) -> list[Finding]:
    """A train's passengers: so many areas, all at the same time."""
    return [
        back(make, n, 61000 + n % areas, 20.0 + 0.3 * n + 60.0 * (n >= areas * each // 2))
        for n in range(areas * each)
    ]


def test_each_area_of_a_crowd_stands_alone(make: Any) -> None:
    found = areas_of(make, *crowd(make))
    assert found == [{61000}, {61001}, {61002}, {61003}]


def test_areas_one_after_the_other_are_one_transmitter_s(make: Any) -> None:
    findings = [back(make, n, 61000 + n // 4, 30.0 * n) for n in range(12)]
    assert areas_of(make, *findings) == [{61000, 61001, 61002}]


def test_a_few_that_come_late_change_nothing(make: Any) -> None:
    """One of eight was held until phones came back from the next area."""
    times = [*(30.0 * n for n in range(7)), 235.0]
    findings = [back(make, n, 61000, at_s) for n, at_s in enumerate(times)]
    findings += [back(make, 20 + n, 61001, 220.0 + 30.0 * n) for n in range(8)]
    assert areas_of(make, *findings) == [{61000, 61001}]


@pytest.mark.parametrize(
    ("over", "are_one"),
    [({"mnc": 1}, True), ({"rat": "gsm"}, True), ({}, False), ({"arfcn": 1300, "pci": 9}, True)],
    ids=["two networks", "two technologies", "one carrier", "one channel and code"],
)
def test_what_is_received_at_once(make: Any, over: dict[str, Any], are_one: bool) -> None:
    """A transmitter may pose as two networks; on one carrier it has one area."""
    key = {name: over[name] for name in ("arfcn", "pci") if name in over}
    findings = [received(make, n, 61000, 10.0 * n, **key) for n in range(4)]
    findings += [received(make, 10 + n, 61001, 10.0 * n, **over) for n in range(4)]
    assert areas_of(make, *findings) == ([{61000, 61001}] if are_one else [{61000}, {61001}])


def test_cells_that_a_register_lacks_stand_alone_where_they_are_on_the_air_together(
    make: Any,
) -> None:
    """Of one area, as honest ones are: unless one took the other's place."""
    cells = [
        make.finding(10 * cell + n, at_s=20.0 * n, claimed=Identity("lte", 460, 0, 4100, cell))
        for cell in (5, 6)
        for n in range(5)
    ]
    assert cells_of(make, *cells) == [{5}, {6}]
    next_one = [
        make.finding(70 + n, at_s=90.0 + 20.0 * n, claimed=Identity("lte", 460, 0, 4100, 7))
        for n in range(4)
    ]
    assert cells_of(make, *cells[:5], *next_one) == [{5, 7}]


def test_an_area_that_phones_come_back_from_goes_with_its_cells(make: Any) -> None:
    findings = [back(make, n, 61000, 20.0 * n) for n in range(6)]
    findings += [received(make, 10 + n, 61000, 20.0 * n) for n in range(3)]
    assert cells_of(make, *findings) == [{None, 7}]


def test_two_networks_that_phones_only_come_back_from_are_not_linked(make: Any) -> None:
    """Passengers of a train are subscribers of several networks."""
    findings = [back(make, n, 61000 + n % 2, 10.0 * n, mnc=n % 2) for n in range(8)]
    assert areas_of(make, *findings) == [{61000}, {61001}]


@pytest.mark.parametrize(("mnc", "are_one"), [(0, True), (1, False)])
def test_a_cell_is_not_the_next_of_another_networks_area(
    make: Any, mnc: int, are_one: bool
) -> None:
    """Some came back oddly minutes before a small cell of another operator went on the air."""
    findings = [back(make, n, 61000, 10.0 * n) for n in range(6)]
    findings += [received(make, 10 + n, 61001, 400.0 + 10.0 * n, mnc=mnc) for n in range(4)]
    assert areas_of(make, *findings) == ([{61000, 61001}] if are_one else [{61000}, {61001}])
    findings.append(back(make, 0, 61001, 450.0, mnc=mnc))
    assert areas_of(make, *findings) == [{61000, 61001}]


def test_a_phone_that_came_back_from_both_links_them(make: Any) -> None:
    findings = [back(make, n % 6, 61000 + n % 2, 10.0 * n) for n in range(8)]
    assert areas_of(make, *findings) == [{61000}, {61001}]
    assert areas_of(make, *findings, back(make, 0, 61001, 90.0)) == [{61000, 61001}]


def test_three_phones_that_name_many_areas_drown_none(make: Any) -> None:
    """They link a transmitter's area to a dozen others, which have strays of their own."""
    victims = [back(make, n, 61000, 20.0 * n) for n in range(16)]
    liars = [back(make, 50 + n % 3, 61000 + n // 3, 5.0 * n) for n in range(36)]
    assert max(areas_of(make, *victims, *liars), key=len) >= {61000, 61005, 61011}
    assert make.chance(victims) > 0.5
    assert make.chance(sorted([*victims, *liars], key=lambda each: each.rx_ts)) > 0.5


def test_without_an_area_there_is_nothing_to_follow(make: Any) -> None:
    lost = make.finding(1, detector="lost_area", claimed=None)
    assert areas_of(make, lost) == []
    assert [story.belong for story in stories(make.incident([lost]))] == [(True,)]


def test_a_crowd_of_strays_is_no_transmitter_and_as_many_of_one_area_are(make: Any) -> None:
    of_many = [back(make, n, 61000 + n % 8, 20.0 * n) for n in range(24)]
    of_one = [back(make, n, 61000, 20.0 * n) for n in range(24)]
    assert make.chance(of_many) == 0.0
    assert make.chance(of_one) > 0.5
    (alert,) = make.alerts(
        [*of_one, *(back(make, 30 + n, 62000 + n % 8, 20.0 * n) for n in range(24))]
    )[-1:]
    assert {one.area for one in alert.identities} == {61000}
    assert alert.devices == 24


def test_strays_of_many_leave_room_for_what_phones_receive(make: Any) -> None:
    """A cell that three received beside five areas of four subscribers each."""
    cell = [received(make, 100 + n, 62000, 40.0 + n) for n in range(3)]
    found = areas_of(make, *crowd(make), *cell)
    assert found == [{61000}, {61001}, {61002}, {61003}, {62000}]
