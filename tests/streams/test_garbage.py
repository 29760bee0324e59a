"""What is there is looked at no more, and what comes is looked at seldom."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from streams.garbage import look_seldom


class _Ring:
    """Holds itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_what_holds_itself_goes_in_time_and_what_was_there_stays() -> None:
    kept, lost = _Ring(), weakref.ref(_Ring())
    look_seldom()
    assert lost() is None
    assert gc.get_freeze_count() > 10_000
    later = weakref.ref(_Ring())
    some = [[] for _ in range(5_000)]
    assert later() is not None
    some += [[] for _ in range(30_000)]
    assert later() is None
    assert kept.own is kept
