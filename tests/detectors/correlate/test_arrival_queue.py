"""Items come in order of arrival, rank and content, whatever order they were put in."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.correlate import arrival_queue
from detectors.correlate.arrival_queue import (
    Item,
    Later,
    count_of,
    first_of_the_last,
    opened_to,
    order_ties,
    pack_later,
    put_in,
    put_in_order,
    unpack_next,
)
from detectors.model.finding import Observation, OfCalls, Source

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


@given(before=ITEMS, later=ITEMS)
def test_what_comes_to_what_is_in_order_is_put_between(make: Any, before: Any, later: Any) -> None:
    items = [item(make, n, *each) for n, each in enumerate([*before, *later])]
    waiting = items[: len(before)]
    put_in_order(waiting)
    waiting += items[len(before) :]
    put_in_order(waiting, len(before))
    turns = [(each.rx, each.rank) for each in waiting]
    assert turns == sorted(turns, reverse=True)
    assert sorted(map(id, waiting)) == sorted(map(id, items))


def test_ties_of_which_the_order_is_free_stay_as_they_lie(make: Any) -> None:
    waiting = [item(make, number, 0, 0, number) for number in range(4)]
    first = list(waiting)
    order_ties(waiting, lambda ties: ties == first)
    assert waiting == first
    order_ties(waiting, lambda ties: False)
    assert waiting == sorted(first, key=Item.content, reverse=True)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that packs from the ninth on."""
    for name, many in (("_MOST_OPEN", 8), ("_KEPT_OPEN", 4), ("_IN_ONE", 3)):
        monkeypatch.setattr(arrival_queue, name, many)


def worked_off(waiting: list[Item], later: list[Later], until_ms: int) -> list[Item]:
    """All that arrived before then, in its turn, of what is in order."""
    taken = []
    opened = opened_to(later, until_ms)
    while True:
        rx = waiting[-1].rx if waiting else until_ms
        if opened < until_ms and rx >= opened:
            opened = unpack_next(waiting, later, until_ms)
        elif rx < until_ms:
            order_ties(waiting)
            taken.append(waiting.pop())
        else:
            return taken


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(5))
def test_what_is_packed_comes_back_in_its_turn(make: Any, seed: int) -> None:
    """Items come in bursts that overlap in time; watermarks follow."""
    chance = Random(seed)
    waiting: list[Item] = []
    later: list[Later] = []
    taken: list[Item] = []
    all_of: list[Item] = []
    packed = 0
    for burst in range(12):
        came = [
            item(make, len(all_of) + n, chance.randint(burst * 10, burst * 10 + 40), 0, n % 3)
            for n in range(chance.randint(0, 30))
        ]
        all_of += came
        waiting += came
        until_ms = burst * 10
        put_in_order(waiting)
        taken += worked_off(waiting, later, until_ms)
        pack_later(waiting, later)
        assert count_of(waiting, later) == len(all_of) - len(taken)
        assert len(waiting) <= 8
        packed = max(packed, len(later))
    put_in_order(waiting)
    taken += worked_off(waiting, later, 1 << 40)
    assert packed > 5
    assert later == []
    assert taken == sorted(all_of, key=lambda each: (each.rx, each.rank, each.content()))


@pytest.mark.usefixtures("small")
def test_the_one_that_so_many_come_after_is_found_among_packed_ones(make: Any) -> None:
    waiting = [item(make, n, n * 7 % 20, 0, 0) for n in range(20)]
    later: list[Later] = []
    put_in_order(waiting)
    pack_later(waiting, later)
    waiting.append(item(make, 20, 30, 0, 0))
    assert later
    for count in range(20):
        assert first_of_the_last(waiting, later, count) == [*range(20), 30][20 - count]


@pytest.mark.usefixtures("small")
def test_a_piece_is_opened_when_it_is_due_and_not_all_at_once(make: Any) -> None:
    waiting = [item(make, n, n, 0, 0) for n in range(100)]
    later: list[Later] = []
    put_in_order(waiting)
    pack_later(waiting, later)
    opened = opened_to(later, 1 << 40)
    most = 0
    for n in range(100):
        if not waiting:
            assert opened == n
            opened = unpack_next(waiting, later, 1 << 40)
        most = max(most, len(waiting))
        assert waiting.pop().rx == n
    assert most == 4  # As many as lie open in the end of an advance; pieces hold three.
    assert unpack_next(waiting, later, 1 << 40) == 1 << 40


@pytest.mark.parametrize("partitions", [(0, 0), (0, 1), (1, 0)])
def test_of_calls_of_like_content_names_decide_and_not_their_places(
    partitions: tuple[int, int],
) -> None:
    """Wherever the two numbers' calls lie."""
    numbers = [f"h-{digit * 24}" for digit in "ab"]
    items = [
        Item(5, 0, ("calls",), ["calls"], observation=call(number, part, place))
        for place, (number, part) in enumerate(zip(numbers, partitions, strict=True))
    ]
    one, other = (each.observation for each in items)
    assert one is not None
    assert other is not None
    assert one.digest() == other.digest()
    for waiting in (items, items[::-1]):
        order_ties(waiting)
        assert [each.observation.who for each in waiting if each.observation] == numbers[::-1]


def call(number: str, partition: int, offset: int) -> Observation:
    return Observation(
        detector="a",
        kind="call",
        ts=1,
        rx_ts=5,
        space="number",
        who=number,
        of_calls=OfCalls(number=number),
        source=Source("call.signalling", partition, 9 - offset, -1),
    )
