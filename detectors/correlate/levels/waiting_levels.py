"""Levels that wait for their turn at a correlator, as plain data that is stored with it."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.correlate.levels.waiting_rows import turns_of, with_due
from detectors.features.levels.level_rows import ROW, LevelRows, joined
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
    rows, rx = joined([each.rows for each in parts]), np.concatenate(turns_of(parts))
    later = rx >= until_ms
    if later.any():
        waiting.append(WaitingLevels.of(rows.take(later), rx[later]))
    rows, rx = rows.take(~later), rx[~later]
    order = _order(rows, rx, detector)
    return rows.take(order), rx[order]


def _order(rows: LevelRows, rx: I8, detector: str) -> NDArray[Any]:
    """By turn; of one turn by content and place in the input, as all that waits is: digests are
    dear, and so are asked for where there are ties."""
    order = np.argsort(rx, kind="stable")
    turns = rx[order]
    tied = np.flatnonzero(turns[1:] == turns[:-1])
    if not len(tied):
        return order
    places = np.union1d(tied, tied + 1)
    alike = order[places].tolist()
    every = {row: rows.one(detector, row) for row in alike}
    key = {row: (int(rx[row]), one.digest(), one.source) for row, one in every.items()}
    order[places] = sorted(alike, key=key.__getitem__)
    return order
