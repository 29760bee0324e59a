"""Which identities are known to be received in some place."""

from typing import Any

from detectors.model.finding import Identity
from detectors.sites.placed_identities import PlacedIdentities

CELL = Identity("gsm", 460, 0, 61001, 7)
AREA = Identity("gsm", 460, 0, 61001)


def note(
    make: Any, placed: PlacedIdentities, who: int, at_s: float = 0.0, zone: str = "z", **over: Any
) -> None:
    about = {"claimed": CELL, "values": {"grade": "unknown_area"}, "weight": 2.0, **over}
    finding = make.finding(who, at_s, place=make.place(), **about)
    placed.note(finding, zone, finding.rx_ts)


def noted(make: Any, phones: int, **over: Any) -> PlacedIdentities:
    placed = PlacedIdentities()
    for number in range(phones):
        note(make, placed, number, **over)
    return placed


def test_more_phones_than_have_no_place_show_it_but_for_those_that_may_be_hostile(
    make: Any,
) -> None:
    assert not noted(make, 7).has(CELL, 5, make.t0_ms)
    assert noted(make, 8).has(CELL, 5, make.t0_ms)


def test_so_many_have_an_alert_of_their_own_anyway(make: Any) -> None:
    assert not noted(make, 15).has(CELL, 60, make.t0_ms)
    assert noted(make, 16).has(CELL, 60, make.t0_ms)


def test_phones_of_several_zones_are_no_alert_of_any(make: Any) -> None:
    placed = noted(make, 7)
    for number in range(10, 17):
        note(make, placed, number, zone="other")
    assert not placed.has(CELL, 5, make.t0_ms)


def test_what_strays_bring_is_weak(make: Any) -> None:
    assert not noted(make, 20, weight=0.3).has(CELL, 1, make.t0_ms)


def test_one_phone_speaks_for_itself(make: Any) -> None:
    placed = noted(make, 7)
    for _ in range(5):
        note(make, placed, 0)
    assert not placed.has(CELL, 5, make.t0_ms)


def test_an_area_that_others_have_too_is_not_known_by_one_cell(make: Any) -> None:
    assert noted(make, 8).has(AREA, 5, make.t0_ms)
    assert not noted(make, 8, values={"grade": "unknown_cell"}).has(AREA, 5, make.t0_ms)


def test_after_half_an_hour_it_may_be_elsewhere(make: Any) -> None:
    assert noted(make, 8).has(CELL, 5, make.t0_ms + 1_799_000)
    assert not noted(make, 8).has(CELL, 5, make.t0_ms + 1_801_000)


def test_what_comes_late_is_of_its_own_time(make: Any) -> None:
    late = noted(make, 8, late_s=2000.0)
    assert late.has(CELL, 5, make.t0_ms + 1_799_000)
    assert not late.has(CELL, 5, make.t0_ms + 1_801_000)
    ahead = noted(make, 8, at_s=9000.0, late_s=-9000.0)
    assert not ahead.has(CELL, 5, make.t0_ms + 1_801_000)


def test_what_comes_late_takes_nothing_back(make: Any) -> None:
    placed = noted(make, 8, at_s=1000.0)
    note(make, placed, 0, at_s=10.0)
    assert placed.has(CELL, 5, make.t0_ms + 2_700_000)


def test_what_names_no_area_is_nowhere(make: Any) -> None:
    placed = noted(make, 8)
    assert not placed.has(None, 1, make.t0_ms)
    assert not placed.has(Identity(arfcn=7, pci=1), 1, make.t0_ms)
    note(make, placed, 1, claimed=None)
    assert len(placed.received) == 2


def test_it_is_bounded(make: Any) -> None:
    placed = noted(make, 50)
    for number in range(9):
        note(make, placed, 1, zone=f"z{number}")
    for number in range(2500):
        note(make, placed, 1, claimed=Identity("lte", 460, 0, 1, number), values={})
    assert len(placed.received) == 2048
    assert {len(zones) for zones in noted(make, 50).received.values()} == {1}
    assert {len(known["z"]) for known in noted(make, 50).received.values()} == {16}
