"""Which identities are known to be received in some place."""

from typing import Any

from detectors.model.finding import Identity
from detectors.sites.placed_identities import PlacedIdentities

CELL = Identity("gsm", 460, 0, 61001, 7)
AREA = Identity("gsm", 460, 0, 61001)


def noted(make: Any, phones: int, at_s: float = 0.0, grade: str = "unknown_area") -> Any:
    placed = PlacedIdentities()
    for number in range(phones):
        about = {"claimed": CELL, "values": {"grade": grade}, "place": make.place()}
        placed.note(make.finding(number, at_s, **about))
    return placed


def test_one_phone_more_than_may_be_hostile_shows_it(make: Any) -> None:
    assert not noted(make, 3).has(CELL, make.t0_ms)
    assert noted(make, 4).has(CELL, make.t0_ms)


def test_one_phone_speaks_for_itself(make: Any) -> None:
    placed = noted(make, 3)
    for _ in range(5):
        placed.note(make.finding(0, claimed=CELL, place=make.place()))
    assert not placed.has(CELL, make.t0_ms)


def test_an_area_that_others_have_too_is_not_known_by_one_cell(make: Any) -> None:
    assert noted(make, 4).has(AREA, make.t0_ms)
    assert not noted(make, 4, grade="unknown_cell").has(AREA, make.t0_ms)


def test_after_half_an_hour_it_may_be_elsewhere(make: Any) -> None:
    assert noted(make, 4).has(CELL, make.t0_ms + 1_799_000)
    assert not noted(make, 4).has(CELL, make.t0_ms + 1_801_000)


def test_what_names_no_area_is_nowhere(make: Any) -> None:
    placed = noted(make, 4)
    assert not placed.has(None, make.t0_ms)
    assert not placed.has(Identity(arfcn=7, pci=1), make.t0_ms)
    placed.note(make.finding(1, claimed=None))
    assert len(placed.received) == 2


def test_it_is_bounded(make: Any) -> None:
    placed = noted(make, 50)
    assert {len(known) for known in placed.received.values()} == {8}
    for number in range(5000):
        placed.note(make.finding(1, claimed=Identity("lte", 460, 0, 1, number)))
    assert len(placed.received) == 4096
