"""How far neighbours are, against a plain look at every site."""

from typing import Any

import numpy as np
import pytest

from detectors.model.codes import GSM, LTE
from detectors.register.register import Register
from detectors.rules.failed_handover.neighbour_reach import neighbour_reach
from geo.earth.sphere import distance_m

MOST_M = 10_000.0
#: Sites on a line to the east, three cells each, 400 m apart.
SITES = 20


def line(make: Any, rat: int = LTE) -> Register:
    rows = []
    for n in range(SITES):
        lat, lon = make.at(400.0 * n)
        rows += [
            {"rat": rat, "area": 4100, "cell": 10 * n + sector, "lat": lat, "lon": lon}
            for sector in range(3)
        ]
    register: Register = make.register_of(*rows)
    return register


def reach_m(register: Register, rat: int, mnc: int, at: tuple[float, float], sites: int) -> float:
    one = neighbour_reach(register).reach_m(
        np.array([rat], dtype=np.uint8),
        np.array([460]),
        np.array([mnc]),
        np.array([at[0]]),
        np.array([at[1]]),
        sites,
        MOST_M,
    )
    return float(one[0])


@pytest.mark.parametrize("sites", [1, 2, 5, SITES])
def test_it_is_the_distance_of_the_site_of_that_rank(make: Any, sites: int) -> None:
    at = make.at(130.0, 40.0)
    away = sorted(float(distance_m(*at, *make.at(400.0 * n))) for n in range(SITES))
    # A site is where its rows are, to some eleven metres.
    assert reach_m(line(make), LTE, 0, at, sites) == pytest.approx(away[sites - 1], abs=15.0)


def test_where_few_sites_are_listed_it_is_as_far_as_allowed(make: Any) -> None:
    at = make.at(0.0)
    register = line(make)
    assert reach_m(register, LTE, 0, at, SITES + 1) == MOST_M
    assert reach_m(register, GSM, 0, at, 1) == MOST_M
    assert reach_m(register, LTE, 1, at, 1) == MOST_M
    assert reach_m(register, LTE, 0, (np.nan, np.nan), 1) == MOST_M
    assert reach_m(register, LTE, 0, make.at(50_000.0), 1) == MOST_M
