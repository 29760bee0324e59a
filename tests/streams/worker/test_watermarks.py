"""How far arrival time has come: promises, leaps that nobody confirms, and silent partitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.worker.watermarks import IdlePartitionClock, WatermarkTracker

_T0 = 1_748_916_000_000
_DAY_MS = 86_400_000


def _seen(tracker: WatermarkTracker, *arrivals_ms: int) -> WatermarkTracker:
    tracker.observe(np.array(arrivals_ms, dtype=np.int64))
    return tracker


def test_a_partition_promises_its_newest_less_the_disorder() -> None:
    tracker = _seen(WatermarkTracker(10_000), _T0, _T0 + 500, _T0 + 200)
    assert (tracker.newest_ms, tracker.until_ms) == (_T0 + 500, _T0 - 9_500)


def test_a_promise_is_never_taken_back() -> None:
    tracker = _seen(WatermarkTracker(10_000), _T0 + 60_000)
    _seen(tracker, _T0)
    assert tracker.until_ms == _T0 + 50_000
    tracker.promise(_T0, end=False)
    assert tracker.until_ms == _T0 + 50_000


@pytest.mark.parametrize("at_once", [True, False])
def test_a_single_leap_is_not_believed(at_once: bool) -> None:
    tracker = WatermarkTracker(0)
    arrivals = [_T0, _T0 + 1, _T0 + 2 * _DAY_MS, _T0 + 2, _T0 + 3]
    if at_once:
        _seen(tracker, *arrivals)
    else:
        for arrival in arrivals:
            _seen(tracker, arrival)
    assert tracker.newest_ms == _T0 + 3


@pytest.mark.parametrize("at_once", [True, False])
def test_a_leap_that_the_next_confirms_is_a_long_pause(at_once: bool) -> None:
    tracker = WatermarkTracker(0)
    arrivals = [_T0, _T0 + 2 * _DAY_MS, _T0 + 2 * _DAY_MS + 5]
    if at_once:
        _seen(tracker, *arrivals)
    else:
        for arrival in arrivals:
            _seen(tracker, arrival)
    assert tracker.newest_ms == _T0 + 2 * _DAY_MS + 5


@given(
    arrivals=st.lists(st.integers(_T0, _T0 + 3 * _DAY_MS), min_size=1, max_size=12),
    cut=st.integers(0, 12),
)
def test_where_chunks_are_cut_does_not_matter(arrivals: list[int], cut: int) -> None:
    whole = _seen(WatermarkTracker(10_000), *arrivals)
    parts = _seen(_seen(WatermarkTracker(10_000), *arrivals[:cut]), *arrivals[cut:])
    assert parts == whole


def test_a_publishers_watermark_promises_more_than_messages_do() -> None:
    tracker = _seen(WatermarkTracker(10_000), _T0)
    tracker.promise(_T0 + 1, end=True)
    assert (tracker.until_ms, tracker.end) == (_T0 + 1, True)
    assert tracker.newest_ms == _T0
    # Whatever comes after the end begins something new.
    _seen(tracker, _T0 + 2)
    assert not tracker.end


def test_a_silent_partition_follows_what_was_seen_a_while_ago() -> None:
    idle_clock = IdlePartitionClock(lag_s=5.0)
    idle_clock.see(_T0, clock_s=100.0)
    idle_clock.see(_T0 + 1_000, clock_s=103.0)
    idle_clock.see(_T0 + 500, clock_s=104.0)
    assert idle_clock.lagged_ms(104.9) == 0
    assert idle_clock.lagged_ms(105.0) == _T0
    assert idle_clock.lagged_ms(108.0) == _T0 + 1_000
    assert idle_clock.lagged_ms(500.0) == _T0 + 1_000
    tracker = WatermarkTracker(10_000)
    tracker.follow(_T0 + 1_000)
    assert tracker.until_ms == _T0 + 1_001


def _second_by_second(newest_ms: int, lag_s: float = 5.0) -> IdlePartitionClock:
    """A clock that saw a message a second for twenty seconds, the last at 119 s."""
    idle_clock = IdlePartitionClock(lag_s)
    for second in range(20):
        idle_clock.see(newest_ms - 1_000 * (19 - second), clock_s=100.0 + second)
    return idle_clock


def test_one_that_is_quiet_but_for_a_moment_follows_as_far_as_it_would_have_come() -> None:
    idle_clock = _second_by_second(_T0)

    def followed(quiet_s: float, behind_ms: int = 0, disorder_ms: int = 10_000) -> int:
        newest_ms = _T0 - round(quiet_s * 1000) - behind_ms
        return idle_clock.followed_ms(119.0, quiet_s, newest_ms, disorder_ms)

    busy = _seen(WatermarkTracker(10_000), _T0)
    assert followed(0.4) == 0
    assert followed(0.5) == followed(4.9) == busy.until_ms
    assert followed(5.0) == _T0 - 5_000
    # Who is always behind, or whose clock is, stays as far behind.
    assert followed(2.0, behind_ms=15_000) == busy.until_ms - 15_000
    # Where less disorder is allowed than the lag, the lag decides.
    assert followed(1.0, disorder_ms=2_000) == _T0 - 5_000
    assert idle_clock.followed_ms(119.0, 2.0, 0, 10_000) == 0
    assert IdlePartitionClock(5.0).followed_ms(119.0, 60.0, _T0, 10_000) == 0


def test_one_message_that_is_ahead_hurries_no_quiet_partition() -> None:
    idle_clock = _second_by_second(_T0)
    idle_clock.see(_T0 + 290_000, clock_s=110.0)
    assert idle_clock.followed_ms(119.0, 2.0, _T0 - 2_000, 10_000) == _T0 - 10_000


def test_where_the_data_go_slower_than_the_clock_the_disorder_is_still_allowed() -> None:
    idle_clock = IdlePartitionClock(lag_s=5.0)
    for second in range(20):
        idle_clock.see(_T0 + 100 * second, clock_s=100.0 + second)
    newest_ms = _T0 + 1_900
    assert idle_clock.followed_ms(119.0, 1.0, newest_ms, 10_000) == newest_ms - 10_000


def test_partitions_that_follow_each_others_watermarks_come_to_rest() -> None:
    """Two workers, nothing new: the watermarks of each make the other go on by nothing."""
    one, other = WatermarkTracker(10_000), _seen(WatermarkTracker(10_000), _T0)
    seen_by_one, seen_by_other = IdlePartitionClock(1.0), IdlePartitionClock(1.0)
    seen_by_other.see(_T0, 0.0)
    for clock_s in range(1, 20):
        for tracker, mine, theirs in (
            (one, seen_by_one, seen_by_other),
            (other, seen_by_other, seen_by_one),
        ):
            if lagged := mine.lagged_ms(float(clock_s)):
                tracker.follow(lagged)
            theirs.see_watermark(tracker.until_ms, float(clock_s))
    assert one.until_ms == other.until_ms == _T0 + 1


@given(st.lists(st.integers(-3 * _DAY_MS, 3 * _DAY_MS), max_size=12), st.integers(0, 12))
def test_what_is_overtaken_does_not_depend_on_how_messages_are_cut(
    leads_ms: list[int], cut: int
) -> None:
    arrivals = np.array(leads_ms, dtype=np.int64) + _T0
    singly, due = WatermarkTracker(10_000), []
    for place, at in enumerate(arrivals.tolist()):
        due.append(at < singly.until_ms)
        singly.observe(arrivals[place : place + 1])
    tracker = WatermarkTracker(10_000)
    found = [*tracker.overtaken(arrivals[:cut]), *tracker.overtaken(arrivals[cut:])]
    assert found == due
    assert tracker == singly
