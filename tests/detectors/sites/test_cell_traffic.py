"""What is kept of a cell doesn't depend on delivery, is bounded, and is forgotten after a day."""

from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.facts import Origin
from detectors.features.rows.placed_reports import SEEN, SERVED
from detectors.model.finding import Identity, Observation
from detectors.sites.cell_number import cell_number
from detectors.sites.site_census import SiteCensus, reports_of
from detectors.sites.traffic import listed_reports
from detectors.sites.traffic.cell_traffic import DAY_MS, CellTraffic
from detectors.sites.traffic.listed_reports import ListedReports
from detectors.sites.traffic.tally import SAMPLE, Tally
from detectors.sites.unlisted_census import NAME, UnlistedCensus

LTE = Identity("lte", 460, 0, 4100, 1001)
LOST = Identity("lte", 460, 0, 4100, 77, 1850, 12)
HOUR_S = 3600.0


def counted(make: Any, *rows: dict[str, Any], partition: int = 0) -> list[Observation]:
    facts, found = make.facts(make.measurements(*rows)), []
    for census in (SiteCensus(), UnlistedCensus()):
        census.take(facts)
        found += census.due(1 << 60, Origin("cell.measurements", partition))
    return found


def traffic_of(observations: list[Observation]) -> CellTraffic:
    traffic = CellTraffic()
    for observation in observations:
        if observation.detector == NAME:
            traffic.observe_unlisted(observation)
        else:
            traffic.observe(reports_of(observation))
    return traffic


def tally(traffic: CellTraffic, identity: Identity = LTE) -> Tally:
    number = cell_number(identity)
    assert number is not None
    found = traffic.tally_of(number)
    assert found is not None
    return found


def test_a_listed_cell_has_its_reports_and_phones(make: Any) -> None:
    traffic = traffic_of(
        counted(make, *({"device": f"d{n % 4}", "at_s": 40.0 * n} for n in range(9)))
    )
    assert (tally(traffic).reports, tally(traffic).phones) == (9, 4.0)
    assert traffic.last_ms - traffic.first_ms == pytest.approx(320_000, abs=30_000)
    assert traffic.unlisted() == {}


def test_an_unlisted_cell_has_its_identity_too(make: Any) -> None:
    rows = [{"cell": 77, "arfcn": 1850.0, "pci": 12.0, "device": f"d{n}"} for n in range(3)]
    (unlisted,) = traffic_of(counted(make, *rows)).unlisted().values()
    assert unlisted.identity == LOST
    assert unlisted.tally.phones == 3.0


@pytest.mark.parametrize(
    "over",
    [
        {"mnc": 99},
        {"lat": 10.0},
        {"area": 0},
        {"cell": 0xFFFFFFF},
        {"position_source": 3},
        {"accuracy_m": 400.0},
        {"serving": False},
    ],
)
def test_what_says_nothing_of_the_register_is_left_out(make: Any, over: dict[str, Any]) -> None:
    assert len(counted(make, {"cell": 77})) == 1
    assert counted(make, {"cell": 77, **over}) == []


def test_many_phones_are_counted_about_right_from_a_few(make: Any) -> None:
    rows = [{"device": f"phone {n}", "at_s": 0.1 * n} for n in range(1000)]
    whole = tally(traffic_of(counted(make, *rows)))
    assert len(whole.places) == SAMPLE
    assert 600.0 < whole.phones < 1600.0


def test_the_order_of_delivery_changes_nothing(make: Any) -> None:
    rows = [{"device": f"d{n % 90}", "at_s": 7.0 * n} for n in range(300)]
    parts = [counted(make, *rows[n::3], partition=n) for n in range(3)]
    one = traffic_of([each for part in parts for each in part])
    other = traffic_of([each for part in reversed(parts) for each in reversed(part)])
    assert tally(one) == msgspec.structs.replace(tally(other), places=tally(one).places)
    assert set(tally(one).places.items()) == set(tally(other).places.items())


def test_what_was_reported_two_days_ago_is_forgotten(make: Any) -> None:
    days = [{"at_s": 24.0 * HOUR_S * n, "cell": 1001 if n == 0 else 77} for n in range(4)]
    number = cell_number(LTE)
    assert number is not None
    for until in (1, 2):
        assert traffic_of(counted(make, *days[:until])).tally_of(number) is not None
    traffic = traffic_of(counted(make, *days))
    assert traffic.tally_of(number) is None
    assert traffic.last_ms - traffic.first_ms < 2 * DAY_MS


def test_it_survives_storage(make: Any) -> None:
    rows = [{"cell": 1001 if n % 2 else 77, "device": f"d{n}"} for n in range(20)]
    traffic = traffic_of(counted(make, *rows))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(traffic), type=CellTraffic) == traffic


#: Window, cell, phone and place: few of each, so that there are many of each kind.
REPORTS = st.lists(
    st.tuples(*(st.integers(0, most) for most in (5, 3, 60, 4, 4))), min_size=1, max_size=300
)


@given(reports=REPORTS, cuts=st.lists(st.integers(0, 300), max_size=4))
def test_many_at_once_are_counted_as_one_by_one(reports: Any, cuts: list[int]) -> None:
    singly: dict[int, Tally] = {}
    for window, cell, phone, *place in reports:
        tally = singly.setdefault(cell, Tally(0, window, window))
        tally.take(window, phone, tuple(place))
    counted = ListedReports()
    for begin, end in pairwise([0, *sorted(cuts), len(reports)]):
        counted.take(np.array(reports[begin:end], dtype=SEEN))
    assert {cell: counted.tally_of(cell) for cell in range(4)} == {
        cell: singly.get(cell) for cell in range(4)
    }
    assert ListedReports.of(singly.items()) == counted


def test_a_day_that_a_release_before_has_stored_is_taken_up(make: Any) -> None:
    traffic = traffic_of(counted(make, *({"device": f"d{n}"} for n in range(9))))
    known, number = tally(traffic), cell_number(LTE)
    day = [traffic.day.number, {number: known}, {}, True]
    stored = {"day": day, "before": [0], "first_ms": traffic.first_ms, "last_ms": traffic.last_ms}
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(stored), type=CellTraffic)
    assert tally(again) == known
    assert not again.is_whole


def test_phones_that_named_their_cells_are_taken_up() -> None:
    cells = [(3, 4, 0, 9), (5, 1, 2, 2), (8, 2, 1, 2)]
    former = np.array(cells, dtype="<u4, <i8, <i8, <i8")
    phones = np.array([(3, 1, 10, 11), (3, 2, 12, 13), (8, 1, 14, 15)], dtype=SERVED)
    found = msgspec.convert([former.tobytes(), phones.tobytes(), True], ListedReports)
    assert [found.tally_of(cell) for cell in (3, 4, 5, 8)] == [
        Tally(4, 0, 9, {1: (10, 11), 2: (12, 13)}),
        None,
        Tally(1, 2, 2),
        Tally(2, 1, 2, {1: (14, 15)}),
    ]
    assert found.overflowed
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=ListedReports)
    assert again == found


def test_of_too_many_cells_those_reported_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed_reports, "_MOST_CELLS", 10)
    reports = ListedReports()
    reports.take(np.array([(n, n, 7, 1, 1) for n in range(30)], dtype=SEEN))
    assert [cell for cell in range(30) if reports.tally_of(cell)] == list(range(20, 30))
    assert (len(reports.places()), reports.overflowed) == (10, True)
