"""Ordinary reports by site, for learning where sites are indeed: the screening half.

Of each phone's serving cell that the register knows, one report a half-minute of arrival time of
those sent at once, and one of the others, with the phone's own place. All sites are counted, the
odd ones and the ordinary: whether a cell is where the register has it shows in what *all* cells of
its mast are received as, and in whether anybody is served at the registered place. Windows are sent
as `detectors.features.rows.window_tiles` says.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pybase64 import b64decode

from detectors.features.facts import AnyFacts, Origin
from detectors.features.phones.upload_habits import AT_ONCE_MS
from detectors.features.plan.site_distance import steps_m
from detectors.features.rows import runs
from detectors.features.rows.placed_reports import (
    ROW,
    SERVED,
    Reports,
    Rows,
    Sent,
    served_of,
    together,
)
from detectors.features.rows.report_numbers import are_timely, late_ms
from detectors.features.rows.sightings import serving_of
from detectors.model.columns import I8, filled
from detectors.model.finding import Observation
from detectors.register.mast_places import mast_places
from detectors.sites.cell_number import cell_numbers
from detectors.sites.report_windows import (
    ACCURATE_M,
    DEGREE,
    ReportWindows,
    as_text,
    is_about,
    is_placed,
    put_phones,
)

NAME: Final = "site_census"
_RANGE_M, RANGE_UNIT_M = 1000.0, 100.0
#: A place as one number: millionths of a degree north times so much, plus east.
_NORTH: Final = 1 << 32
#: So many turns, times all places, are numbers of 64 bits.
_MOST_TURNS: Final = 128
#: Stands for no timing advance.
UNKNOWN_M: Final = 65_535
#: A report as screening counts it: also whether it was sent at once, and whether the phone knew
#: well where it was.
_COUNTED: Final = np.dtype(
    [*((name, ROW[name]) for name in ROW.names or ()), ("at_once", "?"), ("placed", "?")]
)
#: What of it is the report, as one piece of memory.
_REPORT: Final = np.dtype(f"V{ROW.itemsize}")


class SiteCensus:
    """Screening's reports of one source partition; windows are sent by `due`."""

    def __init__(self) -> None:
        self._windows = ReportWindows(
            NAME, ["phone", "cell", "at_once", "placed"], _counted_in_order, _written
        )

    def take(self, facts: AnyFacts) -> None:
        """Notes a batch's placed reports of registered cells, and those sent at once."""
        batch, cells, found = facts.batch, facts.register.rows, serving_of(facts).found
        at_once = are_timely(facts) & (late_ms(facts) < AT_ONCE_MS)
        placed, listed = is_placed(facts), found >= 0
        rows = np.flatnonzero((placed | is_about(facts) & at_once) & listed)
        rows = rows[np.isfinite(cells.lat[found[rows]] + cells.lon[found[rows]])]
        if len(rows):
            reports = _reports(facts, rows, found[rows])
            reports["at_once"], reports["placed"] = at_once[rows], placed[rows]
            self._windows.take(batch.rx_ms[rows], reports)

    def due(self, until_ms: int, origin: Origin) -> list[Observation]:
        """As `ReportWindows.due`."""
        return self._windows.due(until_ms, origin)


def count_of(observation: Observation) -> int:
    """How many reports an observation of `SiteCensus.due` holds."""
    return len(str(observation.values["rows"])) * 3 // 4 // ROW.itemsize


def reports_of(observation: Observation) -> Reports:
    """The reports of an observation. Raises as `sent_in`."""
    return together([sent_in(observation)])


def sent_in(observation: Observation) -> Sent:
    """The reports of an observation as they are written. Raises LookupError or ValueError for what
    `SiteCensus.due` never makes."""
    values = observation.values
    if observation.ts > observation.rx_ts:
        raise ValueError("a window that ends before it begins")
    # Releases before wrote rows alone.
    rows = b64decode(str(values["rows"]), validate=True)
    marks = b64decode(str(values.get("at_once", "")), validate=True)
    rough = b64decode(str(values.get("rough", "")), validate=True)
    if len(rows) % ROW.itemsize or len(rough) % SERVED.itemsize:
        raise ValueError("a row is cut short")
    return Sent(observation.ts, rows, marks, rough)


def in_order(rows: Rows, turn: NDArray[np.intp] | None = None) -> Rows:
    """Rows in order of content; phones come last, since their numbers depend on the hashing key.

    Where each has a ``turn``, which never falls from one to the next, that comes before the
    content.
    """
    # Hardly two are at one place, so that the rest is asked of few.
    order, run = _by_place(rows, turn)
    rest = (rows[name] for name in ("phone", "accuracy_m", "advance_m", "cell"))
    ordered: Rows = rows.take(runs.reordered(order, run, *rest))
    return ordered


def _by_place(rows: Rows, turn: NDArray[np.intp] | None) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """The order of rows by turn, then by place, and a number of each in this order, the same for
    those that are alike in both."""
    place = rows["lat"].astype(np.int64) * _NORTH + rows["lon"]
    where = place if turn is None else _packed(rows, turn)
    if where is not None:
        order = runs.stable_order(where)
        return order, where[order]
    assert turn is not None
    order = np.lexsort([place, turn])
    return order, _numbered(place[order], turn[order])


def _packed(rows: Rows, turn: NDArray[np.intp]) -> NDArray[np.int64] | None:
    """Turn and place of each row as one number, which is sorted in a fraction of the time that two
    take; ``None`` where it has no room for them: of many turns, or of places that are none."""
    if not len(rows) or int(turn[-1] - turn[0]) >= _MOST_TURNS:
        return None
    packed: NDArray[np.int64] = (turn - turn[0]).astype(np.int64)
    for axis, most in (("lat", 90 * DEGREE), ("lon", 180 * DEGREE)):
        if int(rows[axis].min()) < -most or int(rows[axis].max()) > most:
            return None
        packed = np.asarray(packed * (2 * most + 1) + rows[axis] + most)
    return packed


def _numbered(*columns: NDArray[Any]) -> NDArray[np.intp]:
    """The number of the run of rows, alike in some columns, that each row is in."""
    begins = np.zeros(len(columns[0]), dtype=np.bool_)
    for column in columns:
        begins[1:] |= column[1:] != column[:-1]
    return np.cumsum(begins)


def _counted_in_order(counted: Rows) -> Rows:
    kind = counted["placed"].astype(np.uint8) << 1 | counted["at_once"]
    return in_order(counted.take(np.argsort(kind, kind="stable")))


def _written(counted: Rows) -> dict[str, str]:
    rows, placed = np.frombuffer(counted.getfield(_REPORT).tobytes(), ROW), counted["placed"]
    return {
        "rows": as_text(rows.compress(placed)),
        "at_once": as_text(np.packbits(counted["at_once"][placed])),
        "rough": as_text(served_of(rows.compress(~placed))),
    }


def _reports(facts: AnyFacts, rows: I8, found: I8) -> Rows:
    """Rows of a batch as `_COUNTED`, with their row of the register each."""
    batch, register, cells = facts.batch, facts.register, facts.register.rows
    reports = np.zeros(len(rows), dtype=_COUNTED)
    reports["site_lat"], reports["site_lon"] = (
        np.rint(column[found] * DEGREE) for column in mast_places(register)
    )
    put_phones(reports, facts, rows)
    reports["cell"] = cell_numbers(
        *(batch.rat[rows], batch.mcc[rows], batch.mnc[rows], batch.area[rows], batch.cell[rows])
    )
    step_m = steps_m(batch, rows)
    advance_m = batch.timing_advance[rows] * step_m
    # Comparisons with NaN are false.
    known = advance_m < UNKNOWN_M
    reports["advance_m"] = np.where(known, advance_m, UNKNOWN_M)
    reports["half_m"] = np.where(known, step_m / 2, 0)
    accuracy_m = filled(batch.accuracy_m[rows], ACCURATE_M / 2)
    reports["accuracy_m"] = np.minimum(np.maximum(accuracy_m, 0), 255)
    range_m = filled(cells.range_m[found], _RANGE_M)
    reports["range"] = np.minimum(np.maximum(range_m / RANGE_UNIT_M, 1), 255)
    return reports
