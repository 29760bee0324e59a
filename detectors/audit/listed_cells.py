"""The rows of a register that say where a cell is now, beside what phones report of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.model.columns import F8, I8, Bool, RegisterRows
from detectors.register.index import plmn_key
from detectors.register.register import key_text
from detectors.register.rows import end_ms, start_ms, taken
from detectors.sites.cell_number import cell_numbers
from detectors.sites.report_windows import DEGREE
from detectors.sites.traffic.cell_traffic import CellTraffic
from detectors.sites.traffic.tally import Tally
from geo.fix.serving_share import Antennas

#: Of a row's range about so much is the distance from which on others serve; where the row gives
#: none, or less than the least (m).
_REACH_SHARE, _UNKNOWN_RANGE_M, _LEAST_REACH_M = 0.4, 1000.0, 200.0
#: Side of a square, millionths of a degree: 220 m from south to north.
_SQUARE: Final = 2000


@dataclass(frozen=True, slots=True, eq=False)
class ListedCells:
    """Rows valid now with a place. ``row`` numbers the register's, ``network`` their RAT and PLMN,
    ``number`` the cells; ``tallies`` are those of cells that phones reported."""

    rows: RegisterRows
    row: I8
    network: I8
    number: list[int]
    tallies: dict[int, Tally]
    reach_m: F8

    @classmethod
    def of(cls, rows: RegisterRows, traffic: CellTraffic) -> "ListedCells":
        """Those of a register when the last report came."""
        now_ms = traffic.last_ms
        valid = (start_ms(rows) <= now_ms) & (now_ms < end_ms(rows))
        row = np.flatnonzero(valid & np.isfinite(rows.lat) & np.isfinite(rows.lon))
        listed = taken(rows, row)
        columns = (listed.rat, listed.mcc, listed.mnc, listed.area, listed.cell)
        number = cell_numbers(*columns).tolist()
        tallies = {at: t for at, each in enumerate(number) if (t := traffic.tally_of(each))}
        network = plmn_key(rows.rat[row], rows.mcc[row], rows.mnc[row])
        range_m = np.nan_to_num(rows.range_m[row], nan=_UNKNOWN_RANGE_M)
        reach_m = np.maximum(_REACH_SHARE * range_m, _LEAST_REACH_M)
        return cls(rows, row, network, number, tallies, reach_m)

    def __len__(self) -> int:
        return len(self.row)

    @property
    def reported(self) -> Bool:
        """Which of them any phone reported."""
        reported = np.zeros(len(self), dtype=np.bool_)
        reported[list(self.tallies)] = True
        return reported

    def key(self, at: int) -> str:
        """The register key of one of them."""
        rows, row = self.rows, self.row[at]
        columns = (rows.rat, rows.mcc, rows.mnc, rows.area, rows.cell)
        return key_text(*(int(column[row]) for column in columns))

    def place(self, at: int) -> tuple[float, float]:
        """The registered place of one of them, degrees."""
        return float(self.rows.lat[self.row[at]]), float(self.rows.lon[self.row[at]])

    def networks(self) -> Iterator[I8]:
        """The cells of one network and technology after the other."""
        order = np.argsort(self.network, kind="stable")
        _, starts = np.unique(self.network[order], return_index=True)
        yield from np.split(order, starts[1:]) if len(order) else ()

    def antennas(self, cells: I8) -> Antennas:
        """Some of them as antennas."""
        row = self.row[cells]
        rows = self.rows
        return Antennas(rows.lat[row], rows.lon[row], rows.azimuth_deg[row], self.reach_m[cells])


def places_of(tally: Tally) -> tuple[F8, F8]:
    """Latitudes and longitudes of a cell's phones, degrees: one phone of each square, since what
    shadows a mast at a place shadows it for all who are there."""
    squares: dict[tuple[int, int], tuple[int, int]] = {}
    for phone in sorted(tally.places):
        lat, lon = tally.places[phone]
        squares.setdefault((lat // _SQUARE, lon // _SQUARE), (lat, lon))
    places = np.array(list(squares.values()), dtype=float)
    return places[:, 0] / DEGREE, places[:, 1] / DEGREE
