"""Memories that forget: what stays, however it is forgotten."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detectors.features.memory import lru


@pytest.fixture
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lru, "_LARGE", 64)


def filled(most: int, count: int) -> dict[int, int]:
    kept: dict[int, int] = {}
    for at in range(count):
        lru.keep(kept, at, at, most)
        assert len(kept) <= most
    return kept


@pytest.mark.usefixtures("small_is_large")
def test_a_large_memory_that_is_full_forgets_many_at_a_time_and_the_oldest() -> None:
    assert list(filled(64, 65)) == list(range(4, 65))
    assert list(filled(64, 68)) == list(range(4, 68))
    assert list(filled(64, 69)) == list(range(8, 69))


def test_a_small_one_forgets_no_more_than_it_must() -> None:
    assert list(filled(63, 65)) == list(range(2, 65))


@given(st.lists(st.lists(st.integers(0, 40), max_size=20), max_size=6), st.integers(1, 20))
@example([[1, 2, 3], [4, 5, 6, 7, 8, 9]], 4)
@example([[1, 2, 3], [4, 3]], 4)
@example([[1, 2], [3, 3, 3]], 3)
def test_many_at_once_leave_what_one_after_the_other_leaves(
    batches: list[list[int]], most: int
) -> None:
    together: dict[int, int] = {}
    singly: dict[int, int] = {}
    for at, keys in enumerate(batches):
        lru.keep_all(together, keys, [at] * len(keys), most)
        for key in keys:
            lru.keep(singly, key, at, most)
        assert list(together.items()) == list(singly.items())


@pytest.mark.usefixtures("small_is_large")
def test_what_was_put_in_again_is_not_the_oldest() -> None:
    kept = filled(64, 64)
    lru.keep(kept, 0, kept.pop(0), 64)
    lru.keep(kept, 64, 64, 64)
    assert 0 in kept
    assert 1 not in kept


class Counted(dict[int, int]):
    """Counts how often somebody looks for its oldest entry."""

    looks = 0

    def items(self) -> object:  # type: ignore[override]
        self.looks += 1
        return super().items()


def test_what_is_old_is_found_in_one_pass() -> None:
    kept = Counted({at: at for at in range(1000)})
    lru.forget(kept, lambda at: at < 900)
    assert list(kept) == list(range(900, 1000))
    assert kept.looks == 1
