"""How late each phone's reports mostly are."""

import pickle

import numpy as np
import pytest

from detectors.features.memory.upload_habits import AT_ONCE, UNKNOWN, UploadHabits

HOUR_MS = 3_600_000


def habit_of(late_s: list[float], every_ms: int = 60_000, horizon_ms: int = HOUR_MS) -> str:
    """The habit that reports as late show before a further one."""
    habits = UploadHabits(horizon_ms)
    count = len(late_s) + 1
    who = np.array(["a"] * count, dtype=object)
    rx_ms = every_ms * np.arange(count)
    late_ms = np.array([*(1000.0 * each for each in late_s), 0]).astype(np.int64)
    (habit,) = habits.step(who, rx_ms, late_ms, np.array([count - 1]))
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


def test_what_was_uploaded_together_shows_nothing() -> None:
    assert habit_of([2.0] * 5, every_ms=100) == UNKNOWN


def test_what_is_long_past_shows_nothing() -> None:
    assert habit_of([2.0] * 5, every_ms=60_000, horizon_ms=90_000) == UNKNOWN


@pytest.mark.parametrize("seed", range(4))
def test_the_size_of_batches_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = 600
    who = np.array([f"d{n}" for n in rng.integers(0, 12, count)], dtype=object)
    rx_ms = np.sort(rng.integers(0, 2 * HOUR_MS, count))
    late_ms = rng.choice([2_000, 40_000, 200_000, 700_000], count)
    found = []
    for size in (1, 7, 600):
        habits, said = UploadHabits(HOUR_MS), []
        for at in range(0, count, size):
            part = slice(at, at + size)
            rows = np.arange(len(who[part]))
            said += habits.step(who[part], rx_ms[part], late_ms[part], rows)
            habits = pickle.loads(pickle.dumps(habits))
        found.append(said)
    assert found[0] == found[1] == found[2]
    assert len(set(found[0])) == 5


def test_who_falls_silent_is_forgotten() -> None:
    habits = UploadHabits(HOUR_MS)
    who = np.array([f"d{n}" for n in range(3000)], dtype=object)
    habits.step(who, np.arange(3000), np.zeros(3000, np.int64), np.zeros(0, np.int64))
    one = np.array(["d7"], dtype=object)
    habits.step(one, np.array([3000 + HOUR_MS]), np.array([0]), np.array([0]))
    assert len(habits) == 1
