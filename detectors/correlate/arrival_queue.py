"""Findings and observations that wait for their turn at a correlator, in order of arrival.

A list that is put in order when it is worked off, the first to be worked off last: most arrive in
order, so that sorting is nearly free, where a heap would compare each a dozen times.
"""

from operator import attrgetter
from typing import Final

import msgspec

from detectors.model.finding import Finding, Observation, Source


class Item(msgspec.Struct, gc=False):
    """One finding or observation with its route.

    ``zones`` are all that it concerns, its own first (`detectors.context.zone_routing.zones_for`),
    ``here`` those in which it is worked off at this correlator.

    Items are in order of arrival (``rx``, ms), then of ``rank`` (observations, findings, verdicts),
    then of content. Two phones may report the very same: then the places of their records in the
    input decide, since pseudonyms depend on the key and delivery on chance.
    """

    rx: int
    rank: int
    zones: tuple[str, ...]
    here: list[str]
    finding: Finding | None = None
    observation: Observation | None = None

    def content(self) -> tuple[bytes, Source]:
        """What decides between those that are due together."""
        record = self.finding or self.observation
        assert record is not None
        return record.digest(), record.source


#: What all are sorted by. Between ties content decides: digests are dear, and so are asked for when
#: the ties are due, once.
_TURN: Final = attrgetter("rx", "rank")


def put_in_order(waiting: list[Item]) -> None:
    """Sorts, the first last; those that are due together lie in any order yet."""
    waiting.sort(key=_TURN, reverse=True)


def order_ties(waiting: list[Item]) -> None:
    """Puts those in order that are due together with the first."""
    turn, begin = _TURN(waiting[-1]), len(waiting) - 1
    while begin and _TURN(waiting[begin - 1]) == turn:
        begin -= 1
    if begin < len(waiting) - 1:
        waiting[begin:] = sorted(waiting[begin:], key=Item.content, reverse=True)


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
