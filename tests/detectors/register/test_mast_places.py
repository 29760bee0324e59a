"""All cells of a mast are together, though a crowd has put each of them elsewhere."""

from typing import Any

import numpy as np
import pytest

from detectors.model.codes import CELL_KINDS, GSM, LTE, NR, code_of
from detectors.register.mast_places import mast_places
from detectors.register.register import Register

STATION = 0x4B00


def masts(make: Any, *rows: dict[str, Any]) -> dict[int, tuple[float, float]]:
    """Metres east and north of the town's site where each cell's mast is, of rows such metres from
    it (``east_m``, ``north_m``)."""
    listed = []
    for row in rows:
        lat, lon = make.at(row.get("east_m", 0.0), row.get("north_m", 0.0))
        own = {name: value for name, value in row.items() if name not in ("east_m", "north_m")}
        listed.append({"rat": LTE, "area": 4100.0, "lat": lat, "lon": lon, **own})
    register = make.register_of(*listed)
    zero, east, north = make.at(0.0, 0.0), make.at(1000.0, 0.0), make.at(0.0, 1000.0)
    lat, lon = mast_places(register)
    return {
        int(cell): (
            round(1000.0 * (at_lon - zero[1]) / (east[1] - zero[1])),
            round(1000.0 * (at_lat - zero[0]) / (north[0] - zero[0])),
        )
        for cell, at_lat, at_lon in zip(register.rows.cell, lat, lon, strict=True)
        if np.isfinite(at_lat)
    }


def crowd(cell: int, east_m: float, north_m: float = 0.0, **over: Any) -> dict[str, Any]:
    return {"cell": cell, "east_m": east_m, "north_m": north_m, "changeable": 1.0, **over}


@pytest.mark.parametrize("changeable", [1.0, float("nan")])
@pytest.mark.parametrize("rat", [LTE, NR])
def test_sectors_of_a_base_station_are_at_its_first(make: Any, rat: int, changeable: float) -> None:
    """Where the register doesn't say whose estimate it is, it is a crowd's."""
    rows = [
        crowd(STATION + n, east_m, rat=rat, changeable=changeable)
        for n, east_m in enumerate((-300.0, 0.0, 400.0))
    ]
    assert set(masts(make, *rows).values()) == {(-300, 0)}


def test_another_row_moves_no_mast(make: Any) -> None:
    """A site's key is its place: what was learned of it outlives a sector's better estimate."""
    for east_m in (0.0, 10.0, 300.0):
        found = masts(make, crowd(STATION, 0.0), *(crowd(STATION + n, east_m) for n in (1, 2)))
        assert set(found.values()) == {(0, 0)}


def test_the_next_base_station_and_what_has_no_number_stay_apart(make: Any) -> None:
    rows = [crowd(STATION + n, 300.0 * n) for n in range(2)]
    others = [crowd(STATION + 0x100, 900.0), crowd(7, 400.0, rat=GSM), crowd(8, 700.0, rat=GSM)]
    found = masts(make, *rows, *others)
    assert found[STATION] == found[STATION + 1] == (0, 0)
    assert [found[row["cell"]] for row in others] == [(900, 0), (400, 0), (700, 0)]


@pytest.mark.parametrize(("range_m", "stays"), [(1000.0, True), (2000.0, False), (9000.0, False)])
def test_a_remote_head_and_a_wrong_row_stay_where_they_are(
    make: Any, range_m: float, stays: bool
) -> None:
    """Farther than the cells reach; but no more than 1.5 km, however far they do."""
    places = (0.0, 100.0, 1300.0, 1400.0, 4000.0)
    rows = [crowd(STATION + n, at_m, range_m=range_m) for n, at_m in enumerate(places)]
    head = 1300 if stays else 0
    assert [east for east, _ in masts(make, *rows).values()] == [0, 0, head, head, 4000]


def test_rows_that_nobody_receives_take_no_cell_away(make: Any) -> None:
    """Made up, or of a base station that had the number before."""
    made_up = [crowd(STATION + n, 1900.0) for n in range(6)]
    ended = [crowd(STATION + 10 + n, 300.0, valid_to_ms=1.0) for n in range(6)]
    real = [crowd(STATION + 0x80 + n, 100.0 * n) for n in range(3)]
    found = masts(make, *made_up, *ended, *real)
    assert {found[row["cell"]] for row in real} == {(0, 0)}


def test_an_operators_row_is_where_it_says_and_a_crowds_near_it_are_there(make: Any) -> None:
    """Whatever the technology, of the same network; that of the station itself first."""
    mast = {"cell": 1, "east_m": 100.0}
    rows = [
        crowd(7, 0.0, rat=GSM),
        crowd(8, 0.0, rat=GSM, mnc=1),
        crowd(9, -200.0, rat=GSM),
        crowd(STATION, 1200.0),
        crowd(STATION + 1, 1500.0),
        {"cell": STATION + 2, "east_m": 800.0},
    ]
    found = masts(make, mast, *rows)
    assert found[1] == found[7] == (100, 0)
    assert (found[8], found[9]) == ((0, 0), (-200, 0))
    assert found[STATION] == found[STATION + 1] == found[STATION + 2] == (800, 0)


@pytest.mark.parametrize("over", [{"valid_to_ms": 1.0}, {"kind": code_of("temporary", CELL_KINDS)}])
def test_what_ended_or_goes_elsewhere_is_no_mast(make: Any, over: dict[str, Any]) -> None:
    found = masts(make, {"cell": 1, "east_m": 200.0, **over}, crowd(7, 0.0, rat=GSM))
    assert found[7] == (0, 0)


def test_rows_without_a_place_have_no_mast(make: Any) -> None:
    nan = float("nan")
    rows = [crowd(STATION, 0.0), {**crowd(STATION + 1, 0.0), "lat": nan, "lon": nan}]
    assert set(masts(make, *rows)) == {STATION}
    assert len(mast_places(Register.empty())[0]) == 0
