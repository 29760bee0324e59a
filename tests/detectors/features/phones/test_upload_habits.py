"""How late each phone's reports mostly are."""

import pickle
from typing import Any

import numpy as np
import pytest

from detectors.features.phones.upload_habits import AT_ONCE, HABITS, UNKNOWN, UploadHabits
from detectors.features.rows.device_rows import Numbers, device_rows

HOUR_MS = 3_600_000
ALL = np.ones(3000, dtype=np.bool_)


class Phones:
    """Phones by name, whose uploads are followed."""

    def __init__(self) -> None:
        self.habits, self.numbers = UploadHabits(), Numbers()

    def step(
        self, who: Any, rx_ms: Any, late_ms: Any, usual: Any, asked: Any, horizon_ms: int = HOUR_MS
    ) -> list[str]:
        rows = device_rows(self.numbers.of(who))
        self.habits.make_room(len(self.numbers))
        rows_asked = np.array(list(asked), dtype=np.int64)
        codes = self.habits.step(rows, rx_ms, late_ms, usual, rows_asked, horizon_ms)
        return [HABITS[code] for code in codes]


def habit_of(late_s: list[float], every_ms: int = 60_000, horizon_ms: int = HOUR_MS) -> str:
    """The habit that reports as late show before a further one."""
    habits = Phones()
    count = len(late_s) + 1
    who = np.array(["a"] * count, dtype=object)
    rx_ms = every_ms * np.arange(count)
    late_ms = np.array([*(1000.0 * each for each in late_s), 0]).astype(np.int64)
    (habit,) = habits.step(who, rx_ms, late_ms, ALL[:count], [count - 1], horizon_ms)
    return habit


@pytest.mark.parametrize(
    ("late_s", "habit"),
    [
        ([], UNKNOWN),
        ([2.0], UNKNOWN),
        ([2.0, 3.0], AT_ONCE),
        ([2.0, 3.0, 900.0], AT_ONCE),
        ([30.0, 50.0, 40.0], "within a minute"),
        ([100.0, 300.0, 200.0], "within minutes"),
        ([500.0, 900.0, 2000.0], "much later"),
        ([900.0] * 9 + [2.0] * 8, AT_ONCE),
    ],
)
def test_the_last_reports_show_it(late_s: list[float], habit: str) -> None:
    assert habit_of(late_s) == habit


def test_what_was_uploaded_together_counts_once_as_the_newest_of_it() -> None:
    """Of a phone that sends three reports in two minutes all but the newest are late for that."""
    habits = Phones()
    rx_ms = np.array([0, 100, 200, 120_000, 120_100, 120_200, 240_000])
    late_ms = np.array([110_000, 55_000, 2_000, 110_000, 55_000, 3_000, 0])
    who = np.array(["a"] * 7, dtype=object)
    assert habits.step(who, rx_ms, late_ms, ALL[:7], np.array([5, 6])) == [UNKNOWN, AT_ONCE]


def test_a_long_upload_does_not_push_the_habit_out() -> None:
    habits = Phones()
    rx_ms = np.array([0, 60_000, 120_000, *range(600_000, 600_020)])
    late_ms = np.array([2_000, 2_000, 3_000, *range(400_000, 0, -20_000)])
    who = np.array(["a"] * 23, dtype=object)
    assert habits.step(who, rx_ms, late_ms, ALL[:23], np.array([3, 22])) == [AT_ONCE, AT_ONCE]


def test_what_is_not_usual_teaches_nothing() -> None:
    habits = Phones()
    rx_ms = 60_000 * np.arange(10)
    late_ms = np.array([2_000, 2_000, *[90_000] * 7, 0])
    who, usual = np.array(["a"] * 10, dtype=object), ALL[:10].copy()
    usual[2:9] = False
    assert habits.step(who, rx_ms, late_ms, usual, np.array([9])) == [AT_ONCE]


def test_what_is_long_past_shows_nothing() -> None:
    assert habit_of([2.0] * 5, every_ms=60_000, horizon_ms=150_000) == UNKNOWN


def drawn(seed: int) -> list[Any]:
    """Rows of some phones, many of them uploaded together, in order of arrival."""
    rng = np.random.default_rng(seed)
    who = np.array([f"d{n}" for n in rng.integers(0, 12, 900)], dtype=object)
    rx_ms = np.sort(rng.choice(rng.integers(0, 2 * HOUR_MS, 300), 900) + rng.integers(0, 900, 900))
    late_ms = rng.choice([2_000, 40_000, 200_000, 700_000], 900)
    return [who, rx_ms, late_ms, rng.random(900) < 0.9]


def stepped(habits: Phones, columns: list[Any], asked: Any) -> list[str]:
    who, rx_ms, late_ms, usual = columns
    return habits.step(who, rx_ms, late_ms, usual, asked)


@pytest.mark.parametrize("seed", range(6))
def test_the_size_of_batches_changes_nothing(seed: int) -> None:
    columns = drawn(seed)
    found = []
    for size in (1, 7, 900):
        habits, each = Phones(), []
        for at in range(0, 900, size):
            part = [column[at : at + size] for column in columns]
            each += stepped(habits, part, np.arange(len(part[0])))
            habits = pickle.loads(pickle.dumps(habits))
        found.append(each)
    assert found[0] == found[1] == found[2]
    assert len(set(found[0])) >= 4


@pytest.mark.parametrize("seed", range(6))
def test_the_horizon_holds_all_that_counts(seed: int) -> None:
    """After a restart the messages of a horizon are read again."""
    columns = drawn(seed)
    whole, again = Phones(), Phones()
    half = int(np.searchsorted(columns[1], 1.5 * HOUR_MS))
    since = int(np.searchsorted(columns[1], columns[1][half] - HOUR_MS))
    none, rest = np.zeros(0, np.int64), [column[half:] for column in columns]
    stepped(whole, [column[:half] for column in columns], none)
    stepped(again, [column[since:half] for column in columns], none)
    asked = np.arange(len(rest[0]))
    assert stepped(whole, rest, asked) == stepped(again, rest, asked)


def test_phones_that_are_kept_keep_their_habits() -> None:
    phones = Phones()
    who = np.array(["a", "b"] * 3, dtype=object)
    rx_ms, late_ms = 60_000 * np.arange(6), np.array([2_000, 900_000] * 3)
    phones.step(who, rx_ms, late_ms, ALL[:6], [])
    phones.habits.keep(np.array([1]))
    phones.numbers.keep(np.array([1]))
    again = np.array(["b", "a"], dtype=object)
    later_ms = np.array([400_000, 401_000])
    assert phones.step(again, later_ms, np.zeros(2, np.int64), ALL[:2], [0, 1]) == [
        "much later",
        UNKNOWN,
    ]
