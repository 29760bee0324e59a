"""When a transmitter stopped is told by when phones received it, not by when they come back."""

from typing import Any

from detectors.alert.on_air import off_air_ts
from detectors.alert.stories import stories
from detectors.alert.subject import subject

WEIGH = {"unknown_cell": 2.0, "lost_area": 2.0}
#: Nine phones received it, one every 100 s; the last one at 900 s.
RECEIVED_S = range(100, 901, 100)


def received(make: Any, times_s: Any = RECEIVED_S, **more: Any) -> list[Any]:
    return [make.finding(n, at_s=at_s, **more) for n, at_s in enumerate(times_s)]


def last_s(make: Any, findings: list[Any]) -> float:
    one = make.incident(findings)
    zero = make.finding(0, at_s=0.0).ts
    return (subject(one, stories(one)[0], WEIGH).last_ts - zero) / 1000


def back(make: Any, at_s: float, n: int = 50) -> Any:
    return make.finding(
        n,
        at_s=at_s,
        detector="lost_area",
        family="signalling",
        space="subscriber",
        claimed=make.claimed(cell=None),
    )


def test_phones_that_come_back_later_say_no_more_of_when_it_was_on(make: Any) -> None:
    assert last_s(make, [*received(make), back(make, 1700.0)]) == 900.0
    # A minute without a receiver is no silence.
    assert last_s(make, [*received(make), back(make, 960.0)]) == 960.0


def test_three_receivers_say_nothing_of_how_often_others_would_have_come(make: Any) -> None:
    assert last_s(make, [*received(make, (100, 500, 900)), back(make, 1700.0)]) == 1700.0


def test_what_is_still_on_its_way_is_no_silence(make: Any) -> None:
    at_once, late = received(make), received(make, late_s=800.0)
    now_ms = back(make, 1705.0).rx_ts
    assert off_air_ts(make.incident(at_once).tallies, now_ms) is not None
    assert off_air_ts(make.incident(late).tallies, now_ms) is None


def test_one_clock_that_is_wrong_doesn_t_keep_it_on_the_air(make: Any) -> None:
    wrong = make.finding(20, at_s=1650.0)
    assert last_s(make, [*received(make), wrong, back(make, 1700.0)]) == 900.0
    # Two of ten are no clocks: it is received again.
    again = make.finding(21, at_s=1640.0)
    assert last_s(make, [*received(make), wrong, again, back(make, 1700.0)]) == 1700.0
