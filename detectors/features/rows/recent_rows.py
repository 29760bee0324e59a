"""The serving cells of the last seconds: what a few rows need that ask for the one before.

`detectors.features.memory.last_message` knows the row before of every row, which costs each of
them. Where only a handful in a million rows ask, it is cheaper to keep the columns of the last
seconds as they came, and to search them when asked.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from detectors.features.memory.lru import is_full
from detectors.model.columns import F8, I8, U1, Bool, Measurements, Text


@dataclass(frozen=True, slots=True, eq=False)
class ServingRows:
    """Serving cells in order of arrival, one row a report."""

    rx_ms: I8
    ts_ms: I8
    device: Text
    rat: U1
    mcc: I8
    mnc: I8
    area: I8
    cell: I8
    arfcn: F8
    pci: F8

    def __len__(self) -> int:
        return len(self.rx_ms)


_COLUMNS: Final = tuple(f.name for f in fields(ServingRows))


class RecentRows:
    """Reports that arrived within ``horizon_ms``, batch by batch; of too many the newest."""

    def __init__(self, horizon_ms: int) -> None:
        self._horizon_ms = horizon_ms
        self._parts: list[ServingRows] = []

    def take(self, batch: Measurements) -> None:
        """Takes a batch in, and forgets what is beyond the horizon."""
        if not len(batch):
            return
        self._parts.append(_serving(batch, batch.serving))
        oldest_ms = int(batch.rx_ms.max()) - self._horizon_ms
        self._parts = [p for p in self._parts if len(p) and int(p.rx_ms.max()) >= oldest_ms]
        while len(self._parts) > 1 and is_full(sum(map(len, self._parts))):
            del self._parts[0]

    def before(self, batch: Measurements, rows: I8) -> tuple[Bool, ServingRows]:
        """For some rows of a batch that wasn't taken in yet: whether their device sent a report
        within the horizon before, and the last one (anything where it didn't)."""
        own = _serving(batch, np.ones(len(batch), dtype=np.bool_))
        names = {batch.device[row] for row in rows.tolist()}
        here = _rows_of(names, own, batch.serving)
        earlier: dict[str, tuple[ServingRows, int]] = {}
        for part in self._parts:
            for name, at in _rows_of(names, part).items():
                earlier[name] = (part, at[-1])
        picked: list[tuple[ServingRows, int]] = []
        known = np.zeros(len(rows), dtype=np.bool_)
        for n, row in enumerate(rows.tolist()):
            name = batch.device[row]
            before_it = [r for r in here.get(name, []) if r < row]
            found = (own, before_it[-1]) if before_it else earlier.get(name)
            picked.append(found or (own, row))
            known[n] = found is not None
        columns = {
            column: np.array([getattr(part, column)[at] for part, at in picked])
            for column in _COLUMNS
        }
        last = ServingRows(**columns)
        return known & (batch.rx_ms[rows] - last.rx_ms <= self._horizon_ms), last


def _serving(batch: Measurements, kept: Bool) -> ServingRows:
    return ServingRows(**{column: getattr(batch, column)[kept] for column in _COLUMNS})


def _rows_of(names: set[str], rows: ServingRows, kept: Bool | None = None) -> dict[str, list[int]]:
    """Where the rows of each of some devices are, in order."""
    theirs = np.fromiter(map(names.__contains__, rows.device), np.bool_, len(rows))
    places: dict[str, list[int]] = {}
    for at in np.flatnonzero(theirs if kept is None else theirs & kept).tolist():
        places.setdefault(rows.device[at], []).append(at)
    return places
