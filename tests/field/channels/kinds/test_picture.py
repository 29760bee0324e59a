"""What is shown to whoever connects: what is open, and what has closed lately."""

from field.channels.delivery.sender import Notice
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
