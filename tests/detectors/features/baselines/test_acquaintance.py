"""Whom the core knew: people counted from messages, and arrivals told from people who live here."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.baselines.acquaintance import (
    chance_of_so_few,
    have_arrived,
    people_known,
)

HORIZON_MS = 2_700_000

COUNTS = st.integers(0, 25)


@given(count=COUNTS, known=COUNTS, usual=COUNTS, part=st.floats(0.0, 1.0))
def test_the_chance_of_few_known_ones(count: int, known: int, usual: int, part: float) -> None:
    usually_known = round(part * usual)
    chance = chance_of_so_few(known, count, usual, usually_known)
    assert 0.0 < chance <= 1.0
    assert chance <= chance_of_so_few(known + 1, count, usual, usually_known) + 1e-9
    assert chance_of_so_few(count, count, usual, usually_known) == pytest.approx(1.0)
    # With none known, it is a ratio of products: each more phone is unknown after those before.
    plainly = comb(usual - usually_known + count, count) / comb(usual + 1 + count, count)
    assert chance_of_so_few(0, count, usual, usually_known) == pytest.approx(plainly)


@pytest.mark.parametrize("usual", [(5, -2), (-3, -1), (4, 9), (0, 0)])
def test_counts_that_make_no_sense_are_a_chance_all_the_same(usual: tuple[int, int]) -> None:
    """What is usual elsewhere is a difference of two counts, and one may have been forgotten."""
    assert 0.0 < chance_of_so_few(1, 6, *usual) <= 1.0


def test_who_sends_often_counts_once() -> None:
    """One person a minute known for ten seconds is few people; a stranger is one of many."""
    movers = [(600_000 + n, 10.0) for n in range(9)]
    assert people_known([*movers, (600_000, None)], 0, 0, HORIZON_MS) == (10, 1)
    assert people_known([*movers, (600_000, 600.0)], 0, 0, HORIZON_MS) == (10, 10)


def test_people_of_before_and_horizon() -> None:
    known = [(0, 5.0), (1000, 5.0), (10 * HORIZON_MS, None)]
    assert people_known(known[:2], 1000, 0, HORIZON_MS) == (1, 1)
    # A stranger has been waited for no longer than the core's dealings are remembered.
    away_s = HORIZON_MS / 1000
    assert people_known([known[2], (10 * HORIZON_MS, away_s)], 0, 0, HORIZON_MS) == (2, 1)
    assert people_known([], 0, 0, HORIZON_MS) == (0, 0)


@pytest.mark.parametrize(
    ("known", "count", "expected"),
    [(0, 3, False), (0, 10, True), (1, 10, True), (5, 16, False), (9, 10, False), (0, 0, False)],
)
def test_arrivals_are_few_and_hardly_known(known: int, count: int, expected: bool) -> None:
    """Of 100 usual people 60 are known. Five of sixteen are fewer, and more than who arrives."""
    assert have_arrived(known, count, 100, 60, 0.02) is expected
