"""Which phones of a listed cell send at once, and which don't: judging state of `held_back`.

A transmitter that poses as a cell near by is received where that cell might be. So lateness alone
shows it: of the phones on one cell at one place hardly any sends at once. Honest cells have many
that do. These come by the census of ordinary reports (`detectors.sites.site_census`), late ones one
by one.
"""

from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.memory.lateness import squares_of
from detectors.features.rows.window_tiles import WINDOW_MS
from detectors.model.finding import Observation
from detectors.rules.held_back.cell_reports import OLD_MS
from detectors.rules.held_back.lateness import Late
from detectors.sites.report_windows import DEGREE
from detectors.sites.site_census import sent_at_once
from geo.earth.sphere import distance_m

Rows: TypeAlias = NDArray[Any]

#: Phones within so far of each other are on one cell at one place (m).
_TOGETHER_M: Final = 1500.0
#: The census of a half-minute is there a moment after its end (ms).
_MOMENT_MS: Final = 1_000
#: Phones and cells that a zone remembers at most, and rows that are left as they came.
_SERVED, _FEW = 32_768, 4_096
#: One report that was sent at once: beginning of its window (s), cell and phone as numbers, place
#: (millionths of a degree).
_ROW: Final = np.dtype(
    [("window_s", "<u4"), ("cell", "<u4"), ("phone", "<u4"), ("lat", "<i4"), ("lon", "<i4")]
)


class Group(NamedTuple):
    """Phones on one cell at one place: their reports, and what each place says (nats), that of
    others whom the cell serves there too."""

    late: list[Late]
    nats: list[float]


class Served(msgspec.Struct):
    """Reports of listed cells that were sent at once, as the bytes of rows; the first ``settled``
    of these are the newest of each phone and cell, in order of time and content."""

    rows: bytes = b""
    settled: int = 0

    def take_census(self, census: Observation) -> None:
        """Takes the reports of one window and tile."""
        reports = sent_at_once(census)
        added = np.empty(len(reports), dtype=_ROW)
        added["window_s"] = census.ts // 1000
        for name in ("cell", "phone", "lat", "lon"):
            added[name] = reports[name]
        self.rows += added.tobytes()
        if len(self.rows) > _ROW.itemsize * max(_FEW, 2 * self.settled):
            rows = np.frombuffer(self.rows, dtype=_ROW)
            rows = _newest(rows[_are_new(rows, census.ts)])[-_SERVED:]
            self.rows, self.settled = rows.tobytes(), len(rows)

    def places(self, cell: int, now_ms: int) -> Rows:
        """Where phones are (``lat`` and ``lon``, millionths of a degree) that the cell, by its
        number, served within half an hour."""
        rows = np.frombuffer(self.rows, dtype=_ROW)
        rows = rows[rows["cell"] == cell]
        return _newest(rows[_are_new(rows, now_ms)])


def _are_new(rows: Rows, now_ms: int) -> NDArray[np.bool_]:
    return np.asarray(rows["window_s"] > (now_ms - OLD_MS) // 1000)


def _newest(rows: Rows) -> Rows:
    """The newest row of each phone and cell, in order of time and content: windows come by tiles
    and partitions in any order."""
    rows = rows[np.lexsort([rows[name] for name in ("lon", "lat", "window_s")])]
    whose = (rows["cell"].astype(np.uint64) << np.uint64(32)) + rows["phone"]
    _, last = np.unique(whose[::-1], return_index=True)
    newest: Rows = rows[np.sort(len(rows) - 1 - last)]
    return newest


def due_ms(rx_ms: int) -> int:
    """When it is known whom cells served beside a report that arrived at such a time (ms)."""
    return (rx_ms // WINDOW_MS + 1) * WINDOW_MS + _MOMENT_MS


def is_misplaced(late: Late) -> bool:
    """Whether the cell can't be received there."""
    return late.report.kind == "misplaced"


def strongest(known: list[Late], served: Rows, prompt_nats: float) -> Group:
    """Of one cell's phones, by their reports and where it serves others, those of one place that
    say most for a transmitter; who is served says ``prompt_nats``. Phones where the cell can't be
    received belong to any, since a transmitter may drive, and so do late ones about the mast, which
    say that it holds its phones itself."""
    places = [late.report.place for late in known if late.report.place is not None]
    lat, lon = (
        np.append([getattr(place, axis) for place in places], served[axis] / DEGREE)
        for axis in ("lat", "lon")
    )
    nats = np.append([_said(late) for late in known], np.full(len(served), prompt_nats))
    anywhere = np.zeros(len(nats), dtype=np.bool_)
    anywhere[: len(known)] = [late.report.kind in ("misplaced", "near") for late in known]
    _, square = np.unique(np.stack(squares_of(lat, lon)), axis=1, return_inverse=True)
    best: Group | None = None
    for place in places:
        chosen = anywhere | (distance_m(place.lat, place.lon, lat, lon) <= _TOGETHER_M)
        # What the most prompt phone of each place says.
        least = np.full(len(nats), np.inf)
        np.minimum.at(least, square[chosen], nats[chosen])
        said = least[np.isfinite(least)].tolist()
        if best is None or sum(said) > sum(best.nats):
            late = [each for each, belongs in zip(known, chosen, strict=False) if belongs]
            best = Group(late, said)
    assert best is not None
    return best


def _said(late: Late) -> float:
    return -late.nats if late.report.kind == "near" else late.nats
