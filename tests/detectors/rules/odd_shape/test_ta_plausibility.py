"""What phones with a timing advance say for those without."""

from typing import Any

from detectors.rules.odd_shape.ta_plausibility import Carried

CLOSE_M = 700.0


def said(make: Any, who: str, east_m: float = 0.0, at_s: float = 0.0, **over: Any) -> Any:
    return make.observation(
        0, at_s, detector="odd_shape", who=who, place=make.place(east_m), **over
    )


def test_two_phones_or_more_and_more_than_say_otherwise(make: Any) -> None:
    carried = Carried()
    asks = said(make, "x")
    expected = [(True, False), (True, True), (False, True), (False, False), (True, True)]
    for n, (word, holds) in enumerate(expected):
        carried.observe(said(make, f"d{n}"), word)
        assert carried.is_carried(asks, CLOSE_M) is holds


def test_a_phone_has_one_word_its_last(make: Any) -> None:
    carried = Carried()
    for word in (True, True, False):
        carried.observe(said(make, "a"), word)
    carried.observe(said(make, "b"), True)
    assert len(carried.words["gsm-460-0-61001-7"]) == 2
    assert not carried.is_carried(said(make, "x"), CLOSE_M)


def test_words_hold_for_their_cell_place_and_time(make: Any) -> None:
    carried = Carried()
    for who in "ab":
        carried.observe(said(make, who), True)
    assert carried.is_carried(said(make, "x", 600.0, 7_000.0), CLOSE_M)
    assert not carried.is_carried(said(make, "x", 800.0), CLOSE_M)
    assert not carried.is_carried(said(make, "x", at_s=7_300.0), CLOSE_M)
    assert not carried.is_carried(said(make, "x", claimed=make.claimed(cell=8)), CLOSE_M)


def test_what_waits_is_taken_in_its_turn(make: Any) -> None:
    carried = Carried(waiting=[said(make, "a", at_s=n) for n in range(3)])
    assert len(carried.take(make.t0_ms + 1000)) == 2
    assert carried.take(make.t0_ms + 1999) == []
    assert len(carried.waiting) == 1
