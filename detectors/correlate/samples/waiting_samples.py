"""Reports that rules have drawn and that wait for their turn at a correlator, as plain data that is
stored with it."""

from collections.abc import Sequence

import msgspec
import numpy as np

from detectors.correlate.levels.waiting_rows import with_due
from detectors.features.rows.travelling import as_texts
from detectors.features.samples.sample_rows import ROW, SampleRows, joined
from detectors.model.columns import I8


class WaitingSamples(msgspec.Struct):
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


def take_due(
    waiting: list[WaitingSamples], until_ms: int, names: Sequence[str]
) -> tuple[SampleRows, I8] | None:
    """Takes out what has its turn before a time, in order of that, with each one's turn and those
    rules alone as its takers; ``None`` where there is nothing."""
    parts, waiting[:] = with_due(waiting, until_ms)
    if not parts:
        return None
    # Which rules are on may have changed while they waited.
    rows = joined([each.rows.taken_by(names) for each in parts])
    rx = np.concatenate([each.turns for each in parts])
    later = rx >= until_ms
    if later.any():
        waiting.append(WaitingSamples.of(rows.take(later), rx[later]))
    due = np.flatnonzero(~later & (rows.numbers["takers"] > 0))
    order = due[np.argsort(rx[due], kind="stable")]
    return rows.take(order), rx[order]
