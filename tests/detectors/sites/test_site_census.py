"""Reports by site are the same however messages are cut, and leave out what says too little."""

from base64 import b64decode
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from msgspec import structs

from detectors.context.zone_routing import zones_for
from detectors.features.facts import Origin
from detectors.features.rows.placed_reports import ROW
from detectors.features.rows.window_tiles import WINDOW_MS
from detectors.model.codes import LTE
from detectors.model.columns import Measurements
from detectors.model.finding import Identity, Place
from detectors.sites import report_windows
from detectors.sites.cell_number import cell_number
from detectors.sites.report_windows import DEGREE
from detectors.sites.site_census import UNKNOWN_M, SiteCensus, in_order, reports_of

ORIGIN = Origin("cell.measurements", 0)


def reported(make: Any, *batches: Measurements, until_s: float = 1e6) -> Any:
    census = SiteCensus()
    for batch in batches:
        census.take(make.facts(batch))
    return census.due(make.t0_ms + round(until_s * 1000), ORIGIN)


def rows_of(observations: Any) -> Any:
    parts = [b64decode(observation.values["rows"]) for observation in observations]
    return np.frombuffer(b"".join(parts), dtype=ROW)


def test_a_report_has_both_places_and_its_cell(make: Any) -> None:
    (row,) = rows_of(reported(make, make.measurements({"timing_advance": 3.0})))
    lat, lon = make.at(100.0)
    assert (row["lat"] / DEGREE, row["lon"] / DEGREE) == pytest.approx((lat, lon), abs=1e-6)
    assert row["site_lat"] / DEGREE == pytest.approx(make.at()[0], abs=1e-6)
    assert row["cell"] == cell_number(Identity("lte", 460, 0, 4100, 1001))
    assert (row["advance_m"], row["half_m"], row["accuracy_m"], row["range"]) == (234, 39, 10, 10)


@pytest.mark.parametrize(
    "over",
    [
        {"position_source": 3},
        {"accuracy_m": 400.0},
        {"speed_mps": 40.0},
        {"serving": False},
        {"lat": None, "lon": None},
        {"cell": 999},
    ],
)
def test_what_says_too_little_is_left_out(make: Any, over: Any) -> None:
    assert len(rows_of(reported(make, make.measurements(over)))) == 0
    assert len(rows_of(reported(make, make.measurements({}, over)))) == 1


def test_a_phone_counts_once_a_window_and_cell(make: Any) -> None:
    often = make.measurements(*({"device": "a", "at_s": n} for n in range(5)))
    assert len(rows_of(reported(make, often))) == 1
    windows = make.measurements(*({"device": "a", "at_s": 30.0 * n} for n in range(5)))
    assert len(rows_of(reported(make, windows))) == 5


def test_cuts_make_no_difference_and_windows_are_sent_when_they_end(make: Any) -> None:
    rows = [{"device": f"d{n % 7}", "at_s": 3.0 * n} for n in range(40)]
    whole = reported(make, make.measurements(*rows))
    single = reported(make, *(make.measurements(row) for row in rows))
    assert whole == single
    assert [o.rx_ts - o.ts for o in whole] == [WINDOW_MS] * len(whole)
    first = reported(make, make.measurements(*rows), until_s=61.0)
    assert 0 < len(first) < len(whole)
    assert first == whole[: len(first)]


def test_without_a_timing_advance_none_is_made_up(make: Any) -> None:
    (row,) = rows_of(reported(make, make.measurements()))
    assert (row["advance_m"], row["half_m"]) == (UNKNOWN_M, 0)


def test_what_was_sent_at_once_is_marked(make: Any) -> None:
    late_s = {"a": 1.0, "b": 60.0, "c": 9.9, "d": 10.0}
    rows = [{"device": who, "at_s": 5.0, "rx_s": 5.0 + s} for who, s in late_s.items()]
    observations = reported(make, make.measurements(*rows))
    phones = [phone for each in observations for phone in reports_of(each).served["phone"].tolist()]
    every = rows_of(observations)["phone"].tolist()
    assert len(every) == 4
    assert sorted(phones) == sorted(crc32(who.encode()) for who in "ac")


@pytest.mark.parametrize(
    ("over", "counts"),
    [
        ({"position_source": 3}, True),
        ({"accuracy_m": 400.0}, True),
        ({"speed_mps": 40.0}, True),
        ({"accuracy_m": 1500.0}, False),
        ({"serving": False}, False),
        ({"lat": None, "lon": None}, False),
        ({"cell": 999}, False),
        ({"rx_s": 60.0, "accuracy_m": 400.0}, False),
    ],
)
def test_who_is_served_may_know_but_about_where_it_is(make: Any, over: Any, counts: bool) -> None:
    found = reported(make, make.measurements(over))
    assert sum(len(reports_of(each).served) for each in found) == counts


def test_a_phone_that_sends_both_at_once_and_late_counts_as_either(make: Any) -> None:
    rows = [{"device": "a", "at_s": at_s, "rx_s": 25.0} for at_s in (1.0, 24.0)]
    (each,) = reported(make, make.measurements(*rows))
    assert (len(rows_of([each])), len(reports_of(each).served)) == (2, 1)


def test_reports_without_marks_were_not_served(make: Any) -> None:
    """As the release before wrote them."""
    (each,) = reported(make, make.measurements({}))
    old = structs.replace(each, values={"rows": each.values["rows"]})
    assert (len(reports_of(each).served), len(reports_of(old).served)) == (1, 0)


def test_cells_of_a_mast_are_of_one_site_though_a_crowd_put_them_apart(make: Any) -> None:
    """So that of a displaced mast all cells speak together."""
    rows = []
    for n, east_m in enumerate((-300.0, 100.0, 300.0)):
        lat, lon = make.at(east_m)
        rows.append({"rat": LTE, "area": 4100, "cell": 0x9900 + n, "lat": lat, "lon": lon})
    for changeable, sites in ((1.0, 1), (0.0, 3)):
        census = SiteCensus()
        register = make.register(*({**row, "changeable": changeable} for row in rows))
        batch = make.measurements(*({"cell": row["cell"]} for row in rows))
        census.take(make.facts(batch, register))
        found = rows_of(census.due(1 << 60, ORIGIN))
        assert len(set(found["site_lon"].tolist())) == sites


def test_tiles_of_the_same_zones_are_sent_together_and_all_others_apart(make: Any) -> None:
    places = [make.at(12_000.0 * n) for n in range(-12, 13)]
    rows = [
        {"device": f"d{n}", "at_s": 1.0, "lat": at[0], "lon": at[1]} for n, at in enumerate(places)
    ]
    found = reported(make, make.measurements(*rows))
    zones = [frozenset(zones_for(observation)) for observation in found]
    assert 1 < len(zones) == len(set(zones)) < len(places) / 2
    for observation, of_all in zip(found, zones, strict=True):
        for row in rows_of([observation]):
            # Tiles are tenths of a degree.
            lat, lon = ((int(row[axis]) // 100_000 + 0.5) / 10 for axis in ("lat", "lon"))
            place = Place(lat, lon)
            assert set(zones_for(structs.replace(observation, place=place))) == of_all


def test_no_observation_has_more_rows_than_fit(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_windows, "_MOST_ROWS", 4)
    rows = [{"device": f"d{n}"} for n in range(10)]
    found = reported(make, make.measurements(*rows))
    assert [len(rows_of([each])) for each in found] == [4, 4, 2]
    assert [each.source.part for each in found] == [0, 1, 2]
    assert len({int(row["phone"]) for row in rows_of(found)}) == 10


@pytest.mark.parametrize("turns", [1, 4, 300])
@pytest.mark.parametrize("distinct", [2, 5, 200, 2_000_000_000])
def test_order_of_content_is_that_of_all_columns(distinct: int, turns: int) -> None:
    """Also of so many turns, and of places so far beyond all degrees, that one number can't hold
    both."""
    rng = np.random.default_rng(distinct)
    rows = np.zeros(400, dtype=ROW)
    for name in ROW.names or ():
        least = -distinct if ROW[name].kind == "i" else 0
        most = min(distinct, np.iinfo(ROW[name]).max)
        rows[name] = rng.integers(least, most, len(rows))
    turn = 7 + np.sort(rng.integers(0, turns, len(rows)))
    columns = ("phone", "accuracy_m", "advance_m", "cell", "lon", "lat")
    content = [rows[name] for name in columns]
    assert in_order(rows).tobytes() == rows[np.lexsort(content)].tobytes()
    assert in_order(rows, turn).tobytes() == rows[np.lexsort([*content, turn])].tobytes()
