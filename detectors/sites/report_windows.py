"""Phones' placed reports by half-minutes of arrival time: what censuses of cells have in common.

Of reports that are alike one in a window is kept. Windows are sent as
`detectors.features.rows.window_tiles` says.
"""

from base64 import b64encode
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from detectors.features.facts import AnyFacts, Origin, shared
from detectors.features.phones.last_reports import phone_rows
from detectors.features.plan.site_distance import have_own_place
from detectors.features.rows.window_tiles import TILES_A_DEG, WINDOW_MS, of_window, tile_of
from detectors.model.columns import I8, Bool
from detectors.model.finding import Observation

#: Reports, with places of phones as ``lat`` and ``lon`` among their columns.
Rows: TypeAlias = NDArray[Any]

#: Degrees are kept as millionths.
DEGREE: Final = 1_000_000
#: Rougher places say too little (m), and faster phones have left their cell (m/s).
ACCURATE_M, _PASSING_MPS = 100.0, 30.0
#: Rougher places don't even say what a phone is about (m).
_ROUGH_M: Final = 1_000.0


class ReportWindows:
    """Reports of one source partition; windows are sent by `due`.

    ``name`` is that of the census, ``alike`` the columns in which reports are alike of which the
    first is kept, ``in_order`` puts rows in order of their content, ``written`` makes what is sent
    of rows in order.
    """

    def __init__(
        self,
        name: str,
        alike: list[str],
        in_order: Callable[[Rows], Rows],
        written: Callable[[Rows], dict[str, str]],
    ) -> None:
        self._name, self._alike = name, alike
        self._in_order, self._written = in_order, written
        self._windows: dict[int, list[Rows]] = {}
        self._sent_ms = 0

    def take(self, rx_ms: I8, reports: Rows) -> None:
        """Notes reports that arrived at such times; those of windows that were sent are late."""
        window = rx_ms // WINDOW_MS
        for number in np.unique(window).tolist():
            if (number + 1) * WINDOW_MS > self._sent_ms:
                self._windows.setdefault(number, []).append(
                    reports.take(np.flatnonzero(window == number))
                )

    def due(self, until_ms: int, origin: Origin) -> list[Observation]:
        """Observations of all windows that ended by ``until_ms`` and weren't sent yet, a tile
        each."""
        sent: list[Observation] = []
        self._sent_ms = max(self._sent_ms, until_ms)
        for number in sorted(self._windows):
            if (number + 1) * WINDOW_MS <= until_ms:
                rows = np.concatenate(self._windows.pop(number))
                _, first = np.unique(rows[self._alike], return_index=True)
                sent += self._observations(number, rows[np.sort(first)], origin)
        return sent

    def _observations(self, number: int, rows: Rows, origin: Origin) -> list[Observation]:
        """One for each tile in which there were phones."""
        step, rows = DEGREE // TILES_A_DEG, self._in_order(rows)
        south, west = (
            (rows[axis].astype(np.int64) + most * DEGREE) // step
            for axis, most in (("lat", 90), ("lon", 180))
        )
        tile = tile_of(south, west)
        by_tile = np.argsort(tile, kind="stable")
        rows, found = rows[by_tile], []
        tiles, begins = np.unique(tile[by_tile], return_index=True)
        for part, (each, own) in enumerate(
            zip(tiles.tolist(), np.split(rows, begins[1:]), strict=True)
        ):
            values = self._written(own)
            found.append(of_window(self._name, "reported", number, part, each, values, origin))
        return found


def as_text(rows: Rows) -> str:
    """The bytes of rows in a text."""
    return b64encode(rows.tobytes()).decode()


@shared
def is_placed(facts: AnyFacts) -> Bool:
    """Which reports are of a serving cell, by a phone that knew where it was."""
    batch = facts.batch
    good = batch.serving & have_own_place(facts)
    good &= ~(batch.accuracy_m > ACCURATE_M) & ~(batch.speed_mps > _PASSING_MPS)
    return np.asarray(good)


@shared
def is_about(facts: AnyFacts) -> Bool:
    """Which reports are of a serving cell, by a phone of which it is known about where it was."""
    batch = facts.batch
    about = batch.serving & np.isfinite(batch.lat) & ~(batch.accuracy_m > _ROUGH_M)
    return np.asarray(about)


def put_phones(reports: Rows, facts: AnyFacts, rows: I8) -> None:
    """Fills in the places of a batch's phones, and a number of each."""
    for name in ("lat", "lon"):
        reports[name] = np.rint(getattr(facts.batch, name)[rows] * DEGREE)
    reports["phone"] = facts.phones.short_numbers(phone_rows(facts).device[rows])
