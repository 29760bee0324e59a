"""Whose numbers were somebody's before they rang others: filters that grow and forget."""

import msgspec
import numpy as np
import pytest

from detectors.features.calls import whose_number
from detectors.features.calls.whose_number import RangMany, Span, WhoseNumber


def numbers(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**32, count, dtype=np.uint32)


def test_who_was_rung_is_known_however_many_follow() -> None:
    span, rung = Span(), numbers(30_000)
    for begin in range(0, len(rung), 700):
        span.add(rung[begin : begin + 700])
    assert all(span.has(each) for each in rung[::97])
    strange = [span.has(each) for each in numbers(2_000, seed=2)]
    assert np.mean(strange) < 0.06


def test_the_order_of_one_windows_numbers_changes_nothing() -> None:
    rung = numbers(300)
    one, other = Span(), Span()
    one.add(rung)
    other.add(rung[::-1])
    assert one == other


def test_it_stays_as_large_as_its_largest_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whose_number, "_MOST", 1 << 12)
    span, rung = Span(), numbers(20_000)
    span.add(rung)
    assert sum(map(len, span.filters)) <= (1 << 11) + (1 << 12)
    assert all(span.has(each) for each in rung[::97])


def test_the_span_before_the_last_is_forgotten() -> None:
    whose, rung = WhoseNumber(), numbers(1)
    whose.now.add(rung)
    whose.begin(is_next=True)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(whose), type=WhoseNumber)
    assert again.has(rung[0])
    whose.begin(is_next=True)
    assert not whose.has(rung[0])
    again.begin(is_next=False)
    assert not again.has(rung[0])


def test_nobody_is_nobodys() -> None:
    span = Span()
    span.add(numbers(0))
    assert not span.filters
    assert not WhoseNumber().has(numbers(1)[0])


def test_who_rang_many_is_kept_one_by_one_and_no_more_than_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rang, some = RangMany(), numbers(3_000)
    for begin in range(0, len(some), 700):
        rang.add(some[begin : begin + 700])
    assert all(rang.has(each) for each in some[::17])
    assert not any(rang.has(each) for each in numbers(2_000, seed=2))
    rang.begin(is_next=True)
    assert rang.has(some[0])
    monkeypatch.setattr(whose_number, "_MOST_KEPT", 100)
    rang.add(some)
    assert len(rang.now) == 4 * 100
    rang.begin(is_next=False)
    assert not rang.has(some[0])
