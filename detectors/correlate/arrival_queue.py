"""Findings and observations that wait for their turn at a correlator, in order of arrival.

A list that is put in order when it is worked off, the first to be worked off last: most arrive in
order, so that sorting is nearly free, where a heap would compare each a dozen times.

An item takes a kilobyte and a half. A worker that catches up may have hundreds of thousands wait,
when one input partition is read ahead of another. So of many that wait those that come last are
packed, which takes a tenth of that or less, until the watermark comes near.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final

import msgspec
import numpy as np
import zstandard

from detectors.model.columns import I8
from detectors.model.finding import Finding, Observation, Source
from detectors.sites import site_census

#: Where more wait than this all are packed but the first of them, so many at a time.
_MOST_OPEN, _KEPT_OPEN, _IN_ONE = 16_384, 8_192, 2_048
_LEVEL: Final = 1


class Item(msgspec.Struct, gc=False):
    """One finding or observation with its route.

    ``zones`` are all that it concerns, its own first (`detectors.context.zone_routing.zones_for`),
    ``here`` those in which it is worked off at this correlator.

    Items are in order of arrival (``rx``, ms), then of ``rank`` (observations, findings, verdicts),
    then of content. Two phones may report the very same: then the places of their records in the
    input decide, since pseudonyms depend on the key and delivery on chance; of what is about calls
    the names in it, since places depend on partitioning, which follows the key as well. Of ordinary
    reports by windows the places alone decide, before all else that is due then.
    """

    rx: int
    rank: int
    zones: tuple[str, ...]
    here: list[str]
    finding: Finding | None = None
    observation: Observation | None = None

    def content(self) -> tuple[bytes, str, bytes, Source]:
        """What decides between those that are due together."""
        record = self.finding or self.observation
        assert record is not None
        if record.detector == site_census.NAME:
            # A window's reports are put in order of content where they are taken in, however they
            # were cut; and a digest of thousands is dear.
            return b"", "", b"", record.source
        about = record.of_calls
        named = ("", b"") if about is None else (record.who, msgspec.msgpack.encode(about))
        return record.digest(), *named, record.source


#: What all are sorted by. Between ties content decides: digests are dear, and so are asked for when
#: the ties are due, once.
_TURN: Final = attrgetter("rx", "rank")


def put_in_order(waiting: list[Item], ordered: int = 0) -> None:
    """Sorts, the first last; those that are due together lie in any order yet. The first
    ``ordered`` in the list are in order already: most of the others come after most of them."""
    if ordered == len(waiting):
        return
    first = min(map(_TURN, waiting[ordered:]))
    stays = bisect_right(waiting, _from_last(first), 0, ordered, key=_turn_from_last)
    later = waiting[:stays] + waiting[ordered:]
    later.sort(key=_TURN, reverse=True)
    waiting[:] = later + waiting[stays:ordered]


def _turn_from_last(item: Item) -> tuple[int, int]:
    return _from_last((item.rx, item.rank))


def _from_last(turn: tuple[int, int]) -> tuple[int, int]:
    return -turn[0], -turn[1]


def order_ties(
    waiting: list[Item], are_free: Callable[[list[Item]], bool] = lambda ties: False
) -> None:
    """Puts those in order that are due together with the first, unless they ``are_free``: in
    whatever order such have their turns, the same comes of them."""
    turn, begin = _TURN(waiting[-1]), len(waiting) - 1
    while begin and _TURN(waiting[begin - 1]) == turn:
        begin -= 1
    if begin < len(waiting) - 1 and not are_free(ties := waiting[begin:]):
        waiting[begin:] = sorted(ties, key=Item.content, reverse=True)


def put_in(waiting: list[Item], item: Item) -> None:
    """Adds to what is in order already an item that will be among the first."""
    at, mine = len(waiting), (item.rx, item.rank)
    while at and (waiting[at - 1].rx, waiting[at - 1].rank) < mine:
        at -= 1
    if at and (waiting[at - 1].rx, waiting[at - 1].rank) == mine:
        content = item.content()
        while at and (waiting[at - 1].rx, waiting[at - 1].rank) == mine:
            if content <= waiting[at - 1].content():
                break
            at -= 1
    waiting.insert(at, item)


class Later(msgspec.Struct, gc=False):
    """Items that come later than others, packed: how many, when the first of them arrived (ms), the
    arrivals of all as 64-bit numbers, and they themselves."""

    count: int
    first_ms: int
    arrivals: bytes
    items: bytes


def pack_later(waiting: list[Item], later: list[Later]) -> None:
    """Packs what comes last of many that are in order, the first last."""
    if len(waiting) <= _MOST_OPEN:
        return
    end = len(waiting) - _KEPT_OPEN
    later += [_packed(waiting[at : min(at + _IN_ONE, end)]) for at in range(0, end, _IN_ONE)]
    del waiting[:end]


def opened_to(later: list[Later], until_ms: int) -> int:
    """Up to when (ms, ``until_ms`` at most) nothing is packed: all that arrived before is open."""
    return min([until_ms, *(each.first_ms for each in later)])


def unpack_next(waiting: list[Item], later: list[Later], until_ms: int) -> int:
    """Puts back, in order, the pieces that begin first of all that is packed, if that is before
    ``until_ms``; up to when nothing is packed then."""
    first = opened_to(later, until_ms)
    if first >= until_ms:
        return until_ms
    due = [each for each in later if each.first_ms == first]
    later[:] = [each for each in later if each.first_ms > first]
    unpack_all(waiting, due)
    put_in_order(waiting)
    return opened_to(later, until_ms)


def unpack_all(waiting: list[Item], later: list[Later]) -> None:
    """Puts back, in any order, all that is packed."""
    for each in later:
        waiting += _UNPACKING.decode(zstandard.ZstdDecompressor().decompress(each.items))
    later.clear()


def count_of(waiting: list[Item], later: list[Later]) -> int:
    """How many wait, packed or not."""
    return len(waiting) + sum(each.count for each in later)


def first_of_the_last(
    waiting: list[Item], later: list[Later], count: int, others: Sequence[I8] = ()
) -> int:
    """The arrival (ms) of the one that ``count`` come after, of more that wait; of ``others`` these
    are their arrivals."""
    arrivals = [*others, np.array([item.rx for item in waiting], dtype=np.int64)]
    arrivals += [np.frombuffer(each.arrivals, dtype=np.int64) for each in later]
    ordered = np.sort(np.concatenate(arrivals))
    return int(ordered[len(ordered) - 1 - count])


_UNPACKING: Final = msgspec.msgpack.Decoder(list[Item])


def _packed(items: list[Item]) -> Later:
    packing = zstandard.ZstdCompressor(level=_LEVEL)
    arrivals = np.array([item.rx for item in items], dtype=np.int64)
    content = packing.compress(msgspec.msgpack.encode(items))
    return Later(len(items), int(arrivals.min()), arrivals.tobytes(), content)
