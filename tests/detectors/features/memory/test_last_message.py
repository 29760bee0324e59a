"""A trail knows the message before each message of a device, however batches are cut."""

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.memory.last_message import Trail

HOUR_MS = 3_600_000
ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 50)), max_size=30)


def stepped(trail: Trail, rows: list[tuple[str, int]], first: int = 0) -> list[int | None]:
    """For each row the value before it, arrivals a second apart."""
    who = np.array([name for name, _ in rows] + [None], dtype=object)[:-1]
    rx_ms = 1000 * np.arange(first, first + len(rows), dtype=np.int64)
    values = np.array([value for _, value in rows], dtype=np.int64)
    before = trail.step(who, rx_ms, value=values)
    return [
        int(value) if known else None
        for known, value in zip(before.known.tolist(), before["value"].tolist(), strict=True)
    ]


def plainly(rows: list[tuple[str, int]]) -> list[int | None]:
    last: dict[str, int] = {}
    messages = []
    for name, value in rows:
        messages.append(last.get(name))
        last[name] = value
    return messages


@given(rows=ROWS, cut=st.integers(0, 30))
def test_it_equals_a_plain_loop_wherever_a_batch_is_cut(
    rows: list[tuple[str, int]], cut: int
) -> None:
    trail = Trail(HOUR_MS, value=np.int64)
    messages = stepped(trail, rows[:cut])
    trail = pickle.loads(pickle.dumps(trail))
    messages += stepped(trail, rows[cut:], first=len(rows[:cut]))
    assert messages == plainly(rows)


def test_what_lies_beyond_the_horizon_is_forgotten() -> None:
    trail = Trail(60_000, value=np.int64)
    assert stepped(trail, [("a", 1), ("b", 2)]) == [None, None]
    assert stepped(trail, [("b", 3)], first=50) == [2]
    assert stepped(trail, [("a", 4), ("b", 5)], first=100) == [None, 3]
    stepped(trail, [("c", 1)], first=1000)
    assert len(trail) == 1


def test_since_when_a_device_is_known() -> None:
    trail = Trail(HOUR_MS, value=np.int64)
    first = trail.step(
        np.array(["a", "b", "a"], object), np.array([5, 7, 9]), value=np.zeros(3, int)
    )
    assert first.since_ms.tolist() == [5, 7, 5]
    second = trail.step(np.array(["a", "c"], object), np.array([20, 21]), value=np.zeros(2, int))
    assert second.since_ms.tolist() == [5, 21]
