"""Levels that wait for their turn at a correlator, as plain data that is stored with it."""

from collections import Counter
from functools import cached_property
from itertools import chain
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.correlate.levels import waiting_rows
from detectors.features.levels.level_rows import CONTENT, ROW, LevelRows
from detectors.features.rows import travelling
from detectors.features.rows.travelling import as_texts
from detectors.model.columns import I8


class WaitingLevels(msgspec.Struct, dict=True):
    """`LevelRows`, and when each has its turn (``rx``, ms of arrival, as 64-bit numbers)."""

    origins: list[tuple[str, int]]
    numbers: bytes
    who: list[str]
    near: list[str]
    rx: bytes

    @classmethod
    def of(cls, rows: LevelRows, rx: I8) -> "WaitingLevels":
        """Those of some rows."""
        texts = rows.who.tolist(), rows.near.tolist()
        return cls(list(rows.origins), rows.numbers.tobytes(), *texts, rx.tobytes())

    @property
    def rows(self) -> LevelRows:
        """The rows."""
        numbers = np.frombuffer(self.numbers, dtype=ROW)
        return LevelRows(tuple(self.origins), numbers, as_texts(self.who), as_texts(self.near))

    @property
    def turns(self) -> I8:
        """When each has its turn (ms)."""
        return np.frombuffer(self.rx, dtype=np.int64)

    @cached_property
    def span_ms(self) -> tuple[int, int]:
        """The first and the last of these."""
        return waiting_rows.span_of(self.turns)

    def some(self, rows: slice) -> Self:
        """Some of them."""
        numbers = np.frombuffer(self.numbers, dtype=ROW)[rows].tobytes()
        texts = self.who[rows], self.near[rows]
        return type(self)(self.origins, numbers, *texts, self.turns[rows].tobytes())


def take_due(
    waiting: list[WaitingLevels], until_ms: int, detector: str
) -> tuple[LevelRows, I8] | None:
    """Takes out what has its turn before a time, in order of that, ties in an order that depends on
    their content alone, with each one's turn; ``None`` where there is nothing."""
    due = waiting_rows.take_due(waiting, until_ms, _joined)
    if due is None:
        return None
    rows, rx = due
    if len(tied := np.flatnonzero(rx[1:] == rx[:-1])):
        places = np.union1d(tied, tied + 1)
        order = np.arange(len(rx))
        order[places] = places[_order(rows.take(places), rx[places], detector)]
        rows = rows.take(order)
    return rows, rx


def _joined(parts: list[WaitingLevels]) -> LevelRows:
    """The rows of all, one part at least, one after the other."""
    if len(parts) == 1:
        return parts[0].rows
    kept = [(tuple(each.origins), np.frombuffer(each.numbers, dtype=ROW)) for each in parts]
    who, near = ([each.who for each in parts], [each.near for each in parts])
    texts = (as_texts(list(chain.from_iterable(each))) for each in (who, near))
    return LevelRows(*travelling.joined(kept, ROW), *texts)


def _order(rows: LevelRows, rx: I8, detector: str) -> NDArray[np.intp]:
    """By turn; ties by what they say, whoever says it, and what is alike by its place in the input:
    so it is the same however the input is shared out, and under any hashing key.

    Those that meet may change what comes of each other: they come last, by digest, as all else that
    waits. Digests are dear, and nearly all ties are of phones far apart.
    """
    topics = sorted(rows.origins)
    origin = np.array([topics.index(one) for one in rows.origins])[rows.numbers["origin"]]
    near = np.unique(rows.near, return_inverse=True)[1]
    content = [rows.numbers[name] for name in CONTENT]
    meeting = _meeting(rows, rx)
    digested = np.zeros(len(rows), dtype=np.int64)
    met = np.flatnonzero(meeting)
    digests = [rows.one(detector, row).digest() for row in met.tolist()]
    ranks = {digest: rank for rank, digest in enumerate(sorted(set(digests)))}
    digested[met] = [ranks[digest] for digest in digests]
    # The last is the first to count.
    source = rows.numbers["index"], rows.numbers["offset"], origin
    return np.lexsort((*source, near, *content, digested, meeting, rx))


def _meeting(rows: LevelRows, rx: I8) -> NDArray[np.bool_]:
    """Which of them share their turn with another of the same phone, or on the same tile."""
    found = np.zeros(len(rows), dtype=np.bool_)
    for what in (rows.who, rows.numbers["tile"]):
        both = list(zip(rx.tolist(), what.tolist(), strict=True))
        counts = Counter(both)
        found |= np.array([counts[each] > 1 for each in both], dtype=np.bool_)
    return found
