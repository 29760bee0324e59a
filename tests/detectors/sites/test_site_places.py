"""What a zone learns of sites doesn't depend on delivery, is bounded, and tells clones from wrong
rows."""

from base64 import b64decode
from itertools import permutations
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.features.rows.placed_reports import ROW
from detectors.model.finding import Identity
from detectors.sites.cell_number import cell_number
from detectors.sites.kept import kept_reports
from detectors.sites.kept.kept_reports import MOST_ROWS
from detectors.sites.report_windows import DEGREE
from detectors.sites.site_census import reports_of
from detectors.sites.site_places import UNREPORTED, SitePlaces, _town

LTE = Identity("lte", 460, 0, 4100, 1001)
GSM, UMTS, NR = 1, 2, 4


def learned(observations: Any) -> SitePlaces:
    places = SitePlaces()
    for observation in observations:
        places.observe(reports_of(observation))
    return places


def log_odds(make: Any, *groups: tuple[int, float, int]) -> float:
    return learned(make.site_reports(*groups)).verdict(LTE).log_odds


def the_site(places: SitePlaces) -> tuple[int, bytes]:
    """How many reports there were of the town's own site, and what is kept of them."""
    key = places.reports.site_key(cell_number(LTE) or 0)
    assert key is not None
    return places.reports.seen(key), places.reports.of(key).tobytes()


def test_before_any_report_a_wrong_row_is_likelier_than_a_clone(make: Any) -> None:
    assert learned([]).verdict(LTE) == UNREPORTED
    assert UNREPORTED.log_odds < -3.0
    assert learned(make.site_reports((5, 0.0, GSM))).verdict(LTE) == UNREPORTED


def test_a_site_all_of_whose_cells_are_elsewhere_is_a_wrong_row(make: Any) -> None:
    verdict = learned(make.site_reports(*((8, 2500.0, rat) for rat in (GSM, UMTS, 3, NR)))).verdict(
        LTE
    )
    assert verdict.log_odds < -10.0
    assert abs(verdict.off_m - 2500.0) < 200.0
    assert (verdict.reports, verdict.cells) == (32, 4)


def test_a_lone_cell_far_off_may_be_a_wrong_row_or_a_clone(make: Any) -> None:
    """By more than any displacement, with its site's other cells unreported: a mistyped row."""
    alone = log_odds(make, (30, 30_000.0, 3))
    assert -3.0 < alone < 3.0
    assert log_odds(make, (30, 30_000.0, 3), (30, 30_000.0, GSM)) < alone


def test_a_cell_at_two_places_whose_site_is_in_place_is_a_clone(make: Any) -> None:
    clone = [(20, 2500.0, 3), (20, 0.0, 3), (8, 0.0, GSM), (8, 0.0, UMTS)]
    assert log_odds(make, *clone) > 2.0
    assert log_odds(make, *clone[:1], *clone[2:]) < log_odds(make, *clone)


def test_one_cell_far_off_on_the_very_same_latitude_has_a_mistyped_row(make: Any) -> None:
    alone = [(20, 40_000.0, 3), (8, 0.0, GSM), (8, 0.0, UMTS)]
    assert log_odds(make, *alone) < -2.0


def test_a_mast_outside_a_town_is_weighed_beside_all_of_it() -> None:
    """What is near its reports alone would look as if its phones were at one place."""
    own, town = (_rows_at(east_m) for east_m in ([16_000.0], np.arange(8_000.0, 26_000.0, 500.0)))
    placed = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    about = _town(own, town, placed, 0.0, 0.0)
    assert about.x.min() < 9_000.0
    assert 20_000.0 < about.x.max() <= 21_500.0


def _rows_at(east_m: Any) -> Any:
    """Reports on the equator so far east of a site at longitude 0."""
    rows = np.zeros(len(east_m), dtype=ROW)
    rows["lon"] = np.rint(np.asarray(east_m) / 111_195.0 * DEGREE)
    rows["site_lat"] = 1
    return rows


def test_the_order_of_delivery_changes_nothing(make: Any) -> None:
    parts = [
        make.site_reports((20, 2500.0, 3), partition=0),
        make.site_reports((20, 0.0, 3), partition=1),
        make.site_reports((20, 0.0, GSM), partition=2),
    ]
    states = set()
    for order in permutations(parts):
        arrived = sorted((o for part in order for o in part), key=lambda o: o.rx_ts)
        places = learned(arrived)
        states.add((*the_site(places), places.verdict(LTE).log_odds))
    assert len(states) == 1


def test_it_is_restored_as_it_was_and_bounded(make: Any) -> None:
    places = learned(make.site_reports((300, 0.0, 3)))
    places.verdict(LTE)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(places), type=SitePlaces)
    assert again == places
    seen, kept = the_site(places)
    assert len(kept) <= MOST_ROWS * ROW.itemsize
    assert seen == 300


def test_what_waits_is_bounded_within_one_window_too(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_reports, "_MOST_WAITING", 500)
    newest = make.site_reports((50, 0.0, GSM))[-1]
    largest = len(b64decode(newest.values["rows"]))
    places = SitePlaces()
    for _ in range(100):
        places.observe(reports_of(newest))
        assert len(places.reports.waiting) <= 500 * ROW.itemsize + largest
    once = learned([newest])
    assert places.reports.newest().tobytes() == once.reports.newest().tobytes()


def test_what_is_kept_is_the_same_however_many_windows_wait(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of windows without any report, and however often it is asked for."""
    arriving = [reports_of(each) for each in make.site_reports((300, 0.0, GSM), (60, 900.0, 3))]
    empty = [each._replace(placed=b"", window_ms=each.window_ms + 1) for each in arriving]
    both = sorted((*arriving, *empty), key=lambda each: each.window_ms)
    found = set()
    for windows in (2, 7, 1000):
        monkeypatch.setattr(kept_reports, "_TURNS", windows)
        for asked in (1, 40):
            places, most = SitePlaces(), 0
            for each in both:
                places.observe(each)
                most = max(most, len(places.reports.turns))
                for _ in range(asked):
                    places.reports.site_key(cell_number(LTE) or 0)
            assert most <= windows
            found.add((*the_site(places), places.reports.newest().tobytes()))
    assert len(found) == 1


def test_what_is_newest_is_the_same_however_often_it_is_asked(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_reports, "_WAITING", 300)
    monkeypatch.setattr(kept_reports, "_ALL_ROWS", 40)
    arriving = sorted(
        (*make.site_reports((300, 0.0, GSM)), *make.site_reports((60, 900.0, 3), partition=1)),
        key=lambda o: o.rx_ts,
    )
    asked, rng, differ = SitePlaces(), Random(1), set[bytes]()
    for observation in arriving:
        asked.observe(reports_of(observation))
        if rng.random() < 0.5:
            anew = msgspec.msgpack.decode(msgspec.msgpack.encode(asked), type=SitePlaces)
            newest = asked.reports.newest().tobytes()
            assert newest == anew.reports.newest().tobytes()
            differ.add(newest)
    assert len(differ) > 5
