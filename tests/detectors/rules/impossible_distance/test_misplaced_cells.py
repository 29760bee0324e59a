"""When a report that contradicts an estimated row counts: not while the row may be wrong."""

from typing import Any

from detectors.rules.impossible_distance.misplaced_cells import Strays


def report(make: Any, who: str, at_s: float, home: bool = False, cell: int = 7, **over: Any) -> Any:
    kind, claimed = "home" if home else "far", make.claimed(cell=cell)
    place = make.place(0.0 if home else 40_000.0)
    counted = {"detector": "impossible_distance", "kind": kind, "claimed": claimed, "place": place}
    return make.observation(0, at_s, who=who, **counted, **over)


def away(make: Any, strays: Strays, who: str, at_s: float) -> list[str]:
    return [observation.who for observation in strays.observe_away(report(make, who, at_s), 4.0)]


def watched(make: Any, strays: Strays, count: int) -> None:
    """Reports of an honest cell in the tile where the stray is received."""
    for n in range(count):
        there = report(make, f"o{n}", n, cell=8)
        strays.observe_home(there)


def test_a_cell_that_came_on_the_air_late_counts_from_its_first_report(make: Any) -> None:
    strays = Strays()
    watched(make, strays, 20)
    assert away(make, strays, "a", 60) == away(make, strays, "b", 61) == []
    assert away(make, strays, "c", 62) == ["a", "b", "c"]
    assert away(make, strays, "d", 63) == ["d"]


def test_a_cell_that_was_there_from_the_beginning_may_be_a_wrong_row(make: Any) -> None:
    strays = Strays()
    assert [away(make, strays, f"d{n}", n) for n in range(30)] == [[]] * 30


def test_one_phone_alone_proves_nothing(make: Any) -> None:
    strays = Strays()
    watched(make, strays, 20)
    assert [away(make, strays, "a", 60 + n) for n in range(30)] == [[]] * 30


def test_a_cell_that_two_phones_receive_at_home_is_not_there_too(make: Any) -> None:
    strays = Strays()
    assert away(make, strays, "a", 0) == []
    strays.observe_home(report(make, "h", 1, home=True))
    assert away(make, strays, "b", 2) == []
    strays.observe_home(report(make, "i", 3, home=True))
    assert away(make, strays, "c", 4) == ["a", "b", "c"]
    assert away(make, strays, "d", 4 + 3600) == []  # it may have moved since


def test_what_was_held_too_long_is_dropped(make: Any) -> None:
    strays = Strays()
    away(make, strays, "a", 0)
    for who in "hi":
        strays.observe_home(report(make, who, 1900, home=True))
    assert away(make, strays, "b", 1901) == ["b"]


def test_cells_are_forgotten_beyond_a_bound(make: Any) -> None:
    strays = Strays()
    for cell in range(600):
        strays.observe_away(report(make, "a", cell, cell=cell), 4.0)
    assert len(strays.strays) == 512
    assert max(len(stray.held) for stray in strays.strays.values()) == 1
