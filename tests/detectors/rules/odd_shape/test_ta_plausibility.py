"""What phones with a timing advance say for those without."""

from typing import Any

from detectors.rules.odd_shape.ta_plausibility import Carried

CLOSE_M = 700.0


def report(make: Any, who: str, east_m: float = 0.0, at_s: float = 0.0, **over: Any) -> Any:
    return make.observation(
        0, at_s, detector="odd_shape", who=who, place=make.place(east_m), **over
    )


def test_two_phones_or_more_and_more_than_say_otherwise(make: Any) -> None:
    carried = Carried()
    asks = report(make, "x")
    expected = [(True, False), (True, True), (False, True), (False, False), (True, True)]
    for n, (long_way, holds) in enumerate(expected):
        carried.observe(report(make, f"d{n}"), long_way)
        assert carried.is_carried(asks, CLOSE_M) is holds


def test_a_phone_has_one_report_its_last(make: Any) -> None:
    carried = Carried()
    for long_way in (True, True, False):
        carried.observe(report(make, "a"), long_way)
    carried.observe(report(make, "b"), True)
    assert len(carried.reports["gsm-460-0-61001-7"]) == 2
    assert not carried.is_carried(report(make, "x"), CLOSE_M)


def test_reports_hold_for_their_cell_place_and_time(make: Any) -> None:
    carried = Carried()
    for who in "ab":
        carried.observe(report(make, who), True)
    assert carried.is_carried(report(make, "x", 600.0, 7_000.0), CLOSE_M)
    assert not carried.is_carried(report(make, "x", 800.0), CLOSE_M)
    assert not carried.is_carried(report(make, "x", at_s=7_300.0), CLOSE_M)
    assert not carried.is_carried(report(make, "x", claimed=make.claimed(cell=8)), CLOSE_M)


def test_what_waits_is_taken_in_its_turn(make: Any) -> None:
    carried = Carried(waiting=[report(make, "a", at_s=n) for n in range(3)])
    assert len(carried.take(make.t0_ms + 1000)) == 2
    assert carried.take(make.t0_ms + 1999) == []
    assert len(carried.waiting) == 1
