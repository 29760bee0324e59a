"""Places beside averages of the reports that they rest on."""

from math import nan
from pathlib import Path

import msgspec
import pytest

from benchmarks.measuring.location.placed import Placed, centroid, newest, placed_on
from benchmarks.placed import table
from detectors.incident.report import Report
from replay.simulate import load_scenario, simulate
from streams.config.settings import load_settings

GOLDEN = Path(__file__).parents[2] / "golden"


def report(ts: int, lat: float, level_dbm: float = nan) -> Report:
    return Report(ts, f"d{ts}", None, lat, 104.0, 10.0, nan, level_dbm, nan, nan)


def test_the_centroid_leans_to_the_strongest_and_is_the_mean_without_levels() -> None:
    assert centroid([report(0, 30.0), report(1, 31.0)]) == pytest.approx((30.5, 104.0))
    levels = [report(0, 30.0, -60.0), report(1, 31.0, -80.0), report(2, 35.0)]
    assert centroid(levels)[0] == pytest.approx(30.0 + 1.0 / 11.0)


def test_the_newest_are_those_of_two_minutes_or_the_last_few() -> None:
    reports = [report(1000 * at_s, 30.0) for at_s in range(0, 300, 10)]
    assert len(newest(reports, 290_000)) == 13
    assert [one.ts for one in newest(reports[:10], 900_000)] == list(range(40_000, 100_000, 10_000))


def test_the_table_counts_each_transmitter_once_beside_each_revision() -> None:
    near = Placed("a", "x", False, 10.0, 20.0, 30.0, 40.0, True)
    far = msgspec.structs.replace(near, transmitter="y", error_m=100.0, covered=False)
    rows = table([near, near, near, far]).rows
    assert rows[0][:3] == ["all", "2", "4"]
    assert rows[0][6:] == ["0.75", "40", "55", "0.50"]
    assert [row[0] for row in rows] == ["all", "standing"]


@pytest.mark.slow
def test_places_of_a_trace_are_measured_with_what_they_rest_on(tmp_path: Path) -> None:
    simulate(load_scenario(GOLDEN / "scenarios" / "parked.yaml"), 1, tmp_path)
    found = placed_on(tmp_path, load_settings(None, env={}), "parked")
    assert len(found) >= 3
    assert not any(one.moves for one in found)
    assert all(0.0 < one.error_m < 2000.0 and one.centroid_m > 0.0 for one in found)
