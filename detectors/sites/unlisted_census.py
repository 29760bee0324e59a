"""Ordinary reports of cells that the register lacks: the screening half.

A register lacks rows, and has rows under numbers of before. Of each phone's serving cell that its
network's register doesn't have, at a place that this network covers, one report a half-minute of
arrival time, with the identity in full. Windows are sent as `detectors.features.rows.window_tiles`
says.
"""

from typing import Final

import numpy as np

from detectors.features.facts import AnyFacts, Origin
from detectors.features.rows.placed_reports import Rows
from detectors.features.rows.sightings import serving_of
from detectors.model.codes import is_reserved_area, is_unknown_cell_value
from detectors.model.columns import I8
from detectors.model.finding import Observation
from detectors.sites.report_windows import ReportWindows, as_text, is_placed, put_phones

NAME: Final = "unlisted_census"
#: Stands for no channel or code.
UNKNOWN: Final = 0xFFFFFFFF
#: One report: place of the phone (millionths of a degree), the phone as a number, and the identity.
ROW: Final = np.dtype(
    [
        *(("lat", "<i4"), ("lon", "<i4"), ("phone", "<u4"), ("rat", "u1")),
        *(("mcc", "<u2"), ("mnc", "<u2"), ("area", "<u4"), ("cell", "<u8")),
        *(("arfcn", "<u4"), ("pci", "<u4")),
    ]
)
_IDENTITY: Final = ("rat", "mcc", "mnc", "area", "cell")


class UnlistedCensus:
    """Screening's reports of one source partition; windows are sent by `due`."""

    def __init__(self) -> None:
        self._windows = ReportWindows(NAME, ["phone", *_IDENTITY], _in_order, _written)

    def take(self, facts: AnyFacts) -> None:
        """Notes a batch's placed reports of cells that the register lacks."""
        batch, register = facts.batch, facts.register
        good = is_placed(facts) & (serving_of(facts).found < 0)
        rows = np.flatnonzero(good)
        if not len(rows):
            return
        rat, area, cell = batch.rat[rows], batch.area[rows], batch.cell[rows]
        rows = rows[~is_reserved_area(rat, area) & ~is_unknown_cell_value(rat, cell)]
        network = batch.rat[rows], batch.mcc[rows], batch.mnc[rows]
        rows = rows[register.covers(*network, batch.lat[rows], batch.lon[rows])]
        if len(rows):
            self._windows.take(batch.rx_ms[rows], _reports(facts, rows))

    def due(self, until_ms: int, origin: Origin) -> list[Observation]:
        """As `ReportWindows.due`."""
        return self._windows.due(until_ms, origin)


def _reports(facts: AnyFacts, rows: I8) -> Rows:
    batch = facts.batch
    reports = np.zeros(len(rows), dtype=ROW)
    put_phones(reports, facts, rows)
    for name in _IDENTITY:
        reports[name] = getattr(batch, name)[rows]
    for name in ("arfcn", "pci"):
        reports[name] = np.nan_to_num(getattr(batch, name)[rows], nan=UNKNOWN)
    return reports


def _written(rows: Rows) -> dict[str, str]:
    return {"rows": as_text(rows)}


def _in_order(rows: Rows) -> Rows:
    """Rows in order of content, phones last."""
    columns = [rows[name] for name in ("phone", *_IDENTITY, "lon", "lat")]
    ordered: Rows = rows.take(np.lexsort(columns))
    return ordered
