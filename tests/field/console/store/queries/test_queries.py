"""Lists of alerts: filters, order, pages, counts, and the world as it was known at a time."""

import json
from pathlib import Path
from typing import Any

import pytest

from field.console.store import AlertFilter, Box, Record, Store
from field.console.store.intake.taking import KEPT_EVENTS
from field.console.store.queries.reading import chosen, events_after, matched
from tests.field.console.topic_records import NOW, Topics, action, alert, encoded, opened


def numbers(store: Store, limit: int = 100, **asked: Any) -> list[int]:
    page = store.page(AlertFilter(**asked), limit)
    return [int(json.loads(summary_of)["alert_id"], 16) for summary_of in page.alerts]


@pytest.fixture
def filled(store: Store) -> Store:
    """Eight alerts, of which 6 is closed and 7 has no place."""
    topics = Topics()
    for number in range(6):
        topics.write("fbs.alerts", alert(number))
    topics.write("fbs.alerts", alert(6, 2, status="closed", severity="critical"))
    nowhere = {"position": None, "region": None, "radius_m": None, "kind": "imsi_catcher"}
    topics.write("fbs.alerts", alert(7, severity="info", ts=NOW - 9, **nowhere))
    topics.write("fbs.actions", action("acknowledge", 1))
    topics.write("fbs.actions", action("dispatch", 2, details={"assignee": "van-1"}))
    store.take(topics.records)
    return store


def test_closed_ones_stand_last_and_the_most_severe_first(filled: Store) -> None:
    assert numbers(filled) == [3, 2, 5, 1, 4, 0, 7, 6]


def test_pages_follow_each_other_without_gap_or_repeat(filled: Store) -> None:
    found, cursor = [], None
    for _ in range(10):
        page = filled.page(AlertFilter(), 3, cursor)
        found += [int(json.loads(summary_of)["alert_id"], 16) for summary_of in page.alerts]
        cursor = page.following
        if cursor is None:
            break
    assert found == numbers(filled)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"statuses": ("closed",)}, {6}),
        ({"statuses": ("open", "closed"), "severities": ("critical",)}, {3, 6}),
        ({"states": ("acknowledged", "dispatched")}, {1, 2}),
        ({"rats": ("gsm",)}, set()),
        ({"rats": ("lte", "gsm"), "operators": ("460-1",)}, {1, 4, 7}),
        ({"operators": ("460-10",)}, set()),
        ({"kinds": ("imsi_catcher",)}, {7}),
        ({"begin": NOW}, set()),
        ({"end": NOW - 60_000}, {0, 1, 2, 3, 4, 5, 6, 7}),
        ({"end": NOW - 60_001}, set()),
        ({"terms": "4104 station"}, {4}),
        ({"terms": "4103 LTE"}, {3}),
        ({"terms": "f%ke"}, set()),
        ({"box": Box(116.415, 39.0, 116.425, 40.0)}, {2}),
        ({"box": Box(170.0, -90.0, 116.4055, 90.0)}, {0}),
        ({"box": Box(170.0, -90.0, -170.0, 90.0)}, set()),
        ({"box": Box(-180.0, -90.0, 180.0, 90.0)}, {0, 1, 2, 3, 4, 5, 6}),
    ],
)
def test_a_filter_lets_through_what_it_names(
    filled: Store, asked: dict[str, Any], found: set[int]
) -> None:
    assert set(numbers(filled, **asked)) == found
    with filled.reading() as connection:
        assert matched(connection, AlertFilter(**asked)) == len(found)
        exported = {
            int(summary_of.alert_id, 16)
            for summary_of, _ in chosen(connection, AlertFilter(**asked), 100)
        }
        assert exported == found


def test_a_box_is_exact_where_the_tree_is_rounded(store: Store) -> None:
    topics = Topics()
    place = {"lat": 39.900000001, "lon": 116.400000001}
    topics.write("fbs.alerts", alert(1, region=None, position=place))
    store.take(topics.records)
    just_beside = Box(116.3, 39.8, 116.4000000005, 40.0)
    assert numbers(store, box=just_beside) == []
    assert numbers(store, box=just_beside._replace(east=116.400000002)) == [1]


def test_counts_are_of_open_alerts_by_all_that_is_asked_but_of_the_facet_itself(
    filled: Store,
) -> None:
    page = filled.page(AlertFilter(states=("acknowledged",), rats=("lte",)), 10)
    assert page.counts == {
        "state": {"new": 5, "acknowledged": 1, "dispatched": 1},
        "severity": {"medium": 1},
        "status": {"open": 1},
        "kind": {"fake_base_station": 1},
        "rat": {"lte": 1},
    }


def test_closed_alerts_are_in_no_count_even_where_they_are_all_that_is_listed(
    filled: Store,
) -> None:
    everything, closed = (
        filled.page(AlertFilter(), 10),
        filled.page(AlertFilter(statuses=("closed",)), 10),
    )
    assert len(closed.alerts) == 1
    assert closed.counts == everything.counts
    assert everything.counts["severity"] == {
        "low": 2,
        "medium": 2,
        "high": 1,
        "critical": 1,
        "info": 1,
    }
    assert everything.counts["kind"] == {"fake_base_station": 6, "imsi_catcher": 1}


def test_an_alert_of_two_technologies_counts_for_both(store: Store) -> None:
    topics = Topics()
    topics.write("fbs.alerts", alert(1, identities=[{"rat": "gsm"}, {"rat": "lte"}]))
    topics.write("fbs.alerts", alert(2, identities=[]))
    store.take(topics.records)
    counts = store.page(AlertFilter(kinds=("fake_base_station",)), 10).counts
    assert counts["rat"] == {"gsm": 1, "lte": 1}
    assert counts["kind"] == {"fake_base_station": 2}


def test_the_past_is_shown_as_it_was_known(store: Store) -> None:
    topics = Topics()
    topics.write("fbs.alerts", alert(1, 1, severity="low"))
    topics.write("fbs.alerts", alert(1, 5, severity="critical"))
    topics.write("fbs.alerts", alert(2, 5))
    topics.write("fbs.actions", action("acknowledge", 1, ts=NOW + 3000))
    topics.write("fbs.actions", action("dispatch", 1, ts=NOW + 9000))
    store.take(topics.records)
    assert numbers(store, at=NOW) == []
    assert numbers(store, at=NOW + 4000) == [1]
    [then] = store.page(AlertFilter(at=NOW + 4000), 10).alerts
    summary_of = json.loads(then)
    assert (summary_of["revision"], summary_of["severity"], summary_of["state"]) == (
        1,
        "low",
        "acknowledged",
    )
    assert numbers(store, at=NOW + 4000, severities=("critical",)) == []
    assert numbers(store, at=NOW + 4000, states=("acknowledged",)) == [1]
    assert numbers(store, at=NOW + 4000, box=Box(116.0, 39.0, 117.0, 40.0)) == [1]
    known = store.alert(f"{1:032x}", NOW + 4000)
    assert known is not None
    assert (known.alert.revision, known.state, len(known.actions)) == (1, "acknowledged", 1)
    assert [row["revision"] for row in known.revisions] == [1]
    assert store.alert(f"{2:032x}", NOW + 4000) is None
    now = store.alert(f"{1:032x}")
    assert now is not None
    assert (now.alert.revision, now.state) == (5, "dispatched")


def test_what_came_much_later_than_its_time_is_a_replay(store: Store) -> None:
    topics = Topics()
    topics.write("fbs.alerts", alert(1), ts=NOW + 601_001)
    topics.write("fbs.alerts", alert(2), ts=NOW + 601_000)
    store.take(topics.records)
    summary_of = [json.loads(summary) for summary in store.page(AlertFilter(), 10).alerts]
    assert {int(one["alert_id"], 16): one["replay"] for one in summary_of} == {1: True, 2: False}


@pytest.mark.slow
def test_only_the_newest_events_are_kept(tmp_path: Path) -> None:
    store = opened(tmp_path / "store.db")
    many = [
        Record("fbs.alerts", 0, number, NOW, None, encoded(alert(number)))
        for number in range(KEPT_EVENTS + 50)
    ]
    store.take(many[: KEPT_EVENTS // 2])
    store.take(many[KEPT_EVENTS // 2 :])
    summary_of = store.read(events_after, 0, 10_000)
    assert len(summary_of) == KEPT_EVENTS
    assert summary_of[-1][0] == len(many)
    store.close()
