"""Items come in order of arrival, rank and content, whatever order they were put in."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detectors.correlate.arrival_queue import Item, order_ties, put_in, put_in_order

#: Arrival (ms), rank and content: few of each, so that there are ties of all kinds.
ITEMS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 2)), max_size=12)


def item(make: Any, number: int, rx: int, rank: int, content: int) -> Item:
    return Item(rx, rank, ("z",), ["z"], make.finding(number, who="d", weight=1.0 + content))


@given(items=ITEMS, later=ITEMS)
def test_sorted_and_put_in_alike(make: Any, items: Any, later: Any) -> None:
    all_of = [item(make, n, *each) for n, each in enumerate([*items, *later])]
    waiting = all_of[: len(items)]
    put_in_order(waiting)
    for each in all_of[len(items) :]:
        put_in(waiting, each)
    taken = []
    while waiting:
        order_ties(waiting)
        taken.append(waiting.pop())
    assert taken == sorted(all_of, key=lambda each: (each.rx, each.rank, each.content()))


def test_what_differs_in_its_source_only_is_in_order_of_source(make: Any) -> None:
    one, other = (item(make, number, 0, 0, 0) for number in (1, 2))
    waiting = [one, other]
    put_in_order(waiting)
    order_ties(waiting)
    assert waiting.pop() is one
    assert waiting.pop() is other
