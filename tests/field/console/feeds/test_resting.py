"""Feeds are made no more often than the console can bear."""

import threading

import pytest

from field.console.feeds.resting import Resting


class Slow:
    """Makes numbered answers, each of which takes so long by its clock (s)."""

    def __init__(self, takes_s: float, size: int = 1) -> None:
        self.now_s, self.takes_s, self.size, self.count = 0.0, takes_s, size, 0

    def make(self) -> bytes:
        self.now_s += self.takes_s
        self.count += 1
        return bytes([self.count]) * self.size


def test_what_took_long_is_made_a_third_of_the_time() -> None:
    slow = Slow(5.0)
    resting = Resting(lambda: slow.now_s)
    for _ in range(60):
        assert resting.answer("a", slow.make) == bytes([slow.count])
        slow.now_s += 1.0
    assert slow.count == 60 // 10
    assert resting.answer("b", slow.make) == bytes([7])


def test_what_takes_no_time_is_always_new() -> None:
    quick = Slow(0.0)
    resting = Resting(lambda: quick.now_s)
    assert [resting.answer("a", quick.make) for _ in range(3)] == [b"\1", b"\2", b"\3"]


def test_what_is_too_large_to_be_kept_rests_too() -> None:
    large = Slow(5.0, (16 << 20) + 1)
    resting = Resting(lambda: large.now_s)
    assert resting.answer("a", large.make) is not None
    assert resting.answer("a", large.make) is None
    large.now_s += 10.0
    assert resting.answer("a", large.make) is not None


def test_two_at_once_are_made_once() -> None:
    begun, goes_on, made = threading.Event(), threading.Event(), []

    def make() -> bytes:
        begun.set()
        assert goes_on.wait(10.0)
        made.append(1)
        return b"x"

    resting, found = Resting(lambda: float(len(made))), []
    one = threading.Thread(target=lambda: found.append(resting.answer("a", make)))
    one.start()
    assert begun.wait(10.0)
    other = threading.Thread(target=lambda: found.append(resting.answer("a", make)))
    other.start()
    goes_on.set()
    one.join()
    other.join()
    assert (found, made) == ([b"x", b"x"], [1])


def test_one_that_fails_is_made_again() -> None:
    resting = Resting(lambda: 0.0)

    def fails() -> bytes:
        raise OSError("no disk")

    with pytest.raises(OSError, match="no disk"):
        resting.answer("a", fails)
    assert resting.answer("a", lambda: b"x") == b"x"
