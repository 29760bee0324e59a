"""Registers of a few rows, and questions to them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from detectors.model.columns import RegisterRows
from detectors.register.register import Register


@dataclass(frozen=True)
class Row:
    """One row, or a tombstone."""

    rat: int
    mcc: int
    mnc: int
    area: int
    cell: int
    valid_from: int | None = None
    valid_to: int | None = None
    lat: float = 50.0
    lon: float = 8.0
    deleted: bool = False

    @property
    def key(self) -> tuple[int, int, int, int, int]:
        return self.rat, self.mcc, self.mnc, self.area, self.cell


def columns(rows: list[Row]) -> RegisterRows:
    return RegisterRows.of(
        ts_ms=[0] * len(rows),
        rat=[r.rat for r in rows],
        mcc=[r.mcc for r in rows],
        mnc=[r.mnc for r in rows],
        area=[r.area for r in rows],
        cell=[r.cell for r in rows],
        lat=[r.lat for r in rows],
        lon=[r.lon for r in rows],
        valid_from_ms=[r.valid_from for r in rows],
        valid_to_ms=[r.valid_to for r in rows],
        deleted=[r.deleted for r in rows],
    )


def register_of(*rows: Row) -> Register:
    return Register.from_rows(columns(list(rows)))


def query(*keys: tuple[int, ...]) -> tuple[Any, ...]:
    rat, *rest = zip(*keys, strict=True)
    return np.array(rat, dtype=np.uint8), *(np.array(c, dtype=np.int64) for c in rest)
