"""What is shown to whoever connects: what is open, and what has closed lately."""

from streams.sinks.picture import Picture
from tests.streams.sinks.example import an_alert


def test_the_newest_of_each_for_as_long_as_it_counts() -> None:
    picture = Picture(keep_s=100.0, closed_s=10.0)
    picture.take(an_alert("a", 2), 0.0)
    picture.take(an_alert("a", 1), 1.0)
    picture.take(an_alert("b", 3, status="closed"), 1.0)
    opened, closed = picture.shown(2.0)
    assert [(one.alert_id, one.revision) for one in opened] == [("a", 2)]
    assert [one.alert_id for one in closed] == ["b"]
    assert picture.shown(11.0)[1] == []
    assert picture.shown(99.0)[0] == opened
    assert picture.shown(100.0) == ([], [])
