"""What is shown to whoever connects: what is open, and what has closed lately."""

import pytest

from field.channels.delivery.sender import Notice
from field.channels.kinds import connected
from field.channels.kinds.connected import Picture
from tests.field.channels.example import an_alert


def test_the_newest_of_each_for_as_long_as_it_counts() -> None:
    picture = Picture(keep_s=100.0, closed_s=10.0)
    newest, gone = Notice((an_alert("a", 2),)), Notice((an_alert("b", 3, status="closed"),))
    picture.take(newest, 0.0)
    picture.take(Notice((an_alert("a", 1),)), 1.0)
    picture.take(gone, 1.0)
    opened, closed = picture.shown(2.0)
    assert (opened, closed) == ([newest], [gone])
    assert picture.shown(11.0)[1] == []
    assert picture.shown(99.0)[0] == opened
    assert picture.shown(100.0) == ([], [])


def test_it_is_bounded_and_what_is_over_falls_out_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connected, "MOST_SHOWN", 3)
    picture = Picture(keep_s=1e9, closed_s=1e9)
    for name, status in (("a", "open"), ("b", "closed"), ("c", "open"), ("d", "open")):
        picture.take(Notice((an_alert(name, 1, status=status),)), 0.0)
    opened, closed = picture.shown(1.0)
    assert [one.alerts[0].alert_id for one in opened] == ["a", "c", "d"]
    assert closed == []
    picture.take(Notice((an_alert("a", 2),)), 1.0)
    picture.take(Notice((an_alert("e", 1),)), 1.0)
    opened, _ = picture.shown(1.0)
    # Of "c" there was no news for longest.
    assert [one.alerts[0].alert_id for one in opened] == ["d", "a", "e"]
