"""Which messages say something new of a level."""

from typing import Any

import numpy as np
import pytest

from detectors.features.phones.last_reports import remember
from detectors.features.phones.phones import Phones
from detectors.features.rows.report_numbers import tiles
from detectors.rules.odd_level.level_changes import news


def rows_of(make: Any, *rows: dict[str, Any], jumping: bool = True) -> list[int]:
    batch = make.measurements(*({"device": "u", **row} for row in rows))
    found: list[int] = news(make.facts(batch), 15.0, jumping).rows.tolist()
    return found


def test_the_first_report_and_what_has_risen(make: Any) -> None:
    levels = (-90.0, -80.0, -64.0, -90.0, -75.5)
    assert rows_of(make, *({"signal_dbm": level} for level in levels)) == [0, 2]


def test_a_new_cell_is_news_where_it_is_much_stronger_or_after_a_while(make: Any) -> None:
    later = {"at_s": 95.0, "cell": 1002, "signal_dbm": -84.0}
    assert rows_of(make, {}, later) == [0]
    assert rows_of(make, {}, {**later, "signal_dbm": -69.0}) == [0, 1]
    assert rows_of(make, {}, {**later, "at_s": 105.0}) == [0, 1]  # another quarter has begun
    assert rows_of(make, {}, {"at_s": 105.0}) == [0]  # nothing is new


def test_batches_are_remembered(make: Any) -> None:
    phones, found = Phones(), []
    batch = make.measurements({"device": "u"}, {"device": "u", "signal_dbm": -60.0})
    for _ in range(2):
        facts = make.facts(batch, phones=phones)
        found.append(news(facts, 15.0, True).rows.tolist())
        remember(facts)
    assert found == [[0, 1], []]


def test_jumps_are_known_of_phones_that_stand(make: Any) -> None:
    still: dict[str, Any] = {"device": "u", "speed_mps": 0.0}
    batch = make.measurements(still, {**still, "signal_dbm": -60.0}, {**still, "speed_mps": 9.0})
    jump_db = news(make.facts(batch), 15.0, True).jump_db
    assert jump_db[1] == pytest.approx(25.0)
    assert np.isnan(jump_db[[0, 2]]).all()


def test_a_place_that_nothing_reaches_so_fast_is_left_out(make: Any) -> None:
    lat, lon = make.at(9_000.0)
    far = {"at_s": 10.0, "lat": lat, "lon": lon, "signal_dbm": -60.0}
    assert rows_of(make, {}, far) == [0]
    assert rows_of(make, {}, far, jumping=False) == [0, 1]


@pytest.mark.parametrize("lat", [0.0, 39.9, 69.0])
def test_tiles_are_about_square_everywhere(lat: float) -> None:
    east = np.linspace(10.0, 11.0, 2001)
    columns = len(np.unique(tiles(np.full(2001, lat), east)))
    width_m = 111_195 * np.cos(np.radians(lat)) / columns
    assert width_m == pytest.approx(185.0, rel=0.05)
    assert len(np.unique(tiles(np.linspace(lat, lat + 0.1, 2001), np.full(2001, 10.0)))) in (60, 61)
