"""The cells that phones' messages ran on: what they claim, how well they are known, and where.

Signalling mostly carries no position. About where a phone was follows from the cell if the register
has it; a captured phone is taken to be about where an honest cell served it last.
"""

from typing import Final

import msgspec
import numpy as np

from detectors.features.facts import Origin
from detectors.features.plan.place_in_register import place_in_register
from detectors.features.rule import identity_of, place_of
from detectors.model.codes import RATS, is_reserved_area, is_unknown_cell_value, text_of
from detectors.model.columns import U1, Measurements, Signalling
from detectors.model.finding import Identity, Place, Source
from detectors.register.register import Register

#: How well the register knows a cell: not at all, the cell isn't given, or well.
UNLISTED, NOT_GIVEN, LISTED = "unlisted", "untold", "listed"
KNOWN: Final = (UNLISTED, NOT_GIVEN, LISTED)

#: RAT code, MCC, MNC, area and cell.
Cell = tuple[int, int, int, int, int]


def how_known(batch: Signalling | Measurements, register: Register) -> U1:
    """Code of each row's cell among `KNOWN`."""
    found = register.find(batch.rat, batch.mcc, batch.mnc, batch.area, batch.cell, batch.ts_ms)
    not_given = is_unknown_cell_value(batch.rat, batch.cell)
    return np.where(found >= 0, 2, not_given).astype(np.uint8)


def claimed_of(batch: Signalling | Measurements, at: int) -> Identity:
    """The identity of a row's cell, without the values that mean "not known"."""
    whole = identity_of(batch, at)
    one = slice(at, at + 1)
    no_area = bool(is_reserved_area(batch.rat[one], batch.area[one])[0])
    no_cell = bool(is_unknown_cell_value(batch.rat[one], batch.cell[one])[0])
    return msgspec.structs.replace(
        whole, area=None if no_area else whole.area, cell=None if no_cell else whole.cell
    )


def with_area(claimed: Identity | None) -> Identity | None:
    """The identity, if it names an area: without one it can't be distinguished from others."""
    return claimed if claimed is not None and claimed.area is not None else None


class Serving:
    """The rows of a batch of signalling with their cells; places are looked up when asked for."""

    def __init__(self, batch: Signalling, register: Register) -> None:
        self._batch, self._register = batch, register
        self.known = [KNOWN[code] for code in how_known(batch, register).tolist()]
        columns = (batch.rat, batch.mcc, batch.mnc, batch.area, batch.cell)
        self.cells: list[Cell] = list(zip(*(column.tolist() for column in columns), strict=True))
        self._no_area = is_reserved_area(batch.rat, batch.area).tolist()
        self._no_cell = is_unknown_cell_value(batch.rat, batch.cell).tolist()
        self._offset, self._index = batch.offset.tolist(), batch.index.tolist()
        self._placed = (~np.isnan(batch.lat)).tolist()

    def source(self, at: int, origin: Origin) -> Source:
        """The input record of row ``at``."""
        return Source(origin.topic, origin.partition, self._offset[at], self._index[at])

    def claimed(self, at: int) -> Identity:
        """The identity that the cell of row ``at`` claims, as far as it is given."""
        rat, mcc, mnc, area, cell = self.cells[at]
        no_area, no_cell = self._no_area[at], self._no_cell[at]
        given = None if no_area else area, None if no_cell else cell
        return Identity(text_of(rat, RATS), mcc, mnc, *given)

    def place(self, at: int, home: Cell | None) -> Place | None:
        """The phone's own place, else its cell's or area's, else that of its ``home``."""
        if self._placed[at]:
            return place_of(self._batch, at)
        about = self._about(self.cells[at], at)
        return about if about is not None or home is None else self._about(home, at)

    def _about(self, cell: Cell, at: int) -> Place | None:
        if not len(self._register.rows):
            return None
        mcc, mnc, area, number = (np.array([each], dtype=np.int64) for each in cell[1:])
        rat, ts_ms = np.array(cell[:1], dtype=np.uint8), self._batch.ts_ms[at : at + 1]
        return place_in_register(self._register, rat, mcc, mnc, area, number, ts_ms)
