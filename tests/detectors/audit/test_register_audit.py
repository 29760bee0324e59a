"""Wrong rows are named with what is right instead, right ones are not, whatever the kind."""

from typing import Any

import numpy as np
import pytest

from detectors.audit.register_audit import wrong_rows
from detectors.audit.wrong_row import WrongRow
from detectors.features.facts import Origin
from detectors.register.register import Register
from detectors.rules.sample_town import TOWN
from detectors.sites.site_census import SiteCensus, reports_of
from detectors.sites.site_places import SitePlaces
from detectors.sites.traffic.cell_traffic import CellTraffic
from detectors.sites.unlisted_census import NAME, UnlistedCensus
from geo.earth.sphere import great_circle_m

pytestmark = pytest.mark.slow

GSM, UMTS, LTE, NR = 1, 2, 3, 4
#: A grid of masts with three LTE sectors each, 1.5 km apart.
SPACING_M, SIDE, FIRST_CELL = 1500.0, 5, 2001
AZIMUTHS = (0.0, 120.0, 240.0)


def audited(register: Register, batch: Any, **known: tuple[str, ...]) -> list[WrongRow]:
    """What is found wrong by the reports of one batch."""
    census, unlisted = SiteCensus(), UnlistedCensus()
    places, traffic = SitePlaces(), CellTraffic()
    for each in (census, unlisted):
        each.take(TOWN.facts(batch, register))
    origin = Origin("cell.measurements", 0)
    observations = census.due(1 << 60, origin) + unlisted.due(1 << 60, origin)
    for observation in sorted(observations, key=lambda one: one.rx_ts):
        if observation.detector == NAME:
            traffic.observe_unlisted(observation)
        else:
            traffic.observe(reports_of(observation))
            places.observe(reports_of(observation))
    return wrong_rows(register.rows, places, traffic, **known)


def found(make: Any, *groups: tuple[int, float, int], seed: int = 1) -> list[WrongRow]:
    """Of reports in groups, as `make.site_reports` makes them."""
    places, traffic = SitePlaces(), CellTraffic()
    for observation in make.site_reports(*groups, seed=seed):
        places.observe(reports_of(observation))
        traffic.observe(reports_of(observation))
    return wrong_rows(make.town_register().rows, places, traffic)


class Town:
    """Masts on a grid with three LTE sectors each, and phones in front of each sector."""

    def __init__(self, make: Any) -> None:
        self.make = make
        self.listed = [
            {
                **{"rat": LTE, "area": 4100, "cell": FIRST_CELL + 3 * mast + sector},
                **{"azimuth_deg": AZIMUTHS[sector], "arfcn": 1850.0, "pci": 3.0 * mast + sector},
                **dict(zip(("lat", "lon"), make.at(*self.mast(mast)), strict=True)),
            }
            for mast in range(SIDE**2)
            for sector in range(3)
        ]
        self.on_air = [dict(row) for row in self.listed]

    @staticmethod
    def mast(number: int) -> tuple[float, float]:
        """Metres east and north."""
        row, column = divmod(number, SIDE)
        return column * SPACING_M, row * SPACING_M

    def audited(
        self, phones: int = 30, seed: int = 1, span_s: float = 2700.0, **known: tuple[str, ...]
    ) -> list[WrongRow]:
        """What is found wrong by so many phones of each cell on the air, over 45 minutes."""
        rng, rows = np.random.default_rng(seed), []
        for number, cell in enumerate(self.on_air):
            east_m, north_m = self.mast(number // 3)
            identity = {name: cell[name] for name in ("rat", "area", "cell", "arfcn", "pci")}
            for phone in range(phones):
                turn = np.radians(AZIMUTHS[number % 3] + rng.uniform(-60.0, 60.0))
                off_m = rng.uniform(150.0, 800.0)
                x, y = east_m + off_m * np.sin(turn), north_m + off_m * np.cos(turn)
                lat, lon = self.make.at(x, y)
                device, at_s = f"d{number}-{phone}", float(rng.uniform(0.0, span_s))
                rows.append({"lat": lat, "lon": lon, "device": device, "at_s": at_s, **identity})
        rows.sort(key=lambda row: row["at_s"])
        register = self.make.register_of(*self.listed)
        return audited(register, self.make.measurements(*rows), **known)


@pytest.fixture
def town(make: Any) -> Town:
    return Town(make)


def key(cell: dict[str, Any]) -> str:
    return f"lte-460-0-{cell['area']}-{cell['cell']}"


@pytest.mark.parametrize("off_m", [1500.0, 3000.0, 5000.0])
def test_all_rows_of_a_displaced_site_are_named_with_its_place(make: Any, off_m: float) -> None:
    rows = found(make, *((10, off_m, rat) for rat in (GSM, UMTS, LTE)))
    assert [row.kind for row in rows] == ["site_displaced"] * 4  # nobody reported the NR cell
    assert {row.key.partition("-")[0] for row in rows} == {"gsm", "umts", "lte", "nr"}
    for row in rows:
        assert row.learned_lat is not None
        assert row.learned_lon is not None
        assert great_circle_m(row.learned_lat, row.learned_lon, *make.at(off_m)) < 300.0
        assert row.probability > 0.95


def test_a_row_that_is_registered_in_another_town_is_found(make: Any) -> None:
    """Beyond the margin about all reports, but for the cells that are reported."""
    lat, lon = make.at(60_000.0)
    afar = {"rat": LTE, "area": 4100, "lat": lat, "lon": lon}
    masts = [
        {
            "rat": LTE,
            "area": 4100,
            "cell": 9000 + n,
            **dict(zip(("lat", "lon"), place, strict=True)),
        }
        for n, place in enumerate(
            make.at(1500.0 * (n % 5 - 2), 1500.0 * (n // 5 - 2)) for n in range(25)
        )
    ]
    register = make.register({**afar, "cell": 5001}, {**afar, "cell": 5002}, *masts)
    rng = np.random.default_rng(1)
    rows = []
    for phone in range(600):
        east_m, north_m = rng.uniform(-3750.0, 3750.0, 2)
        nearest = 9000 + round(north_m / 1500.0 + 2) * 5 + round(east_m / 1500.0 + 2)
        cell = 5001 if np.hypot(east_m - 700.0, north_m) < 900.0 else nearest
        place = dict(zip(("lat", "lon"), make.at(east_m, north_m), strict=True))
        rows.append({"rat": LTE, "area": 4100, "cell": cell, "device": f"p{phone}", **place})
    found = audited(register, make.measurements(*rows))
    named = {row.key: row for row in found}
    assert "lte-460-0-4100-5001" in named
    assert set(named) <= {"lte-460-0-4100-5001", "lte-460-0-4100-5002"}  # of one site
    assert named["lte-460-0-4100-5001"].off_m == pytest.approx(59_300.0, abs=500.0)


def test_one_cell_at_another_place_is_named_alone(make: Any) -> None:
    (row,) = found(make, (15, 3000.0, LTE), (10, 0.0, GSM), (10, 0.0, UMTS))
    assert (row.kind, row.key) == ("cell_displaced", "lte-460-0-4100-1001")
    assert row.off_m == pytest.approx(3000.0, abs=250.0)
    assert row.phones == 15


@pytest.mark.parametrize("seed", range(8))
def test_right_rows_are_not_accused(make: Any, seed: int) -> None:
    wrong_fixes = [(1, 4000.0, rat) for rat in (GSM, UMTS, LTE)]
    assert found(make, *((15, 0.0, rat) for rat in (GSM, UMTS, LTE)), *wrong_fixes, seed=seed) == []


def test_nor_is_a_cloned_cell(make: Any) -> None:
    clone = [(15, 3000.0, LTE), (15, 0.0, LTE), (10, 0.0, GSM), (10, 0.0, UMTS)]
    assert found(make, *clone) == []


def test_too_few_reports_accuse_nobody(make: Any) -> None:
    assert found(make, (2, 3000.0, LTE), (2, 3000.0, GSM)) == []


@pytest.mark.parametrize("seed", range(3))
def test_a_right_register_has_no_wrong_rows(town: Town, seed: int) -> None:
    assert town.audited(seed=seed) == []


def test_a_cell_under_numbers_of_before_is_renamed(town: Town) -> None:
    town.on_air[37]["cell"] = 9_000_123
    (row,) = town.audited()
    assert (row.kind, row.key, row.other_key) == (
        "renamed",
        key(town.listed[37]),
        key(town.on_air[37]),
    )
    assert row.probability > 0.95
    assert row.phones >= 15


def test_so_is_one_whose_area_is_another(town: Town) -> None:
    for cell in town.on_air[36:39]:
        cell["area"] = 4101
    found = {row.key: row.other_key for row in town.audited()}
    assert found == {key(town.listed[n]): key(town.on_air[n]) for n in (36, 37, 38)}


def test_a_cell_that_the_core_serves_is_missing_and_one_without_core_is_not_yet(
    town: Town,
) -> None:
    lost = town.listed.pop(37)
    assert town.audited() == []
    (row,) = town.audited(served=(key(lost),))
    assert (row.kind, row.key) == ("missing", key(lost))
    assert (row.lat, row.other_key) == (None, None)
    assert row.probability > 0.99


def test_what_a_suspected_transmitter_claims_is_no_missing_row(town: Town) -> None:
    claimed = (key(town.listed.pop(37)),)
    assert [row.key for row in town.audited(served=claimed)] == [*claimed]
    assert town.audited(served=claimed, suspected=claimed) == []


def test_one_device_makes_no_row_missing(make: Any) -> None:
    rows = [{"cell": 77, "device": "a", "at_s": 30.0 * n, "lat": make.at(n * 300.0)[0]}
            for n in range(60)]  # fmt: skip
    assert audited(make.register(), make.measurements(*rows), served=("lte-460-0-4100-77",)) == []


def test_crossed_sectors_are_named_by_both_rows(town: Town) -> None:
    one, other = town.listed[37], town.listed[38]
    one["azimuth_deg"], other["azimuth_deg"] = other["azimuth_deg"], one["azimuth_deg"]
    rows = town.audited()
    assert {row.key: row.other_key for row in rows} == {
        key(one): key(other),
        key(other): key(one),
    }
    assert {row.kind for row in rows} == {"sectors_crossed"}


def test_a_mast_that_is_turned_is_not_crossed(town: Town) -> None:
    for row in town.listed[36:39]:
        row["azimuth_deg"] = (row["azimuth_deg"] + 60.0) % 360.0
    assert [row.kind for row in town.audited() if row.kind == "sectors_crossed"] == []


def test_masts_at_each_others_places_are_exchanged(town: Town) -> None:
    for one, other in zip(town.listed[0:3], town.listed[51:54], strict=True):
        for name in ("lat", "lon"):
            one[name], other[name] = other[name], one[name]
    rows = town.audited()
    assert {row.kind for row in rows} == {"places_exchanged"}
    assert {row.key for row in rows} == {key(town.listed[n]) for n in (0, 1, 2, 51, 52, 53)}
    assert all(row.other_key for row in rows)


def test_a_cell_that_nobody_reports_in_front_of_many_phones_is_retired(town: Town) -> None:
    gone = {**town.listed[37], "cell": 8_000_001, "pci": 90.0}
    town.listed.append(gone)
    (row,) = town.audited(phones=60)
    assert (row.kind, row.key, row.reports) == ("retired", key(gone), 0)
    assert row.phones >= 5
    assert town.audited(phones=2) == []


def test_silence_of_some_minutes_says_nothing(town: Town) -> None:
    town.listed.append({**town.listed[37], "cell": 8_000_001, "pci": 90.0})
    assert town.audited(phones=60, span_s=1500.0) == []


def test_a_small_cell_may_be_silent(town: Town) -> None:
    town.listed.append({**town.listed[37], "cell": 8_000_001, "pci": 90.0, "kind": 4})
    assert town.audited(phones=60) == []
