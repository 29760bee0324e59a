"""Displaced sites are named with the place where they are, right ones are not."""

from typing import Any

import pytest

from detectors.sites.register_audit import WrongRow, wrong_rows
from detectors.sites.site_places import SitePlaces
from geo.earth.sphere import great_circle_m

GSM, UMTS, LTE, NR = 1, 2, 3, 4


def found(make: Any, *groups: tuple[int, float, int], seed: int = 1) -> list[WrongRow]:
    """Of reports in groups, as `make.site_reports` makes them."""
    places = SitePlaces()
    for observation in make.site_reports(*groups, seed=seed):
        places.observe(observation)
    return wrong_rows(make.town_register().rows, places)


@pytest.mark.parametrize("off_m", [1500.0, 3000.0, 5000.0])
def test_all_rows_of_a_displaced_site_are_named_with_its_place(make: Any, off_m: float) -> None:
    rows = found(make, *((10, off_m, rat) for rat in (GSM, UMTS, LTE)))
    assert [row.kind for row in rows] == ["site_displaced"] * 4  # nobody reported the NR cell
    assert {row.key.partition("-")[0] for row in rows} == {"gsm", "umts", "lte", "nr"}
    for row in rows:
        assert great_circle_m(row.learned_lat, row.learned_lon, *make.at(off_m)) < 300.0
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
