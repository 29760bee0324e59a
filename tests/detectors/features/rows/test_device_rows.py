"""Whose rows are whose."""

import pickle
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.rows.device_rows import Numbers, device_rows


@given(st.text(alphabet="abcd", max_size=30))
def test_it_equals_a_plain_loop(names: str) -> None:
    numbers = Numbers()
    rows = device_rows(numbers.of(list(names)))
    known = list(dict.fromkeys(names))
    assert len(numbers) == len(known)
    assert [known[n] for n in rows.device] == list(names)
    assert rows.before.tolist() == [names.rfind(who, 0, n) for n, who in enumerate(names)]
    assert sorted(rows.last.tolist()) == sorted(names.rfind(who) for who in known)


NAMES = st.lists(st.text(max_size=40).filter(lambda name: "\0" not in name), max_size=300)


@given(NAMES, NAMES, st.randoms(use_true_random=False))
def test_names_keep_their_numbers(names: list[str], more: list[str], chance: Random) -> None:
    """However they come, and when others are forgotten."""
    numbers = Numbers()
    found = numbers.of(names).tolist() + numbers.of(names + more).tolist()
    known = {name: number for number, name in enumerate(dict.fromkeys(names + more))}
    assert found == [known[name] for name in names + names + more]
    left = sorted(chance.sample(range(len(known)), len(known) // 2))
    copied = pickle.loads(pickle.dumps(numbers))
    for each in (numbers, copied):
        each.keep(np.array(left, dtype=np.int64))
        names_left = [list(known)[number] for number in left]
        assert len(each) == len(left)
        assert each.of([*names_left, "one that was never there"]).tolist() == [
            *range(len(left) + 1)
        ]


def test_no_two_of_a_hundred_thousand_names_share_a_number() -> None:
    numbers = Numbers()
    names = [f"h-{number:024x}" for number in range(100_000)]
    for begin in range(0, 100_000, 7_000):
        numbers.of(names[begin : begin + 7_000])
    assert numbers.of(names[::-1]).tolist() == list(range(100_000))[::-1]
