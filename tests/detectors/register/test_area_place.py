"""How far an area reaches: rows in another town, and villages of its own."""

from typing import Any

import numpy as np
import pytest

from detectors.features.rows.registrations import places_about
from detectors.model.codes import LTE
from detectors.rules.sample_town import LAT, LON
from tests.detectors.register.rows import Row, query, register_of

KM_DEG = 1.0 / 111.195
TOWN = 40


def about(north_km: float, many: int, radius_km: float = 1.0) -> list[tuple[float, float]]:
    """So many cells in a circle, so far north of the first town."""
    angles = np.arange(many) * 2.0 * np.pi / many
    return [
        (KM_DEG * (north_km + radius_km * np.cos(a)), KM_DEG * radius_km * np.sin(a))
        for a in angles
    ]


def reach_km(
    own: list[tuple[float, float]], others: list[tuple[float, float]], mnc: int = 0
) -> float:
    """The reach of area 7 of network 0, beside an area 8 of a network; its margin aside."""
    rows = [Row(LTE, 460, 0, 7, n, lat=lat, lon=lon) for n, (lat, lon) in enumerate(own)]
    rows += [Row(LTE, 460, mnc, 8, n, lat=lat, lon=lon) for n, (lat, lon) in enumerate(others)]
    _, _, reach_m = register_of(*rows).place_of_area(*query((LTE, 460, 0, 7)))
    return float(reach_m[0]) / 1000.0 - 0.5


@pytest.mark.parametrize(("wrong", "reaches_km"), [(13, 2), (14, 30)])
def test_fewer_than_a_quarter_amid_another_area_are_wrong_rows(wrong: int, reaches_km: int) -> None:
    own, town = about(0.0, TOWN), about(30.0, 3 * TOWN)
    # Wrong rows draw the middle, too: to a kilometre.
    assert reach_km(own + town[: 3 * wrong : 3], town) == pytest.approx(reaches_km, abs=1.2)


def test_a_village_of_its_own_is_within_the_reach() -> None:
    own = about(0.0, TOWN) + about(25.0, 10)
    assert reach_km(own, about(0.0, TOWN)) == pytest.approx(25.0, abs=2.0)
    # Where it borders on another area it still has its share of the cells.
    assert reach_km(own, about(26.0, 20)) == pytest.approx(25.0, abs=2.0)


def test_cells_of_another_network_about_there_say_nothing() -> None:
    own, town = about(0.0, TOWN) + about(30.0, 8), about(30.0, 3 * TOWN)
    assert reach_km(own, town, mnc=1) == pytest.approx(30.0, abs=2.0)
    assert reach_km(own, town) < 2.0


def test_areas_that_are_spread_out_keep_their_reach() -> None:
    """Towns in a row, eight kilometres apart, amid another area: there is no gap."""
    own = [place for n in range(4) for place in about(8.0 * n, 10)]
    others = [place for n in range(4) for place in about(8.0 * n, 60)]
    assert reach_km(own, others) == pytest.approx(12.0, abs=2.0)


def test_one_cell_is_an_area() -> None:
    assert reach_km(about(0.0, 1, 0.0), []) == 0.0


@pytest.mark.parametrize(
    ("row", "is_area"),
    [
        ({"lat": LAT, "lon": LON}, False),
        ({"lat": LON, "lon": LAT}, True),
        ({"lat": float("nan"), "lon": float("nan")}, True),
        ({"lat": LAT + 1.0, "lon": LON}, True),
        ({"lat": LAT + 0.2, "lon": LON}, False),
    ],
    ids=["in place", "axes exchanged", "nowhere", "a degree off", "a village"],
)
def test_a_row_far_from_its_area_is_about_that(
    make: Any, row: dict[str, float], is_area: bool
) -> None:
    """Whoever comes back on it would be put to another country."""
    others = [{"rat": LTE, "area": 4100, "cell": 2000 + n} for n in range(20)]
    odd = {"rat": LTE, "area": 4100, "cell": 3000, "range_m": 700.0, **row}
    register = make.register_of(*others, odd)
    cell = np.flatnonzero(register.rows.cell == 3000)
    lat, lon, reach_m = (float(column[0]) for column in register.about(cell))
    area = register.place_of_area(*query((LTE, 460, 0, 4100)))
    middle = tuple(float(column[0]) for column in area)
    assert ((lat, lon, reach_m) == middle) is is_area
    if not is_area:
        assert (lat, lon, reach_m) == (row["lat"], row["lon"], 700.0)
    back = make.signalling({"old_area": 4100, "cell": 3000})
    (place,) = places_about(back, np.arange(1), register)
    assert place is not None
    assert (place.lat, place.lon, place.reach_m) == (lat, lon, reach_m)


def test_a_cell_alone_in_its_area_is_where_it_says(make: Any) -> None:
    register = make.register_of({"rat": LTE, "area": 4100, "cell": 3000, "lat": 10.0, "lon": 20.0})
    lat, lon, _ = register.about(np.zeros(1, dtype=np.int64))
    assert (float(lat[0]), float(lon[0])) == (10.0, 20.0)
