"""The register against a slow twin of dictionaries and loops, and its edges one by one."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.model.codes import CELL_KINDS, GSM, LTE, NR, UMTS, code_of
from detectors.register.register import Register, key_text, parse_key
from geo.earth.sphere import distance_m, offset
from tests.detectors.register.rows import Row, columns, query, register_of

TIMES = st.one_of(st.none(), st.integers(0, 6))


ROWS = st.lists(
    st.builds(
        Row,
        rat=st.sampled_from([GSM, UMTS, LTE, NR]),
        mcc=st.sampled_from([1, 999]),
        mnc=st.sampled_from([0, 999]),
        area=st.sampled_from([1, 2, 0xFFFFFF]),
        cell=st.sampled_from([1, 2, 0xFFFFFFFFF]),
        valid_from=TIMES,
        valid_to=TIMES,
        deleted=st.integers(0, 9).map(lambda n: n == 0),
    ),
    max_size=40,
)


class Twin:
    """What the register says, by going through all rows."""

    def __init__(self, rows: list[Row]) -> None:
        kept: dict[tuple[Any, ...], Row] = {}
        for row in rows:
            if row.deleted:
                kept = {k: v for k, v in kept.items() if v.key != row.key}
            else:
                kept[(*row.key, row.valid_from)] = row
        self.rows = list(kept.values())

    def find(self, key: tuple[int, ...], ts: int) -> Row | None:
        return _newest([r for r in self.rows if r.key == key and _valid(r, ts)])

    def find_in_plmn(self, key: tuple[int, ...], ts: int) -> float | None:
        """Start of validity of the row found: several areas may hold it."""
        rat, mcc, mnc, _, cell = key
        row = _newest(
            [
                r
                for r in self.rows
                if (r.rat, r.mcc, r.mnc, r.cell) == (rat, mcc, mnc, cell)
                and rat != GSM
                and _valid(r, ts)
            ]
        )
        return None if row is None else _start(row)

    def knows_area(self, key: tuple[int, ...], ts: int, grace: int) -> bool:
        rat, *area = key[:4]
        return any(
            rat in (0, r.rat) and [r.mcc, r.mnc, r.area] == area and _valid(r, ts, grace)
            for r in self.rows
        )

    def knows_plmn(self, key: tuple[int, ...]) -> bool:
        rat, *plmn = key[:3]
        return any(rat in (0, r.rat) and [r.mcc, r.mnc] == plmn for r in self.rows)


def _start(row: Row) -> float:
    return -np.inf if row.valid_from is None else row.valid_from


def _valid(row: Row, ts: int, grace: int = 0) -> bool:
    return _start(row) <= ts and (row.valid_to is None or ts < row.valid_to + grace)


def _newest(rows: list[Row]) -> Row | None:
    return max(rows, key=_start, default=None)


QUERIES = st.lists(
    st.tuples(
        st.tuples(
            st.sampled_from([0, GSM, UMTS, LTE, NR]),
            st.sampled_from([-1, 1, 999, 1025]),
            st.sampled_from([0, 999, 1024]),
            st.sampled_from([-1, 0, 1, 2, 0xFFFFFF, 1 << 24]),
            st.sampled_from([-1, 0, 1, 2, 0xFFFFFFFFF, 1 << 36]),
        ),
        st.integers(-1, 8),
    ),
    min_size=1,
    max_size=30,
)


@pytest.mark.slow
@given(ROWS, ROWS, QUERIES, st.integers(0, 3))
def test_it_answers_as_the_twin(
    first: list[Row], second: list[Row], queries: list[Any], grace: int
) -> None:
    register = Register.from_rows(columns(first)).updated(columns(second))
    twin = Twin(first + second)
    assert len(register.rows) == len(twin.rows)
    keys = [key for key, _ in queries]
    ts = np.array([t for _, t in queries], dtype=np.int64)
    rat, mcc, mnc, area, cell = query(*keys)
    rows = register.rows

    for at, (key, t) in zip(
        register.find(rat, mcc, mnc, area, cell, ts).tolist(), queries, strict=True
    ):
        wanted = twin.find(key, t)
        assert (at < 0) == (wanted is None)
        if wanted is not None:
            found = (rows.rat[at], rows.mcc[at], rows.mnc[at], rows.area[at], rows.cell[at])
            assert found == key
            assert np.nan_to_num(rows.valid_from_ms[at], nan=-np.inf) == _start(wanted)
            assert np.nan_to_num(rows.valid_to_ms[at], nan=99) == (
                99 if wanted.valid_to is None else wanted.valid_to
            )
    starts = [
        None if at < 0 else float(np.nan_to_num(rows.valid_from_ms[at], nan=-np.inf))
        for at in register.find_in_plmn(rat, mcc, mnc, cell, ts).tolist()
    ]
    assert starts == [twin.find_in_plmn(key, t) for key, t in queries]
    known = register.knows_area(rat, mcc, mnc, area, ts, grace_ms=grace).tolist()
    assert known == [twin.knows_area(key, t, grace) for key, t in queries]
    assert register.knows_plmn(rat, mcc, mnc).tolist() == [twin.knows_plmn(k) for k in keys]


@pytest.mark.slow
@given(ROWS)
def test_rows_are_sorted_and_stay_as_they_are(rows: list[Row]) -> None:
    given_rows = columns(rows)
    register = Register.from_rows(given_rows)
    kept = register.rows
    keys = list(
        zip(
            *(c.tolist() for c in (kept.rat, kept.mcc, kept.mnc, kept.area, kept.cell)),
            np.nan_to_num(kept.valid_from_ms, nan=-np.inf).tolist(),
            strict=True,
        )
    )
    assert keys == sorted(set(keys))
    again = Register.from_rows(kept)
    for name in ("rat", "mcc", "mnc", "area", "cell", "valid_from_ms", "valid_to_ms", "offset"):
        np.testing.assert_array_equal(getattr(again.rows, name), getattr(kept, name))


PLACES = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(
    PLACES,
    st.floats(0, 4990),
    st.floats(0, 2 * np.pi),
    st.sampled_from([0, LTE]),
)
def test_the_ground_within_5_km_of_a_cell_is_covered(
    place: tuple[float, float], far_m: float, angle: float, rat: int
) -> None:
    register = register_of(Row(LTE, 460, 0, 1, 1, lat=place[0], lon=place[1]))
    lat, lon = offset(*place, far_m * np.sin(angle), far_m * np.cos(angle))
    assert _covers(register, rat, 460, float(lat), float(lon))


@given(PLACES, PLACES)
def test_ground_far_from_all_cells_is_not_covered(
    place: tuple[float, float], other: tuple[float, float]
) -> None:
    register = register_of(Row(LTE, 460, 0, 1, 1, lat=place[0], lon=place[1]))
    if distance_m(*place, *other) > 18_000:
        assert not _covers(register, 0, 460, *other)


@pytest.mark.parametrize(
    ("rat", "mcc", "lat", "lon"),
    [(GSM, 460, 50, 8), (LTE, 461, 50, 8), (LTE, 460, np.nan, 8), (LTE, 460, 50, np.inf)],
)
def test_coverage_is_of_one_network_and_needs_a_place(
    rat: int, mcc: int, lat: float, lon: float
) -> None:
    unplaced = Row(GSM, 460, 0, 1, 1, lat=np.nan, lon=np.nan)
    register = register_of(Row(LTE, 460, 0, 1, 1), unplaced)
    assert _covers(register, LTE, 460, 50, 8)
    assert not _covers(register, rat, mcc, lat, lon)


def _covers(register: Register, rat: int, mcc: int, lat: float, lon: float) -> bool:
    rats, mccs, mncs = query((rat, mcc, 0))
    return bool(register.covers(rats, mccs, mncs, np.array([lat]), np.array([lon]))[0])


def test_the_middle_of_an_area_is_the_median_of_its_cells_across_the_date_line() -> None:
    lons = [179.99, -179.99, 179.98, -179.98, 180.0]
    cells = [Row(LTE, 460, 0, 7, n, lat=10.0, lon=lon) for n, lon in enumerate(lons)]
    register = register_of(*cells, Row(LTE, 460, 0, 8, 1, lat=np.nan, lon=np.nan))
    rat, mcc, mnc, area = query((LTE, 460, 0, 7), (0, 460, 0, 7), (LTE, 460, 0, 8), (GSM, 1, 0, 7))
    lat, lon, reach_m = register.place_of_area(rat, mcc, mnc, area)
    assert lat[:2].tolist() == [10.0, 10.0]
    assert lon[:2].tolist() == [-180.0, -180.0]
    far_m = distance_m(10.0, 180.0, 10.0, np.array(lons))
    assert reach_m[:2] == pytest.approx(np.percentile(far_m, 90) + 500.0)
    assert np.isnan([lat[2:], lon[2:], reach_m[2:]]).all()


def test_a_temporary_cell_has_no_mast() -> None:
    rows = register_of(*(Row(LTE, 460, 0, 7, n, lat=10.0, lon=20.0) for n in range(2))).rows
    goes = [code_of("macro", CELL_KINDS), code_of("temporary", CELL_KINDS)]
    register = Register.from_rows(replace(rows, kind=np.array(goes, dtype=np.uint8)))
    lat, lon = register.masts(np.array([0, 1]))
    assert (lat[0], lon[0]) == (10.0, 20.0)
    assert np.isnan([lat[1], lon[1]]).all()
    # It is where it is listed for all that knows no better.
    assert register.rows.lat.tolist() == [10.0, 10.0]


def test_an_empty_register_knows_nothing() -> None:
    register = Register.empty()
    rat, mcc, mnc, area, cell = query((LTE, 460, 0, 1, 1))
    ts = np.array([0])
    assert register.find(rat, mcc, mnc, area, cell, ts).tolist() == [-1]
    assert register.find_in_plmn(rat, mcc, mnc, cell, ts).tolist() == [-1]
    assert not register.knows_area(rat, mcc, mnc, area, ts)[0]
    assert not register.knows_plmn(rat, mcc, mnc)[0]
    assert not _covers(register, 0, 460, 50, 8)
    assert np.isnan(register.place_of_area(rat, mcc, mnc, area)).all()


def test_numbers_that_are_not_known_are_found_nowhere() -> None:
    register = register_of(Row(LTE, 460, 0, 1, 1), Row(LTE, 460, 0, 2, 1))
    rat, mcc, mnc, _, cell = query((LTE, 460, 0, 1, 1))
    for area in (np.array([np.nan]), np.array([np.inf]), np.array([-1.0])):
        assert register.find(rat, mcc, mnc, area, cell, np.array([0])).tolist() == [-1]
    assert register.find(rat, mcc, mnc, np.array([2.0]), cell, np.array([0])).tolist() == [1]


def test_no_query_at_all() -> None:
    none = np.zeros(0, dtype=np.int64)
    register = register_of(Row(LTE, 460, 0, 1, 1))
    assert len(register.find(none.astype(np.uint8), none, none, none, none, none)) == 0
    assert len(register.place_of_area(none.astype(np.uint8), none, none, none)[0]) == 0


def test_a_cell_shared_by_two_networks_stands_under_both() -> None:
    register = register_of(Row(LTE, 460, 0, 1, 5), Row(LTE, 460, 1, 1, 5))
    found = register.find(*query((LTE, 460, 0, 1, 5), (LTE, 460, 1, 1, 5)), np.array([0, 0]))  # type: ignore[call-arg]
    assert sorted(found.tolist()) == [0, 1]


def test_columns_of_one_value_cost_nothing_and_arrays_are_read_only() -> None:
    rows = [Row(LTE, 460, 0, 1, n, lat=n / 100) for n in range(1000)]
    register = register_of(*rows)
    assert register.nbytes < 60 * len(rows)
    with pytest.raises(ValueError, match="read-only"):
        register.rows.lat[0] = 1.0


@given(
    st.sampled_from([GSM, UMTS, LTE, NR]),
    st.integers(0, 999),
    st.integers(0, 999),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
)
def test_keys_go_round(rat: int, mcc: int, mnc: int, area: int, cell: int) -> None:
    assert parse_key(key_text(rat, mcc, mnc, area, cell)) == (rat, mcc, mnc, area, cell)


@pytest.mark.parametrize(
    "text",
    [
        *("", "lte", "lte-460-0-1", "lte-460-0-1-1-1", "LTE-460-0-1-1", "lte-460-00-1-1"),
        *("lte-1000-0-1-1", "gsm-460-0-1-65536", "lte-460-0-65536-1", "nr-460-0-16777216-1"),
        *("lte-460-0--1-1", "lte-460-0-1-1\n", "lte-460-0-1-٣", "cdma-1-1-1-1"),
    ],
)
def test_what_is_no_key(text: str) -> None:
    assert parse_key(text) is None
