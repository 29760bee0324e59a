"""Marks of numbers: put together, and what comes down."""

from detectors.model.rare_messages import OURS
from detectors.rollup.marks import Marks, for_province
from detectors.rollup.records import Given, NationalMark
from tests.detectors.rollup.made import DAY, T0, alert, mark, named, province


def test_marks_come_down_without_the_province_own_word() -> None:
    marks = Marks()
    for one in (mark("east", "n"), mark("west", "n", count=5), mark("west", "n", OURS, count=1)):
        marks.take(one)
    whole = marks.news()["n"]
    assert isinstance(whole, NationalMark)
    assert [(one.province, one.by) for one in whole.given] == [
        ("east", "app"),
        ("west", "app"),
        ("west", OURS),
    ]
    in_east, in_west = for_province(whole, "east", T0), for_province(whole, "west", T0)
    assert (in_east.by, in_east.count, in_west.count) == ("national", 6, 3)
    assert for_province(whole, "north", T0).count == 9
    assert for_province(whole, "north", T0 + DAY) is None
    alone = NationalMark(number="n", given=[Given("east", "app", "fraud", 1, T0)], appealed=False)
    assert for_province(alone, "east", T0) is None


def test_an_appeal_holds_in_all_provinces() -> None:
    marks = Marks()
    marks.take(mark("east", "n"))
    marks.take(mark("west", "n", appealed=True))
    whole = marks.news()["n"]
    assert for_province(whole, "west", T0).appealed
    assert for_province(whole, "north", T0).appealed


def test_marks_end_and_are_taken_back() -> None:
    marks = Marks()
    marks.take(mark("east", "n"))
    marks.take(mark("west", "n", valid_until=None))
    marks.news()
    marks.expire(T0 + DAY)
    assert [one.province for one in marks.news()["n"].given] == ["west"]
    marks.take(mark("west", "n", ts=T0 - 1, count=7))
    assert marks.news() == {}
    marks.gone("west", "n", "app")
    assert marks.news() == {"n": None}
    assert marks.news() == {}


def test_an_accusation_that_rests_on_marks_gives_none() -> None:
    echo = alert(rules=["caller_rate", "reputation"])
    assert province().take(echo, named)[1] == []


def test_one_of_two_alerts_that_is_honest_leaves_the_other_word() -> None:
    east = province()
    east.take(alert("a"), named)
    east.take(alert("b"), named)
    _, (after,) = east.take(alert("a", 2, verdict="false_alarm"), named)
    assert after.count == 1
    _, (both,) = east.take(alert("b", 2, probability=0.3), named)
    assert both.count == 0
