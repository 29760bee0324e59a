"""Reports that rules have drawn and that wait for their turn at a correlator, as plain data that is
stored with it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Self

import msgspec
import numpy as np

from detectors.correlate.levels import waiting_rows
from detectors.features.rows.travelling import as_texts
from detectors.features.samples.sample_rows import ROW, SampleRows, joined
from detectors.model.columns import I8


class WaitingSamples(msgspec.Struct, dict=True):
    """`SampleRows`, and when each has its turn (``rx``, ms of arrival, as 64-bit numbers)."""

    origins: list[tuple[str, int]]
    takers: list[str]
    numbers: bytes
    who: list[str]
    rx: bytes

    @classmethod
    def of(cls, rows: SampleRows, rx: I8) -> "WaitingSamples":
        """Those of some rows."""
        names = list(rows.origins), list(rows.takers)
        return cls(*names, rows.numbers.tobytes(), rows.who.tolist(), rx.tobytes())

    @property
    def rows(self) -> SampleRows:
        """The rows."""
        numbers = np.frombuffer(self.numbers, dtype=ROW)
        return SampleRows(tuple(self.origins), tuple(self.takers), numbers, as_texts(self.who))

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
        origins, takers = self.origins, self.takers
        return type(self)(origins, takers, numbers, self.who[rows], self.turns[rows].tobytes())


def take_due(
    waiting: list[WaitingSamples], until_ms: int, names: Sequence[str]
) -> tuple[SampleRows, I8] | None:
    """Takes out what has its turn before a time, in order of that, with each one's turn and those
    rules alone as its takers; ``None`` where there is nothing."""

    def rows_of(parts: list[WaitingSamples]) -> SampleRows:
        # Which rules are on may have changed while they waited.
        return joined([each.rows.taken_by(names) for each in parts])

    due = waiting_rows.take_due(waiting, until_ms, rows_of)
    if due is None:
        return None
    rows, rx = due
    drawn = rows.numbers["takers"] > 0
    return due if drawn.all() else (rows.take(drawn), rx[drawn])
