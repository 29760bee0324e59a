"""What is noted of names lasts two hours, whenever a worker begins to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.memory import lru
from detectors.features.memory.two_hours import HOUR_MS, TwoHours

_STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, HOUR_MS // 2)), max_size=40)


def noted(steps: list[tuple[str, int]], since_ms: int = 0) -> tuple[TwoHours[int], int]:
    """How often each name came in each hour, from a moment on; and when the last one came."""
    notes, at = TwoHours[int](), 0
    for who, after_ms in steps:
        at += after_ms
        if at >= since_ms:
            now, _ = notes.of(who, at)
            notes.put(who, at, (now or 0) + 1)
    return notes, at


@given(_STEPS)
def test_two_hours_read_again_are_all_that_it_knew(steps: list[tuple[str, int]]) -> None:
    notes, at = noted(steps)
    again, _ = noted(steps, at - 2 * HOUR_MS)
    for who in "abc":
        assert notes.of(who, at) == again.of(who, at)


def test_what_comes_late_is_of_the_newest_hour() -> None:
    notes = TwoHours[int]()
    notes.put("a", 5 * HOUR_MS, 1)
    assert notes.of("a", 4 * HOUR_MS) == (1, None)
    notes.put("a", 4 * HOUR_MS, 2)
    assert notes.of("a", 6 * HOUR_MS) == (None, 2)


def test_names_are_forgotten_with_time_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = TwoHours[int]()
    for number in range(10):
        notes.put(f"n{number}", HOUR_MS, number)
    notes.put("later", 4 * HOUR_MS, 0)
    assert set(notes.kept) == {"later"}
    monkeypatch.setattr(lru, "MOST_KEPT", 3)
    for number in range(10):
        notes.put(f"n{number}", 4 * HOUR_MS, number)
    assert set(notes.kept) == {"n7", "n8", "n9"}
