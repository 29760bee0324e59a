"""Displaced sites are named with the place where they are, right ones are not."""

from typing import Any

import numpy as np
import pytest

from detectors.features.rule import Origin
from detectors.register.register import Register
from detectors.sites.register_audit import WrongRow, wrong_rows
from detectors.sites.site_census import SiteCensus
from detectors.sites.site_places import SitePlaces
from geo.earth.sphere import great_circle_m

GSM, UMTS, LTE, NR = 1, 2, 3, 4


def found(make: Any, *groups: tuple[int, float, int], seed: int = 1) -> list[WrongRow]:
    """Of reports in groups: so many phones about a place so far east of the site, by RAT code."""
    rng, rows = np.random.default_rng(seed), []
    for count, east_m, rat in groups:
        for _ in range(count):
            lat, lon = make.at(east_m + rng.normal(0, 250.0), rng.normal(0, 250.0))
            rows.append({"lat": lat, "lon": lon, "rat": rat, "at_s": 2.0 * len(rows)})
    register: Register = make.register()
    census, places = SiteCensus(), SitePlaces()
    census.take(make.measurements(*rows), register)
    for observation in census.due(1 << 60, Origin("cell.measurements", 0)):
        places.observe(observation)
    return wrong_rows(register.rows, places)


@pytest.mark.parametrize("off_m", [1500.0, 3000.0, 8000.0])
def test_all_rows_of_a_displaced_site_are_named_with_its_place(make: Any, off_m: float) -> None:
    rows = found(make, *((10, off_m, rat) for rat in (GSM, UMTS, LTE)))
    assert [row.kind for row in rows] == ["site_displaced"] * 4  # nobody reported the NR cell
    assert {row.key.partition("-")[0] for row in rows} == {"gsm", "umts", "lte", "nr"}
    for row in rows:
        assert great_circle_m(row.learned_lat, row.learned_lon, *make.at(off_m)) < 250.0
        assert row.probability > 0.95


def test_one_cell_at_another_place_is_named_alone(make: Any) -> None:
    (row,) = found(make, (15, 3000.0, LTE), (10, 0.0, GSM), (10, 0.0, UMTS))
    assert (row.kind, row.key) == ("cell_displaced", "lte-460-0-4100-1001")
    assert abs(row.off_m - 3000.0) < 250.0


@pytest.mark.parametrize("seed", range(8))
def test_right_rows_are_not_accused(make: Any, seed: int) -> None:
    wrong_fixes = [(1, 4000.0, rat) for rat in (GSM, UMTS, LTE)]
    assert found(make, *((15, 0.0, rat) for rat in (GSM, UMTS, LTE)), *wrong_fixes, seed=seed) == []


def test_nor_is_a_cloned_cell(make: Any) -> None:
    clone = [(15, 3000.0, LTE), (15, 0.0, LTE), (10, 0.0, GSM), (10, 0.0, UMTS)]
    assert found(make, *clone) == []


def test_too_few_reports_accuse_nobody(make: Any) -> None:
    assert found(make, (2, 3000.0, LTE), (2, 3000.0, GSM)) == []
