"""How far a cell's site is at least, with every doubt given."""

from typing import Any

import numpy as np
import pytest

from detectors.features.plan.site_distance import distances, free_space_dbm, ring_m
from detectors.model.codes import GSM, LTE, NETWORK_POSITION, UMTS


def measured(make: Any, register: Any = None, **row: Any) -> Any:
    lat, lon = make.at(10_000.0)
    batch = make.measurements({"lat": lat, "lon": lon, **row})
    return distances(make.facts(batch, register), 30.0, 10.0, 0.0)


def doubt_m(far: Any) -> float:
    return float(far.site_m[0] - far.least_m[0])


def test_what_is_taken_off_the_distance(make: Any) -> None:
    far = measured(make)
    assert far.site_m[0] == pytest.approx(10_000.0, abs=2.0)
    assert doubt_m(far) == pytest.approx(100.0 + 2 * 10.0)
    assert doubt_m(measured(make, speed_mps=20.0)) == pytest.approx(120.0 + 600.0)
    assert doubt_m(measured(make, accuracy_m=None)) == pytest.approx(100.0 + 200.0)


def test_an_estimate_may_be_its_range_off_and_one_of_few_samples_more(make: Any) -> None:
    crowd = measured(make, make.register(changeable=1.0, range_m=1500.0))
    assert (doubt_m(crowd), bool(crowd.crowd[0]), bool(crowd.trusted[0])) == (1520.0, True, True)
    guess = measured(make, make.register(changeable=1.0, range_m=1500.0, samples=9.0))
    assert (doubt_m(guess), bool(guess.trusted[0])) == (4520.0, False)
    unknown = measured(make, make.register(changeable=None, range_m=None, samples=None))
    assert (doubt_m(unknown), bool(unknown.trusted[0])) == (4020.0, False)


@pytest.mark.parametrize(
    "row", [{"lat": None}, {"position_source": NETWORK_POSITION}, {"cell": 1999}]
)
def test_without_a_place_of_its_own_or_a_site_there_is_no_distance(make: Any, row: Any) -> None:
    assert len(measured(make).rows) == 1
    assert len(measured(make, **row).rows) == 0


def test_rings_end_half_a_step_beyond_rounding(make: Any) -> None:
    given = [(GSM, None, 553.46), (LTE, None, 78.07), (LTE, 40.0, 40.0), (LTE, 0.0, 78.07)]
    rows = [{"rat": rat, "ta_step_m": step, "timing_advance": 3} for rat, step, _ in given]
    batch = make.measurements(*rows, {"rat": UMTS, "timing_advance": 3}, {"rat": GSM})
    edges_m = ring_m(batch, np.arange(6))
    assert edges_m[:4] == pytest.approx([4 * step_m for *_, step_m in given], abs=0.05)
    assert np.isnan(edges_m[4:]).all()


def test_free_space_takes_twenty_decibels_a_decade() -> None:
    rat, away_m = np.array([GSM, LTE, LTE]), np.array([1000.0, 10_000.0, -5.0])
    assert free_space_dbm(rat, away_m).tolist() == [-40.0, -80.0, -40.0]
