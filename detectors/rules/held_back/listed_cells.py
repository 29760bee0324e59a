"""Which phones of a listed cell send at once, and which don't: judging state of `held_back`.

A transmitter that poses as a cell near by is received where that cell might be. So lateness alone
shows it: of the phones on one cell at one place hardly any sends at once. Honest cells have many
that do. These come by the census of ordinary reports (`detectors.sites.site_census`), late ones one
by one.
"""

from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.memory.lateness import of_each_place, squares_of
from detectors.features.rows import runs
from detectors.features.rows.placed_reports import SEEN, Reports, Rows, seen_in
from detectors.features.rows.window_tiles import WINDOW_MS
from detectors.model.columns import F8, I8, Bool, Measurements, filled
from detectors.model.hashing import number_of
from detectors.native.reported import reports as native
from detectors.register.register import Register
from detectors.rules.held_back.cell_reports import OLD_MS
from detectors.rules.held_back.lateness import Late
from detectors.sites.report_windows import DEGREE
from geo.earth.sphere import distance_m

#: Phones within so far of each other are on one cell at one place (m).
_TOGETHER_M: Final = 1500.0
#: Whom the cell serves within so far of late phones about its mast is about the mast, too (m).
_ABOUT_MAST_M: Final = 500.0
#: So many phones about a mast may be hostile: those latest are left out.
_HOSTILE: Final = 3
#: Kinds of reports from about a cell's mast: as it is registered, and with another code.
_ABOUT_MAST: Final = ("near", "at_mast")
#: The census of a half-minute is there a moment after its end (ms).
_MOMENT_MS: Final = 1_000
#: Phones of each cell, and of all, that a zone remembers.
_PHONES, _MOST = 32, 65_536
#: So few rows are left as they came, or so many times as many as have been settled.
_FEW, _TIMES = 4_096, 4
_MIX: Final = np.uint32(0x9E3779B1)
#: So many milliseconds are a number of 32 bits.
_MOST_APART_MS: Final = (1 << 32) - 1


class Served(msgspec.Struct, forbid_unknown_fields=True):
    """Reports of listed cells that were sent at once, as the bytes of rows; the first ``settled``
    of these are the newest of each cell's newest phones. ``window_ms`` is the newest window."""

    rows: bytearray = msgspec.field(default_factory=bytearray)
    settled: int = 0
    window_ms: int = 0

    def take_reports(self, reports: Reports) -> None:
        """Takes reports of one window."""
        # Only now, so that it doesn't matter in what parts a window came; unless one has more than
        # any city's.
        if reports.window_ms > self.window_ms or len(self.rows) > _TIMES * _MOST * SEEN.itemsize:
            self._settle()
            self.window_ms = max(self.window_ms, reports.window_ms)
        self.rows += seen_in(reports.window_ms, reports.served).tobytes()

    def phones(self, cell: int, now_ms: int) -> Rows:
        """The newest phones (``phone``, as a number, ``lat`` and ``lon``, millionths of a degree)
        that the cell, by its number, served within half an hour."""
        rows = np.frombuffer(self.rows, dtype=SEEN)
        return _newest(rows.compress(rows["cell"] == cell), now_ms)

    def _settle(self) -> None:
        if len(self.rows) <= SEEN.itemsize * max(_FEW, _TIMES * self.settled):
            return
        rows = _newest(np.frombuffer(self.rows, dtype=SEEN), self.window_ms)
        if len(rows) > _MOST:
            rows = rows.take(np.sort(_in_turn(rows)[-_MOST:]))
        self.rows, self.settled = bytearray(rows.tobytes()), len(rows)


def _newest(rows: Rows, now_ms: int) -> Rows:
    """Of those within half an hour the newest row of each phone and cell, and of these the newest
    of each cell; cell by cell, in order of their windows. Those of one window come by what says
    nothing of where they are, nor of who."""
    if native.OURS is not None:
        return native.OURS.served(rows, now_ms - OLD_MS + 1, _PHONES)
    rows = rows.compress(rows["window_ms"] > now_ms - OLD_MS)
    rows = rows.take(_in_turn(rows))
    cells, phones = rows["cell"].astype(np.intp), rows["phone"].astype(np.uint64)
    kept: Rows = rows.compress(runs.newest(cells, phones, _PHONES))
    return kept.take(runs.stable_order(kept["cell"]))


def _in_turn(rows: Rows) -> NDArray[np.intp]:
    """The order of rows by window, then by a mix of their place, then by that."""
    lat, lon, window_ms = rows["lat"], rows["lon"], rows["window_ms"]
    mixed = (lat.astype(np.uint32) * _MIX ^ lon.astype(np.uint32)) * _MIX
    if not len(rows) or int(window_ms.max()) - int(window_ms.min()) > _MOST_APART_MS:
        return np.lexsort([lon, lat, mixed, window_ms])
    # As one number they are sorted in a fraction of the time.
    turn = (window_ms - window_ms.min()).astype(np.uint64) << np.uint64(32) | mixed
    order = runs.stable_order(turn)
    # Two places of a window have the same mix by a chance of one in 2**32.
    return runs.reordered(order, turn[order], lon, lat)


def after_census_ms(rx_ms: int) -> int:
    """When it is known whom cells served beside a report that arrived at such a time (ms)."""
    return (rx_ms // WINDOW_MS + 1) * WINDOW_MS + _MOMENT_MS


def are_about_mast(
    batch: Measurements, row: I8, cell: I8, register: Register, ranges: float, least_m: float
) -> Bool:
    """Which of some rows of a batch are within so many ranges, or so many metres, of the mast of a
    listed cell each; none of those of no cell (-1)."""
    cells = register.rows
    if not len(row) or not len(cells.lat):
        return np.zeros(len(row), dtype=np.bool_)
    away_m = distance_m(batch.lat[row], batch.lon[row], cells.lat[cell], cells.lon[cell])
    near_m = ranges * filled(cells.range_m[cell], 0.0)
    about: Bool = (away_m <= np.maximum(near_m, least_m)) & (cell >= 0)
    return about


class Group(NamedTuple):
    """Phones on one cell at one place: their late reports, and what each place says (nats), that of
    others whom the cell serves there too."""

    late: list[Late]
    nats: list[float]


def is_misplaced(late: Late) -> bool:
    """Whether the cell can't be received there."""
    return late.report.kind == "misplaced"


def strongest(known: list[Late], served: Rows, prompt_nats: float) -> Group:
    """Of one cell's phones, by their reports and whom it serves besides, those of one place that
    say most for a transmitter; who is served says ``prompt_nats``.

    A phone that the cell also serves there is served. Phones where the cell can't be received
    belong to any place, since a transmitter may drive. Where it serves others beside most of them
    it is a real cell that reaches there, and whom it serves so belongs to any place, too.
    """
    known = [late for late in known if late.report.kind not in _ABOUT_MAST]
    best = Group([], [])
    if not known:
        return best
    who = np.array([number_of(late.report.who) for late in known], dtype=np.uint32)
    nats = np.array([late.nats for late in known])
    # What was passed on of a phone that was served is there twice.
    served = served[~np.isin(served["phone"], who[nats <= 0.0])]
    lat, lon = _places(known, served)
    brought = np.append(nats, np.full(len(served), prompt_nats))
    near = distance_m(lat[: len(known), None], lon[: len(known), None], lat, lon) <= _TOGETHER_M
    misplaced = np.array([is_misplaced(late) for late in known])
    anywhere = np.zeros(len(brought), dtype=np.bool_)
    anywhere[: len(known)] = misplaced
    reached = near[misplaced][:, len(known) :]
    beside_others = int(np.count_nonzero(reached.any(axis=1)))
    if beside_others > _HOSTILE and 2 * beside_others >= len(reached):
        anywhere[len(known) :] = reached.any(axis=0)
    square = _numbers_of(*squares_of(lat, lon))
    is_served = who[:, None] == served["phone"]
    for at in range(len(known)):
        chosen = near[at] | anywhere
        chosen[: len(known)] &= ~(is_served & chosen[len(known) :]).any(axis=1)
        # What the most prompt phone of each place says.
        least = np.full(len(brought), np.inf)
        np.minimum.at(least, square[chosen], brought[chosen])
        each = least[np.isfinite(least)].tolist()
        if not best.nats or sum(each) > sum(best.nats):
            best = Group([late for late, ours in zip(known, chosen, strict=False) if ours], each)
    return best


def _numbers_of(north: F8, east: F8) -> NDArray[np.intp]:
    """A number for each square, in order of how far north, then how far east they are."""
    order = np.lexsort([east, north])
    other = (np.diff(north[order]) != 0.0) | (np.diff(east[order]) != 0.0)
    numbers = np.empty(len(order), dtype=np.intp)
    numbers[order] = np.append(0, np.cumsum(other))
    return numbers


def about_mast(known: list[Late]) -> list[Late]:
    """Of one cell's phones those about its mast."""
    return [late for late in known if late.report.kind in _ABOUT_MAST]


def cut_off_nats(about: list[Late], served: Rows, prompt_nats: float) -> float:
    """How much likelier than usual it is that a mast is cut off since some time, by late phones
    about it and by whom it has served there since (nats, 0 at least)."""
    late_ms = sorted(late.report.ts for late in about if late.nats > 0.0)
    if len(late_ms) <= _HOSTILE:
        return 0.0
    lat, lon = _places(about, served)
    rows = slice(len(about), None)
    near = np.zeros(len(served), dtype=np.bool_)
    for at in range(len(about)):
        near |= distance_m(lat[at], lon[at], lat[rows], lon[rows]) <= _ABOUT_MAST_M
    served_ms = served["window_ms"][near]

    def since(ms: int) -> float:
        after = [late for late in about if late.report.ts >= ms]
        by_place = of_each_place(
            (late.report.place, late.nats) for late in after if late.report.place
        )
        others = sorted(by_place)[:-_HOSTILE]
        return sum(others) + prompt_nats * int(np.count_nonzero(served_ms > ms))

    return max(0.0, *map(since, late_ms[:-_HOSTILE]))


def _places(known: list[Late], served: Rows) -> tuple[F8, F8]:
    """Latitudes and longitudes of reports that have a place, then of those whom a cell serves."""
    places = [late.report.place for late in known]
    lat, lon = (
        np.append([getattr(place, axis) for place in places], served[axis] / DEGREE)
        for axis in ("lat", "lon")
    )
    return lat, lon
