"""What is stated of motion is compared with the way that was gone."""

import numpy as np
import pytest

from benchmarks.measuring.location.streets import World
from benchmarks.motion import HEAD, Answer, _answer, _row, on_street


def test_a_course_is_off_by_the_shorter_way_round() -> None:
    assert Answer("a", 5.0, 350.0, 5.0, 10.0).off_deg == pytest.approx(20.0)


def test_the_truth_is_the_mean_speed_along_the_way_and_the_course_made_good() -> None:
    way = np.array([[0.0, 0.0], [30.0, 0.0], [30.0, 30.0]])
    answers = _answer("a", None, None, way, 6.0)
    assert (answers.true_mps, answers.true_deg) == (10.0, pytest.approx(45.0))


def test_a_row_counts_answers_that_say_it_moves_and_whose_they_are() -> None:
    answers = [
        Answer("a", 6.0, 10.0, 8.0, 0.0),
        Answer("a", None, None, 8.0, 0.0),
        Answer("b", None, None, 8.0, 0.0),
        Answer("b", None, None, 8.0, 0.0),
    ]
    row = dict(zip(HEAD, _row("x", "0.1/s", answers), strict=True))
    assert [row[name] for name in ("answers", "moves", "alerts")] == ["4", "0.25", "1/2"]
    assert [row[name] for name in ("speed stated", "true", "off")] == ["6.0", "8.0", "2.0"]
    assert (row["with course"], row["off 50 %"]) == ("0.25", "10")


@pytest.mark.slow
def test_who_drives_is_stated_to_move_and_who_stands_is_not() -> None:
    drives = list(on_street(4_000_001, World(rate_hz=0.4, speed_mps=12.0, seconds=720)))
    stands = list(on_street(4_000_001, World(rate_hz=0.4, speed_mps=0.0, seconds=720)))
    assert sum(one.speed_mps is not None for one in drives) >= 3
    assert sum(one.speed_mps is not None for one in stands) <= 1
    courses = [one.off_deg for one in drives if one.course_deg is not None]
    assert courses
    assert np.median(courses) < 40.0
