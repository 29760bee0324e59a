"""The base rate follows a wave within an hour, up and down, and can't feed on itself."""

import msgspec
import pytest

from detectors.profile.base_rate import MOST_SHARES, BaseRate, raised_nats

T0, MINUTE_MS = 1_700_000_000_000, 60_000
HOUR_MS = 60 * MINUTE_MS


def wave(rate: BaseRate, transmitters: int = 30, hours: int = 1) -> int:
    """So many alerts that go on for hours; when that is over."""
    for minute in range(60 * hours):
        for n in range(transmitters):
            rate.observe(f"a{n}", 0.9, T0 + minute * MINUTE_MS)
    return T0 + hours * HOUR_MS


def test_it_follows_within_an_hour_up_and_down() -> None:
    rate = BaseRate()
    assert rate.a_day(1.0, T0) == 1.0
    end = wave(rate)
    assert rate.a_day(1.0, end) == pytest.approx(30 * 0.9, rel=0.1)
    assert rate.a_day(1.0, end + HOUR_MS) < 3.0
    assert rate.a_day(1.0, end + 12 * HOUR_MS) == pytest.approx(1.0)


def test_no_alert_raises_its_own_chance() -> None:
    rate = BaseRate()
    rate.observe("a", 0.9, T0)
    assert rate.a_day(1.0, T0, but_for="a") == pytest.approx(1.0)
    for name in "bcd":
        rate.observe(name, 0.8, T0 + MINUTE_MS)
    but_for_b = rate.a_day(1.0, T0 + MINUTE_MS, but_for="b")
    assert but_for_b == pytest.approx(0.9 + 2 * 0.8, rel=0.05)


def test_the_first_is_the_usual_one() -> None:
    """What it does next, under another name, must not pass for a second the sooner."""
    rate = BaseRate()
    rate.observe("a", 1.0, T0)
    assert rate.a_day(1.0, T0) == 1.0


def test_an_alert_that_goes_on_counts_once() -> None:
    rate = BaseRate()
    for minute in range(30):
        rate.observe("a", 0.9, T0 + minute * MINUTE_MS)
    assert len(rate.shares) == 1
    assert rate.count == pytest.approx(0.9, rel=0.01)


def test_what_was_none_is_taken_out_again() -> None:
    rate = BaseRate()
    rate.observe("a", 0.9, T0)
    rate.observe("a", 0.0, T0 + MINUTE_MS)
    assert rate.a_day(1.0, T0 + MINUTE_MS) == pytest.approx(1.0)
    assert not rate.shares


def test_state_is_bounded_and_survives_storage() -> None:
    rate = BaseRate()
    for n in range(3 * MOST_SHARES):
        rate.observe(f"a{n}", 1.0, T0 + n)
    assert len(rate.shares) == MOST_SHARES
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(rate), type=BaseRate)
    assert stored == rate
    assert not rate.learned().shares


def test_a_profile_takes_it_up_as_if_it_had_been_learned_just_now() -> None:
    rate = BaseRate()
    end = wave(rate)
    later = end + 100 * HOUR_MS
    taken = rate.learned().taken_up(later)
    assert taken.a_day(1.0, later) == pytest.approx(rate.a_day(1.0, rate.as_of_ms))


def test_it_raises_no_more_than_may_be() -> None:
    assert raised_nats(1.0, 1.0, 3.0) == 0.0
    assert raised_nats(1e6, 1.0, 3.0) == 3.0
