"""Levels that wait for their turn at a correlator, as plain data that is stored with it."""

from itertools import chain

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.correlate.levels.waiting_rows import turns_of, with_due
from detectors.features.levels.level_rows import ROW, LevelRows
from detectors.features.rows import travelling
from detectors.features.rows.travelling import as_texts
from detectors.model.columns import I8


class WaitingLevels(msgspec.Struct):
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


def take_due(
    waiting: list[WaitingLevels], until_ms: int, detector: str
) -> tuple[LevelRows, I8] | None:
    """Takes out what has its turn before a time, in order of that and then of content, with each
    one's turn; ``None`` where there is nothing."""
    parts, waiting[:] = with_due(waiting, until_ms)
    if not parts:
        return None
    rows, rx = _joined(parts), np.concatenate(turns_of(parts))
    if (rx[1:] < rx[:-1]).any():  # of several partitions
        order = np.argsort(rx, kind="stable")
        rows, rx = rows.take(order), rx[order]
    end = int(np.searchsorted(rx, until_ms))
    if end < len(rx):
        waiting.append(WaitingLevels.of(rows.take(slice(end, None)), rx[end:]))
        rows, rx = rows.take(slice(end)), rx[:end]
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
