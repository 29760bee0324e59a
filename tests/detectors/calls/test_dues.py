"""The next due of many campaigns, against a look at all of them."""

import random

import pytest

from detectors.calls.dues import Dues


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_least_of_all_whatever_moved(seed: int) -> None:
    chance = random.Random(seed)
    due = {n: chance.randrange(1000) for n in range(20)}
    dues = Dues(due.get, due)
    for now_ms in range(0, 3000, 10):
        changed = chance.randrange(40)
        if chance.random() < 0.2:
            due.pop(changed, None)
        else:
            due[changed] = now_ms + chance.randrange(1000)
            dues.note(changed)
        assert dues.next_ms() == min(due.values(), default=None)
        taken = dues.take(now_ms)
        assert taken == sorted(n for n, at in due.items() if at <= now_ms)
        for n in taken:
            due[n] = now_ms + 1 + chance.randrange(500)
            dues.note(n)


def test_few_are_looked_at_however_many_there_are() -> None:
    due = {n: 1000 + n for n in range(10_000)}
    looked = []

    def due_ms(n: int) -> int:
        looked.append(n)
        return due[n]

    dues = Dues(due_ms, due)
    looked.clear()
    for step in range(100):
        due[9_999] = 20_000 + step
        dues.note(9_999)
        assert dues.next_ms() == 1000
    assert len(looked) == 200
