"""The account of one partition's chunks: what may be committed, and when it stands at the end."""

from hypothesis import given
from hypothesis import strategies as st

from streams.chunked.offset_ledger import Chunk, Feed
from streams.wire.columns import Columns


def _feed() -> Feed:
    return Feed("topic", 3, assignment=object())


def _records(*offsets: int) -> list[Columns]:
    """As they come of two batches."""
    return [_batch(*offsets[:2]), _batch(*offsets[2:])]


def _batch(*offsets: int) -> Columns:
    count = len(offsets)
    return Columns(list(offsets), [5] * count, [b"v"] * count, [()] * count)


def test_a_fetch_is_cut_at_the_limit_and_ends_where_the_broker_says() -> None:
    chunks = _feed().cut(_records(4, 5, 9, 10, 11), next_offset=20, limit=2)
    assert [chunk.offsets for chunk in chunks] == [[4, 5], [9, 10], [11]]
    assert [(chunk.offset, chunk.last_offset) for chunk in chunks] == [(4, 5), (9, 10), (11, 11)]
    # Offsets 6 to 8 and 12 to 19 hold no record: they count as done with what lies before them.
    assert [chunk.next_offset for chunk in chunks] == [9, 11, 20]
    assert [chunk.number for chunk in chunks] == [0, 1, 2]


def test_a_chunk_holds_a_list_for_each_field() -> None:
    fetched = [Columns([7], [1], [b"xyz"], [(("h", b"1"),)]), Columns([8], [2], [None], [()])]
    (chunk,) = _feed().cut(fetched, next_offset=9, limit=5)
    assert len(chunk) == 2
    assert (chunk.topic, chunk.partition) == ("topic", 3)
    assert chunk.values == [b"xyz", None]
    assert chunk.value_bytes == 3
    assert chunk.timestamps == [1, 2]
    assert chunk.headers == [(("h", b"1"),), ()]


def test_nothing_is_committable_before_the_first_chunk_is_done() -> None:
    feed = _feed()
    first, second = feed.cut(_records(0, 1, 2, 3), next_offset=4, limit=2)
    feed.hand_out(first)
    feed.hand_out(second)
    assert feed.committable() is None
    feed.acknowledge(second)
    assert feed.committable() is None
    feed.acknowledge(first)
    assert feed.committable() == 4
    assert feed.idle


def test_what_was_lost_is_read_again_after_the_last_handed_out() -> None:
    feed = _feed()
    kept, *lost = feed.cut(_records(10, 11, 12, 13), next_offset=14, limit=1)
    assert feed.resume_at == 10
    feed.hand_out(kept)
    feed.acknowledge(kept)
    assert len(lost) == 3
    assert not feed.idle
    assert feed.resume_at == 11
    feed.rewind()
    assert feed.idle
    (again,) = feed.cut(_records(11, 12, 13), next_offset=14, limit=5)
    assert again.number == feed.handed_out
    feed.hand_out(again)
    feed.acknowledge(again)
    assert feed.committable() == 14


def test_an_emptied_queue_breaks_the_account_until_what_was_handed_out_is_done() -> None:
    feed = _feed()
    first, second, third = feed.cut(_records(10, 11, 12), next_offset=13, limit=1)
    assert not feed.broken
    feed.queue_emptied()
    # Nothing was handed out yet, so nothing was in a queue.
    feed.hand_out(first)
    feed.hand_out(second)
    assert not feed.broken
    assert feed.undone_from == 10
    feed.acknowledge(first)
    feed.queue_emptied()
    feed.hand_out(third)
    assert feed.broken
    assert feed.undone_from == 11
    # It was with its agent already, not in the queue.
    feed.acknowledge(second)
    assert not feed.broken
    assert feed.undone_from == 12


def test_acknowledging_twice_or_a_stranger_changes_nothing() -> None:
    feed = _feed()
    first, second = feed.cut(_records(0, 1), next_offset=2, limit=1)
    feed.hand_out(first)
    feed.acknowledge(first)
    feed.acknowledge(first)
    feed.acknowledge(second)
    assert feed.committable() == 1


@given(st.data())
def test_committable_is_the_end_of_the_done_prefix(data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=12))
    offsets = [sum(steps[: index + 1]) for index in range(len(steps))]
    limit = data.draw(st.integers(1, 4))
    feed = _feed()
    chunks = feed.cut(_records(*offsets), next_offset=offsets[-1] + 1, limit=limit)
    for chunk in chunks:
        feed.hand_out(chunk)
    done: list[Chunk] = []
    for chunk in data.draw(st.permutations(chunks)):
        feed.acknowledge(chunk)
        done.append(chunk)
        expected = None
        for candidate in chunks:
            if candidate not in done:
                break
            expected = candidate.next_offset
        assert feed.committable() == expected
    assert feed.idle
