"""The register: the operator's list of its cells as sorted arrays, frozen, searched by columns.

A million cells are found by two binary searches a row: one for the area, one for the cell in it.
Rows are versioned in time (``valid_from`` <= t < ``valid_to``), and one cell may stand under
several PLMNs (shared networks, TS 23.251). Nothing here learns from measurements.
"""

import re
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import AREA_BITS, CELL_BITS, CELL_KINDS, GSM, RATS, code_of
from detectors.model.columns import F8, I8, U1, Bool, RegisterRows
from detectors.model.hashing import slots_of
from detectors.native.planned import cells
from detectors.numbers.book import NumberBook
from detectors.register.area_place import area_place
from detectors.register.index import (
    AreaSpans,
    Coverage,
    Numbers,
    area_key,
    cell_key,
    of_network,
    plmn_key,
    positions,
)
from detectors.register.rows import end_ms, joined, newest_of_each, start_ms, taken, undeleted
from detectors.register.stray_rows import stray_rows
from geo.earth.sphere import distance_m

TEMPORARY: Final = code_of("temporary", CELL_KINDS)
#: Taken for the range of a cell whose row has none; no cell stands so far beyond its area (m).
_RANGE_M, _BEYOND_AREA_M = 2_000.0, 50_000.0
I4: TypeAlias = NDArray[np.int32]
_ASKED_BITS: Final = 16
_KEY: Final = re.compile(r"(gsm|umts|lte|nr)((?:-(?:0|[1-9][0-9]{0,10})){4})", re.ASCII)


def key_text(rat: int, mcc: int, mnc: int, area: int, cell: int) -> str:
    """The register key of a cell; ``rat`` is a code.

    >>> key_text(3, 460, 0, 4100, 100000001)
    'lte-460-0-4100-100000001'
    """
    return f"{RATS[rat - 1]}-{mcc}-{mnc}-{area}-{cell}"


def parse_key(text: str) -> tuple[int, int, int, int, int] | None:
    """RAT code, mcc, mnc, area and cell of a register key; ``None`` where it is none.

    >>> parse_key("lte-460-0-4100-100000001"), parse_key("LTE-460-00-4100-1")
    ((3, 460, 0, 4100, 100000001), None)
    """
    found = _KEY.fullmatch(text)
    if found is None:
        return None
    rat = code_of(found[1], RATS)
    mcc, mnc, area, cell = map(int, found[2][1:].split("-"))
    fits = max(mcc, mnc) <= 999 and area >> int(AREA_BITS[rat]) == 0 == cell >> int(CELL_BITS[rat])
    return (rat, mcc, mnc, area, cell) if fits else None


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """Rows sorted by RAT, mcc, mnc, area, cell and ``valid_from``, and the indices over them.

    Query columns have one length; a RAT of 0 means "any" where a method says so and is found
    nowhere else. Numbers that fit no identity, NaN among them, are found nowhere.
    """

    rows: RegisterRows
    _areas: I8
    _first_row: I8
    _keys: I8
    _plmn_cells: I8
    _plmn_rows: I8
    _plmns: I8
    _spans: AreaSpans
    _coverage: Coverage
    #: Rows apart from their base station, and temporary cells: their places say nothing.
    goes: Bool
    _places: dict[int, tuple[float, float, float]]
    #: By slot the newest version of a key that was asked for last: phones ask for the same again.
    _asked: I4
    #: What is known of telephone numbers, which the operator lists too.
    numbers: NumberBook = field(default_factory=NumberBook)

    @classmethod
    def empty(cls) -> "Register":
        """A register that knows nothing.

        >>> len(Register.empty().rows)
        0
        """
        return cls.from_rows(RegisterRows.of(ts_ms=[]))

    @classmethod
    def from_rows(cls, rows: RegisterRows) -> "Register":
        """Rows in the order in which they became known, in time O(n log n).

        Of the same key and ``valid_from`` the last row stays; a ``deleted`` row takes away all rows
        of its key before it. Rows whose numbers fit no identity are left out.
        """
        if rows.deleted.any():
            rows = taken(rows, undeleted(rows))
        packed = area_key(rows.rat, rows.mcc, rows.mnc, rows.area)
        if not (fits := (packed >= 0) & (cell_key(np.zeros_like(packed), rows.cell) >= 0)).all():
            rows, packed = taken(rows, np.flatnonzero(fits)), packed[fits]
        keys = cell_key(np.unique(packed, return_inverse=True)[1].astype(np.int64), rows.cell)
        order = newest_of_each(keys, start_ms(rows))
        rows, packed, keys = taken(rows, order), packed[order], keys[order]
        areas, first_row, area = np.unique(packed, return_index=True, return_inverse=True)

        alone = np.flatnonzero(rows.rat != GSM)
        plmn = plmn_key(rows.rat, rows.mcc, rows.mnc)
        plmn_cells = cell_key(plmn[alone], rows.cell[alone])
        by_plmn = np.lexsort((start_ms(rows)[alone], plmn_cells))
        anyhow = plmn_key(np.zeros_like(rows.rat), rows.mcc, rows.mnc)
        return cls(
            rows,
            areas,
            np.append(first_row, len(rows)).astype(np.int64),
            keys,
            plmn_cells[by_plmn],
            alone[by_plmn],
            np.unique(np.concatenate([np.unique(plmn), np.unique(anyhow)])),
            AreaSpans.build(area.astype(np.int64), start_ms(rows), end_ms(rows)),
            Coverage.build(rows.rat, rows.mcc, rows.mnc, rows.lat, rows.lon),
            stray_rows(rows) | (rows.kind == TEMPORARY),
            {},
            np.full(1 << _ASKED_BITS, len(rows) - 1, dtype=np.int32),
        )

    def updated(self, rows: RegisterRows) -> "Register":
        """With later rows, as `from_rows` takes them. Costs a rebuild: gather rows before."""
        if not len(rows):
            return self
        return Register.from_rows(joined([self.rows, rows])).with_numbers(self.numbers)

    def with_numbers(self, numbers: NumberBook) -> "Register":
        """The same cells, with what is known of telephone numbers; equal to this one, so that what
        was worked out of its cells is not worked out again."""
        return replace(self, numbers=numbers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Register) and self.rows is other.rows

    def __hash__(self) -> int:
        return id(self.rows)

    def find(
        self, rat: U1, mcc: Numbers, mnc: Numbers, area: Numbers, cell: Numbers, ts_ms: I8
    ) -> I8:
        """Row of each cell valid at ``ts_ms`` (the newest start if several), else -1."""
        numbers = mcc, mnc, area, cell, ts_ms
        if cells.OURS is not None and len(self._keys) and all(n.dtype.kind == "i" for n in numbers):
            listed, rows = (self._areas, self._keys), self.rows
            valid_ms = rows.valid_from_ms, rows.valid_to_ms
            return cells.OURS.find(rat, numbers, listed, valid_ms, self._asked)
        number = positions(self._areas, area_key(rat, mcc, mnc, area))
        return self._newest_valid(self._keys, None, cell_key(number, cell), ts_ms)

    def find_in_plmn(self, rat: U1, mcc: Numbers, mnc: Numbers, cell: Numbers, ts_ms: I8) -> I8:
        """Row of the cell under any area of its PLMN, else -1.

        -1 in GSM, whose cell identity is unique only within its location area (TS 23.003 4.3.1).
        """
        prefix = np.where((rat == GSM) | (rat == 0), -1, plmn_key(rat, mcc, mnc))
        wanted = cell_key(prefix, cell)
        return self._newest_valid(self._plmn_cells, self._plmn_rows, wanted, ts_ms)

    def knows_area(
        self, rat: U1, mcc: Numbers, mnc: Numbers, area: Numbers, ts_ms: I8, grace_ms: int = 0
    ) -> Bool:
        """Whether a cell of the area is valid, or was within ``grace_ms`` before; RAT 0: in any."""
        known = np.zeros(len(rat), dtype=np.bool_)
        for each in _each_rat(rat):
            number = positions(self._areas, area_key(each, mcc, mnc, area))
            known |= self._spans.alive(number, ts_ms, grace_ms)
        return known

    def knows_plmn(self, rat: U1, mcc: Numbers, mnc: Numbers) -> Bool:
        """Whether any cell of the PLMN is listed, at whatever time; RAT 0: in any."""
        return positions(self._plmns, plmn_key(rat, mcc, mnc)) >= 0

    def covers(self, rat: U1, mcc: Numbers, mnc: Numbers, lat: F8, lon: F8) -> Bool:
        """Whether the PLMN has a listed cell near the place (degrees); RAT 0: in any.

        True for all cells within 5 km, False for all beyond 18 km; False where the place is NaN.
        """
        return self._coverage.holds(rat, mcc, mnc, lat, lon)

    def masts(self, cell: I8) -> tuple[F8, F8]:
        """Latitude and longitude of the masts of some rows; NaN if unknown, of rows apart from
        their base station, which are wrong, and for temporary cells (F6), which go where they are
        needed while the register has them where they were."""
        goes = self.goes[cell]
        lat, lon = (np.where(goes, np.nan, of[cell]) for of in (self.rows.lat, self.rows.lon))
        return lat, lon

    def about(self, cell: I8) -> tuple[F8, F8, F8]:
        """Latitude and longitude (degrees) about which the cells of some rows are received, and how
        far from there (m): the registered place and the range. Of a row without a place, or with
        one so far from its area that its axes or a digit are wrong, the area's; NaN if unknown.
        """
        rows = self.rows
        lat, lon = rows.lat[cell], rows.lon[cell]
        range_m = np.nan_to_num(rows.range_m[cell], nan=_RANGE_M)
        network = rows.rat[cell], rows.mcc[cell], rows.mnc[cell]
        area = self.place_of_area(*network, rows.area[cell])
        # Comparisons with NaN are false.
        there = distance_m(lat, lon, *area[:2]) <= area[2] + _BEYOND_AREA_M
        here, reach_m = np.where(there, (lat, lon), area[:2]), np.where(there, range_m, area[2])
        return here[0], here[1], reach_m

    def place_of_area(
        self, rat: U1, mcc: Numbers, mnc: Numbers, area: Numbers
    ) -> tuple[F8, F8, F8]:
        """Latitude and longitude of each area's middle, and its reach in metres; NaN if unknown.

        The middle is the median of the cells' places; within the reach of it lie nine in ten of
        them, and 500 m are added. Rows that lie amid another area's are wrong, and left out, if
        they are beyond a gap of 10 km and fewer than a quarter. RAT 0: the first of gsm, umts, lte,
        nr that has the area.
        """
        number = np.full(len(rat), -1, dtype=np.int64)
        for each in _each_rat(rat):
            found = positions(self._areas, area_key(each, mcc, mnc, area))
            number = np.where(number < 0, found, number)
        different, back = np.unique(number, return_inverse=True)
        places = np.array([self._place(n) for n in different.tolist()]).reshape(-1, 3)[back]
        return places[:, 0], places[:, 1], places[:, 2]

    @property
    def nbytes(self) -> int:
        """Memory of the columns and indices, bytes."""
        columns: list[NDArray[Any]] = [getattr(self.rows, f.name) for f in fields(self.rows)]
        columns += [self._areas, self._first_row, self._keys, self._plmn_cells, self._plmn_rows]
        columns += [self._spans.starts_ms, self._spans.keys, self._spans.until_ms]
        columns += [self._plmns, self._coverage.keys]
        return sum(c.itemsize if c.strides == (0,) else c.nbytes for c in columns)

    def _newest_valid(self, keys: I8, row_of: I8 | None, wanted: I8, ts_ms: I8) -> I8:
        """Go back from the newest version of each wanted key until one is valid."""
        found = np.full(len(wanted), -1, dtype=np.int64)
        at = self._newest(wanted) if row_of is None else _last(keys, wanted)
        left = np.flatnonzero(at >= 0)
        while len(left := left[keys[at[left]] == wanted[left]]):
            row = at[left] if row_of is None else row_of[at[left]]
            # Comparisons with NaN are false: unbounded.
            early = self.rows.valid_from_ms[row] > ts_ms[left]
            valid = ~(early | (self.rows.valid_to_ms[row] <= ts_ms[left]))
            found[left[valid]] = row[valid]
            left = left[~valid]
            at[left] -= 1
            left = left[at[left] >= 0]
        return found

    def _newest(self, wanted: I8) -> I8:
        """As `_last`, of the rows' keys. What is kept is compared with what is asked, so that
        nothing goes wrong where several threads ask."""
        if not len(self._keys):
            return _last(self._keys, wanted)
        slot = slots_of(wanted, wanted, _ASKED_BITS)
        at = self._asked[slot].astype(np.int64)
        new = np.flatnonzero((self._keys[at] != wanted) & (wanted >= 0))
        if len(new):
            at[new] = _last(self._keys, wanted[new])
            known = new[at[new] >= 0]
            self._asked[slot[known]] = at[known]
        return at

    def _place(self, number: int) -> tuple[float, float, float]:
        """Place of the area with that number; remembered, since the same ones are asked again."""
        if number not in self._places:
            here, about = slice(0), slice(0)
            if number >= 0:
                first, end = of_network(self._areas, number)
                here = slice(*self._first_row[number : number + 2])
                about = slice(self._first_row[first], self._first_row[end])
            self._places[number] = area_place(self.rows.lat, self.rows.lon, here, about)
        return self._places[number]


def _last(keys: I8, wanted: I8) -> I8:
    """Where the last key stands that is no larger than each wanted one; -1 for nowhere."""
    last: I8 = np.searchsorted(keys, wanted, side="right") - 1
    return last


def _each_rat(rat: U1) -> list[U1]:
    """The column itself, or one for each RAT in place of "any"."""
    unknown = rat == 0
    if not unknown.any():
        return [rat]
    return [np.where(unknown, code, rat).astype(np.uint8) for code in range(1, len(RATS) + 1)]
