"""Levels that wait for their turn at a correlator, as plain data that is stored with it."""

from functools import cached_property
from itertools import chain
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.correlate.levels import waiting_rows
from detectors.features.levels.level_rows import ROW, LevelRows
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
    """Takes out what has its turn before a time, in order of that and then of content, with each
    one's turn; ``None`` where there is nothing."""
    due = waiting_rows.take_due(waiting, until_ms, _joined)
    if due is None:
        return None
    rows, rx = due
    tied = np.flatnonzero(rx[1:] == rx[:-1])
    return (rows.take(_order(rows, rx, tied, detector)) if len(tied) else rows), rx


def _joined(parts: list[WaitingLevels]) -> LevelRows:
    """The rows of all, one part at least, one after the other."""
    if len(parts) == 1:
        return parts[0].rows
    kept = [(tuple(each.origins), np.frombuffer(each.numbers, dtype=ROW)) for each in parts]
    who, near = ([each.who for each in parts], [each.near for each in parts])
    texts = (as_texts(list(chain.from_iterable(each))) for each in (who, near))
    return LevelRows(*travelling.joined(kept, ROW), *texts)


def _order(rows: LevelRows, rx: I8, tied: NDArray[np.intp], detector: str) -> NDArray[np.intp]:
    """By turn, as the rows lie; those that are ``tied`` with the next by content and place in the
    input, as all that waits is: digests are dear, and so are asked for where there are ties."""
    order = np.arange(len(rx))
    places = np.union1d(tied, tied + 1)
    alike = places.tolist()
    every = {row: rows.one(detector, row) for row in alike}
    key = {row: (int(rx[row]), one.digest(), one.source) for row, one in every.items()}
    order[places] = sorted(alike, key=key.__getitem__)
    return order
