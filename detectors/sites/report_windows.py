"""Phones' placed reports by half-minutes of arrival time: what censuses of cells have in common.

Of reports that are alike one in a window is kept. Windows are sent as
`detectors.features.rows.window_tiles` says, tiles that concern the same zones together: where there
are many partitions, a tile of one of them has hardly more than one report.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np
from pybase64 import b64encode_as_string

from detectors.features.facts import AnyFacts, Origin, shared
from detectors.features.phones.last_reports import phone_rows
from detectors.features.plan.site_distance import have_own_place
from detectors.features.rows import runs
from detectors.features.rows.placed_reports import Rows, joined
from detectors.features.rows.window_tiles import (
    TILES_A_DEG,
    WINDOW_MS,
    of_window,
    tile_of,
    zones_of,
)
from detectors.model.columns import I8, Bool
from detectors.model.finding import Observation

#: Degrees are kept as millionths.
DEGREE: Final = 1_000_000
#: Rougher places say too little (m), and faster phones have left their cell (m/s).
ACCURATE_M, _PASSING_MPS = 100.0, 30.0
#: Rougher places don't even say what a phone is about (m).
_ROUGH_M: Final = 1_000.0
#: Rows of one observation: less than half of what a record between the stages may have.
_MOST_ROWS: Final = 8_192


class ReportWindows:
    """Reports of one source partition, with places of phones as ``lat`` and ``lon`` among their
    columns; windows are sent by `due`.

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
        """Observations of all windows that ended by ``until_ms`` and weren't sent yet."""
        sent: list[Observation] = []
        self._sent_ms = max(self._sent_ms, until_ms)
        for number in sorted(self._windows):
            if (number + 1) * WINDOW_MS <= until_ms:
                parts = self._windows.pop(number)
                rows = joined(parts, parts[0].dtype)
                first = runs.first_of_each(*(rows[name] for name in self._alike))
                sent += self._observations(number, rows.take(first), origin)
        return sent

    def _observations(self, number: int, rows: Rows, origin: Origin) -> list[Observation]:
        """Of all tiles that concern the same zones one, or as many as its rows need."""
        step, rows = DEGREE // TILES_A_DEG, self._in_order(rows)
        south, west = (
            (rows[axis].astype(np.int64) + most * DEGREE) // step
            for axis, most in (("lat", 90), ("lon", 180))
        )
        column = tile_of(south, west)
        tile, appears = runs.numbered(column)
        tiles = column[appears].tolist()
        # Of the tiles that concern the same zones the first, by its number, stands for all.
        first: dict[frozenset[str], int] = {}
        stands = {each: first.setdefault(zones_of(each), each) for each in sorted(tiles)}
        places = {each: place for place, each in enumerate(first.values())}
        group = np.array([places[stands[each]] for each in tiles], dtype=np.int64)[tile]
        rows = rows.take(runs.stable_order(group))
        ends = np.cumsum(np.bincount(group, minlength=len(places))).tolist()
        found: list[Observation] = []
        for each, (since, end) in zip(places, pairwise([0, *ends]), strict=True):
            own = rows[since:end]
            for begin in range(0, len(own), _MOST_ROWS):
                values = self._written(own[begin : begin + _MOST_ROWS])
                given = self._name, "reported", number, len(found), each, values, origin
                found.append(of_window(*given))
        return found


def as_text(rows: Rows) -> str:
    """The bytes of rows in a text."""
    return b64encode_as_string(rows.tobytes())


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
