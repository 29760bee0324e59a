"""Where the core had each subscriber, one area of each kind, however batches come."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.memory.core_location import Whereabouts

HORIZON_MS = 60_000
#: Name, kind of area (0: none), area, whether it is kept, seconds since the row before.
ROW = st.tuples(
    st.sampled_from("abcd"),
    st.integers(0, 3),
    st.integers(0, 9),
    st.booleans(),
    st.integers(0, 1),
)
BATCHES = st.lists(st.lists(ROW, max_size=8), max_size=6)
#: Between batches, so that what the horizon cuts off is never a question of one second.
PAUSE_MS = 40_000


def timed(batches: list[list[Any]]) -> list[list[Any]]:
    """The rows with their arrivals (ms) in place of the seconds since the row before."""
    at_ms, messages = 0, []
    for batch in batches:
        at_ms += PAUSE_MS
        rows = []
        for *row, seconds in batch:
            at_ms += 1000 * seconds
            rows.append((*row, at_ms))
        messages.append(rows)
    return messages


def stepped(had: Whereabouts, rows: list[Any]) -> list[tuple[list[int], list[int]]]:
    """For each row the areas before it and when they arrived, where they are known."""
    who = np.array([row[0] for row in rows] + [None], dtype=object)[:-1]
    domain = np.array([row[1] for row in rows], dtype=np.uint8)
    area = np.array([row[2] for row in rows], dtype=np.int64)
    kept = np.array([row[3] for row in rows], dtype=np.bool_)
    rx_ms = np.array([row[4] for row in rows], dtype=np.int64)
    areas, times = had.step(who, rx_ms, domain, area, kept)
    return [
        (known, [at if where >= 0 else -1 for where, at in zip(known, when, strict=True)])
        for known, when in zip(areas.T.tolist(), times.T.tolist(), strict=True)
    ]


def plainly(rows: list[Any]) -> list[tuple[list[int], list[int]]]:
    last: dict[tuple[str, int], tuple[int, int]] = {}
    messages = []
    for who, domain, area, kept, rx_ms in rows:
        known = [last.get((who, kind), (-1, -(1 << 62))) for kind in (1, 2, 3)]
        recent = [(where, at) if rx_ms - at <= HORIZON_MS else (-1, -1) for where, at in known]
        messages.append(([where for where, _ in recent], [at for _, at in recent]))
        if kept and domain:
            last[who, domain] = (area, rx_ms)
    return messages


@given(batches=BATCHES)
def test_it_equals_a_plain_loop_over_all_batches(batches: list[list[Any]]) -> None:
    had, messages = Whereabouts(HORIZON_MS), []
    for rows in timed(batches):
        messages += stepped(had, rows)
        had = pickle.loads(pickle.dumps(had))
    assert messages == plainly([row for rows in timed(batches) for row in rows])


@pytest.mark.slow
@given(rows=st.lists(ROW, max_size=30), cut=st.integers(0, 30))
def test_where_a_batch_is_cut_does_not_matter(rows: list[Any], cut: int) -> None:
    (whole,) = timed([rows])
    had = Whereabouts(HORIZON_MS)
    messages = stepped(had, whole[:cut]) + stepped(had, whole[cut:])
    assert messages == stepped(Whereabouts(HORIZON_MS), whole)


@given(rows=st.lists(ROW, max_size=30))
def test_the_order_of_other_subscribers_does_not_matter(rows: list[Any]) -> None:
    rows = [(*row[:4], 1000) for row in rows]
    by_name = sorted(rows, key=lambda row: str(row[0]))
    one, other = stepped(Whereabouts(HORIZON_MS), rows), stepped(Whereabouts(HORIZON_MS), by_name)
    for name in "abcd":
        mine = [messages for row, messages in zip(rows, one, strict=True) if row[0] == name]
        theirs = [messages for row, messages in zip(by_name, other, strict=True) if row[0] == name]
        assert mine == theirs


@pytest.mark.parametrize("kept", [True, False])
def test_silent_subscribers_take_no_room(kept: bool) -> None:
    had = Whereabouts(HORIZON_MS)
    for turn in range(20):
        rows = [(f"{turn}-{n}", 1, n, kept, 30_000 * turn) for n in range(500)]
        stepped(had, rows)
        assert len(had) <= 2500
    stepped(had, [("last", 1, 1, True, 10_000_000)])
    assert len(had) == 1
