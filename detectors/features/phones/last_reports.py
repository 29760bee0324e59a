"""Each phone's report before: what rules need that look at two in a row.

It is looked up for the rows that a rule asks about, be it in the same batch or long ago. When all
rules are done with a batch it is taken in (`remember`).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.features.facts import AnyFacts, shared
from detectors.features.phones.phones import REPORT, SERVED, LastRows, Rows
from detectors.features.rows.device_rows import DeviceRows, device_rows
from detectors.features.rows.report_numbers import cell_numbers, level_tiles
from detectors.model.columns import I8, Bool, Measurements
from detectors.native.screened import last

_LOOK_BACK_MS: Final = 30_000


@shared
def phone_rows(facts: AnyFacts) -> DeviceRows:
    """Whose rows a batch of measurements has; phones by their numbers."""
    batch = facts.batch
    now_ms = int(batch.rx_ms.min()) if len(batch) else 0
    return facts.phones.rows(batch.device, now_ms)


def report_before(facts: AnyFacts, rows: I8) -> Rows:
    """The report before each of some rows of the same phone, as `detectors.features.phones.phones`
    keeps it; ``rx_ms`` long ago where there is none."""
    return _before(facts.phones.reports, phone_rows(facts), rows, partial(_reports, facts))


def served_before(facts: AnyFacts, rows: I8) -> Rows:
    """As `report_before`, of some reports of serving cells, the report before of a serving cell."""
    place = _serving_rows(facts)
    if place is None:
        return _before(facts.phones.served, phone_rows(facts), rows, partial(_served, facts))
    of_serving = device_rows(phone_rows(facts).device[place])
    asked = np.searchsorted(place, rows)
    return _before(facts.phones.served, of_serving, asked, lambda at: _served(facts, place[at]))


def just_before(facts: AnyFacts, rows: I8, within_ms: float) -> tuple[Bool, Rows]:
    """Whether the phone of each of some reports of serving cells sent one before, within half a
    minute and measured within so much, in which the other half of this one may be; and that."""
    before = served_before(facts, rows)
    known = facts.batch.rx_ms[rows] - before["rx_ms"] <= _LOOK_BACK_MS
    known &= np.abs(facts.batch.ts_ms[rows] - before["ts_ms"]) <= within_ms
    return known, before


def remember(facts: AnyFacts) -> None:
    """Takes a batch in of which no rule will ask any more, if it is one of measurements."""
    if not isinstance(facts.batch, Measurements) or not len(facts.batch):
        return
    phones, rows, place = facts.phones, phone_rows(facts), _serving_rows(facts)
    if place is None and last.OURS is not None:
        batch = facts.batch
        whose = rows.device, batch.rx_ms, batch.ts_ms, cell_numbers(facts), level_tiles(facts)
        how = batch.lat, batch.lon, batch.signal_dbm, batch.speed_mps, batch.accuracy_m
        codes = batch.arfcn, batch.pci, batch.mcc, batch.mnc, batch.rat
        reports = last.Reports(*whose, *how, batch.area, batch.cell, *codes)
        last.OURS.put(rows.last, reports, phones.reports.all, phones.served.all)
        return
    phones.reports.put(rows.device[rows.last], _reports(facts, rows.last))
    if place is None:
        phones.served.put(rows.device[rows.last], _served(facts, rows.last))
        return
    rows = device_rows(rows.device[place])
    phones.served.put(rows.device[rows.last], _served(facts, place[rows.last]))


def _before(kept: LastRows, layout: DeviceRows, rows: I8, of_batch: Callable[[I8], Rows]) -> Rows:
    found = kept.of(layout.device[rows])
    before = layout.before[rows]
    inside = np.flatnonzero(before >= 0)
    if len(inside):
        found.put(inside, of_batch(before[inside]))
    return found


@shared
def _serving_rows(facts: AnyFacts) -> I8 | None:
    """The rows of serving cells; ``None`` for all."""
    serving = facts.batch.serving
    return None if serving.all() else np.flatnonzero(serving)


def _reports(facts: AnyFacts, rows: I8) -> Rows:
    more = {"cell": cell_numbers(facts), "tile": level_tiles(facts)}
    return _rows_of(facts.batch, REPORT, rows, more)


def _served(facts: AnyFacts, rows: I8) -> Rows:
    return _rows_of(facts.batch, SERVED, rows, {})


def _rows_of(batch: Any, kind: np.dtype[Any], at: I8, more: dict[str, NDArray[Any]]) -> Rows:
    rows = np.empty(len(at), dtype=kind)
    for name in kind.names or ():
        rows[name] = (more[name] if name in more else getattr(batch, name))[at]
    return rows
