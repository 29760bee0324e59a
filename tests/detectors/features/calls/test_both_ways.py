"""Who rings and who is rung, of those who ring several: counts by hours, the same in any order."""

from itertools import permutations

import msgspec
import numpy as np
import pytest

from detectors.features.calls import both_ways
from detectors.features.calls.both_ways import BothWays, Going, Window, names_of, of_absent
from detectors.model.hashing import text_numbers

MINUTE_MS, HOUR_MS = 60_000, 3_600_000


def names(*numbers: str) -> bytes:
    return names_of(text_numbers(np.array(numbers, dtype=object))).tobytes()


def window(minute: int, out: tuple[str, ...] = (), into: tuple[str, ...] = ()) -> Window:
    return Window(minute * MINUTE_MS, names(*out), names(*into))


def known(*windows: Window) -> BothWays:
    both = BothWays()
    for each in windows:
        both.take(each)
    return both


def test_it_counts_calls_made_and_who_rings() -> None:
    both = known(window(1, ("a", "a", "b")), window(2, ("a",), ("a", "b", "a")))
    assert both.of("a", HOUR_MS) == (3, 2)
    assert both.of("b", HOUR_MS) == (1, 1)


def test_who_rings_nobody_takes_no_place() -> None:
    both = known(window(1, ("a",), ("a", "quiet", "quiet")))
    assert both.of("quiet", HOUR_MS) == (0, 0)
    assert len(both.names) == 4


def test_a_number_is_somebodys_that_was_rung_before_it_rang_others() -> None:
    both = known(window(1, (), ("a", "b")), window(2, ("a", "c"), ("c",)), window(700, ("c",)))
    assert [both.is_somebodys(each, 12 * HOUR_MS) for each in "abc"] == [True, True, False]
    both.take(window(25 * 60, ("c",)))
    assert not both.is_somebodys("a", 26 * HOUR_MS)


def test_it_knows_for_how_long_it_has_been_watched_without_a_pause() -> None:
    both = known(window(60, ("a",)), window(61, ("a",)))
    assert both.watched(90 * MINUTE_MS) == 0.5
    assert both.watched(9 * HOUR_MS) == 1.0
    both.take(window(26 * 60, ("a",)))
    both.take(window(26 * 60 + 15, ("a",)))
    assert both.watched(26 * HOUR_MS + 15 * MINUTE_MS) == 0.25


def test_it_knows_how_long_a_number_lasts() -> None:
    both = known(window(50, ("a", "a")), window(13 * 60, ("a",)))
    assert both.of_late("a", 14 * HOUR_MS) == (1, 0, 3)
    assert both.of_late("b", 14 * HOUR_MS) == (0, 0, 0)


def test_who_rang_many_on_an_earlier_day_is_known_for_a_week_or_two() -> None:
    """By as many calls as are counted of a half-day; a week begins with 1970, on a Thursday."""
    many, few = 20 * ("a",), 19 * ("b",)
    day = 24 * 60
    both = known(window(50, (*many, *few)), window(13 * 60, ("a",)), window(day + 50, ("a",)))
    assert both.of_late("a", day * MINUTE_MS + HOUR_MS) == (1, 0, 2 + 255)
    assert both.of_late("b", day * MINUTE_MS + HOUR_MS) == (0, 0, 0)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(both), type=BothWays)
    for each, known_by in ((13, True), (14, False)):
        again.take(window(each * day + 1, ("c",)))
        assert (again.of_late("a", (each * day + 2) * MINUTE_MS)[2] == 255) is known_by


def test_who_rang_many_is_known_after_a_pause_too() -> None:
    both = known(window(50, 20 * ("a",)), window(3 * 24 * 60, ("c",)))
    assert both.of_late("a", 4 * 24 * HOUR_MS) == (0, 0, 255)


def test_a_window_counts_once_it_is_over() -> None:
    """What arrives at the moment at which one ends may come before it or after it."""
    both = known(window(1, ("a",)), window(2, ("a",)))
    assert both.of("a", 2 * MINUTE_MS) == (1, 0)
    assert both.of("a", 2 * MINUTE_MS + 1) == (2, 0)


def test_windows_of_one_time_count_the_same_in_any_order() -> None:
    """In one partition a number is rung, in another one it rings: it is known all the same."""
    parts = [window(1, ("a", "b")), window(1, (), ("a", "c")), window(1, ("c",), ("b",))]
    found = {
        tuple(known(*order, window(2)).of(each, HOUR_MS) for each in "abc")
        for order in permutations(parts)
    }
    assert found == {((1, 1), (1, 1), (1, 1))}


def test_calls_made_are_of_two_hours_and_who_rings_of_two_half_days() -> None:
    both = known(window(50, ("a", "b"), ("a",)), window(70, ("b",)))
    assert both.of("a", 2 * HOUR_MS) == (1, 1)
    both.take(window(130, ("b",), ("a",)))
    assert both.of("a", 3 * HOUR_MS) == (0, 2)
    assert both.of("b", 3 * HOUR_MS) == (2, 0)
    both.take(window(13 * 60, ("b",), ("a",)))
    assert both.of("a", 14 * HOUR_MS) == (0, 3)


def test_who_has_made_no_calls_since_half_a_day_is_forgotten() -> None:
    both = known(window(50, ("a", "b")), window(13 * 60, ("b",), ("a",)), window(25 * 60, ("b",)))
    assert both.of("a", 26 * HOUR_MS) == (0, 0)
    assert both.of("b", 26 * HOUR_MS) == (1, 0)
    assert len(both.names) == 4
    both.take(window(90 * 60, ("c",)))
    assert both.of("b", 91 * HOUR_MS) == (0, 0)


def test_many_calls_are_many() -> None:
    both = known(window(1, 300 * ("a",), 400 * ("a",)))
    assert both.of("a", HOUR_MS) == (255, 255)


def test_it_comes_through_storage_as_it_was() -> None:
    both = known(window(1, ("a",)), window(2, ("b",), ("a",)))
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(both), type=BothWays)
    for each in (both, again):
        each.take(window(3, ("a",), ("b",)))
    assert msgspec.msgpack.encode(both) == msgspec.msgpack.encode(again)
    assert again.of("a", HOUR_MS) == (2, 1)


def test_of_too_many_numbers_those_that_ring_most_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(both_ways, "_MOST", 8)
    few = tuple(f"n{each}" for each in range(7))
    both = known(window(1, ("much", "much", *few)), window(2, ("fresh",)), window(3))
    assert len(both.names) <= 8 * 4
    assert both.of("much", HOUR_MS) == (2, 0)
    assert both.of("fresh", HOUR_MS) == (1, 0)


def test_it_knows_since_and_until_when_a_number_calls() -> None:
    both = known(window(61, ("a", "a")), window(70, ("a",)), window(72, ("b",)), window(73))
    going = both.going("a", 2 * HOUR_MS)
    assert going == Going(3, 61 * 60, 70 * 60)
    assert going.pause_s == 8 * 9 * 60
    assert both.going("quiet", 2 * HOUR_MS) is None
    # A pause of more than an hour ends it, and of two hours nothing is left.
    both.take(window(140, ("a",)))
    assert both.going("a", 3 * HOUR_MS) == Going(4, 140 * 60, 140 * 60)
    both.take(window(400, ("b",)))
    assert both.going("a", 7 * HOUR_MS) is None


def test_a_lone_call_before_the_others_begins_nothing() -> None:
    tried = known(window(61, ("a",)), window(80, ("a",)), window(81, ("a",)), window(82))
    assert tried.going("a", 2 * HOUR_MS) == Going(3, 80 * 60, 81 * 60)


def test_one_gave_way_to_another_that_began_when_it_had_stopped() -> None:
    one = Going(12, 1000, 1600)  # one, then a call a minute
    assert one.gave_way_to(Going(3, 1660, 1900), 1600 + 480)
    assert not one.gave_way_to(Going(3, 1660, 1900), 1600 + 470)  # it may only pause
    assert not one.gave_way_to(Going(3, 1590, 1900), 2200)  # both called
    assert not one.gave_way_to(Going(3, 2100, 2300), 3000)  # much later


def test_a_state_that_knew_no_times_goes_on() -> None:
    both = known(window(121, ("a", "b")), window(122))
    both.times = bytearray()
    assert both.going("a", 3 * HOUR_MS) is None
    both.take(window(125, ("a", "c")))
    assert both.going("a", 3 * HOUR_MS) == Going(2, 125 * 60, 125 * 60)
    assert both.of("b", 3 * HOUR_MS) == (1, 0)


def test_who_shows_a_line_from_abroad_is_not_at_home() -> None:
    shown = names_of(of_absent(text_numbers(np.array(["a"], dtype=object)))).tobytes()
    both = BothWays()
    both.take(Window(60 * MINUTE_MS, shown + shown, names("a")))
    assert both.of("a", 2 * HOUR_MS) == (2, 0)
    assert not both.calls_at_home("a", 2 * HOUR_MS)
    both.take(window(70, ("a",), ("a",)))
    assert both.of("a", 2 * HOUR_MS) == (3, 1)
    assert both.calls_at_home("a", 2 * HOUR_MS)
    both.take(window(15 * 60, ("b",)))
    assert both.calls_at_home("a", 16 * HOUR_MS)
    both.take(window(25 * 60, ("b",)))
    assert not both.calls_at_home("a", 26 * HOUR_MS)
