"""What records make of a store, whatever their order and batches, and whatever they hold.

Long because all kinds of records are taken in every order by the same store.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from sqlalchemy import select, update

from detectors.model.finding import Place
from field.console.store import AlertFilter, Box, Record, Store
from field.console.store.ground import cells, measurements, nearest_cell
from field.console.store.intake.alerts import take_alerts
from field.console.store.intake.taking import TAKERS
from field.console.store.queries.actions import action_of, audit, unsent_verdicts
from field.console.store.queries.operations import findings, offsets, unread, workers
from field.console.store.queries.reading import events_after
from field.console.store.tables import FEEDBACK, META
from field.console.store.transaction import Work
from streams.config.settings import ConfigError
from tests.field.console.topic_records import (
    KEY,
    NOW,
    SOURCE,
    Topics,
    action,
    alert,
    cell,
    cell_key,
    content,
    everything,
    finding,
    opened,
    reading,
)

#: Nested deeper than any reader follows.
_DEEP = b'{"region":' + b"[" * 50_000 + b"]" * 50_000 + b"}"


def state(store: Store, number: int = 1) -> str:
    known = store.alert(f"{number:032x}")
    assert known is not None
    return known.state


def test_the_highest_revision_is_shown_and_all_are_kept(store: Store) -> None:
    topics = Topics()
    for revision in (1, 3, 2):
        topics.write("fbs.alerts", alert(1, revision))
    assert store.take(topics.records) == 3
    known = store.alert(f"{1:032x}")
    assert known is not None
    assert known.alert.revision == 3
    assert [row["revision"] for row in known.revisions] == [1, 2, 3]


def test_records_before_the_stored_offsets_are_not_taken_twice(store: Store) -> None:
    topics = everything()
    assert store.take(topics.records) == len(topics.records)
    before = content(store)
    assert store.take(topics.records) == 0
    assert content(store) == before


@pytest.mark.parametrize("hidden", [b'"\xa9"', b"[" * 50_000 + b"]" * 50_000])
@pytest.mark.parametrize(
    ("topic", "fields"),
    [
        ("fbs.deliveries", b'"ts":1700000000000,"channel":"tak","outcome":"sent"'),
        ("fbs.health", b'"ts":1700000000000,"worker":"w-1"'),
        ("fbs.actions", b'"action_id":"1","ts":1,"action":"note","by":"anna","role":"field"'),
    ],
)
def test_what_no_page_can_show_is_not_taken_though_its_fields_are_right(
    store: Store, topic: str, fields: bytes, hidden: bytes
) -> None:
    """What nobody files it by is kept and shown with the rest."""
    topics = Topics()
    topics.write(topic, b'{"unknown":' + hidden + b"," + fields + b"}")
    assert store.take(topics.records) == 1
    assert store.read(unread) == {topic: 1}
    assert store.read(workers) == []
    assert store.read(audit, None, 10) == []


@pytest.mark.parametrize("seed", range(3))
def test_the_content_is_the_same_whatever_the_batches_and_the_order_of_topics(
    address: str, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = opened(tmp_path_factory.mktemp("other") / "whole.db")
    topics = everything()
    whole.take(topics.records)
    parts = opened(address)
    lots = random.Random(seed)
    waiting = {record.topic: [] for record in topics.records}  # type: ignore[var-annotated]
    for record in topics.records:
        waiting[record.topic].append(record)
    while waiting:
        topic = lots.choice(sorted(waiting))
        count = lots.randint(1, 3)
        parts.take(waiting[topic][:count])
        waiting[topic] = waiting[topic][count:]
        if not waiting[topic]:
            del waiting[topic]
    assert content(parts) == content(whole)
    parts.close()
    whole.close()


def test_a_topic_that_is_read_again_adds_nothing(store: Store) -> None:
    topics = everything()
    store.take(topics.records)
    before = content(store)
    store.forget_offsets([record.topic for record in topics.records], {})
    assert store.take(topics.records) == len(topics.records)
    after = content(store)
    # What can't be read is counted again: nobody knows that it was the same.
    assert {n: v for n, v in after.items() if n != "unread"} == {
        n: v for n, v in before.items() if n != "unread"
    }


def test_the_first_of_two_actions_that_conflict_counts(store: Store) -> None:
    topics = Topics()
    topics.write("fbs.alerts", alert(1))
    topics.write("fbs.actions", action("dispatch", details={"assignee": "van-2"}))
    topics.write("fbs.actions", action("acknowledge"))
    store.take(topics.records)
    assert state(store) == "dispatched"
    refused = store.read(action_of, "acknowledge-1-id")
    assert refused is not None
    assert not refused["accepted"]
    assert refused["state"] == "dispatched"
    assert [entry["accepted"] for entry in store.read(audit, None, 10)] == [False, True]
    summary = json.loads(store.page(AlertFilter(), 10).alerts[0])
    assert summary["assignee"] == "van-2"


def test_an_action_that_comes_before_its_alert_counts(store: Store) -> None:
    topics = Topics()
    topics.write("fbs.actions", action("acknowledge"))
    topics.write("fbs.alerts", alert(1))
    store.take(topics.records[:1])
    store.take(topics.records[1:])
    assert state(store) == "acknowledged"
    assert store.page(AlertFilter(states=("acknowledged",)), 10).alerts


def test_an_action_that_repeats_an_id_is_nothing(store: Store) -> None:
    topics = Topics()
    topics.write("fbs.actions", action("acknowledge"))
    topics.write("fbs.actions", action("acknowledge"))
    store.take(topics.records)
    assert len(store.read(audit, None, 10)) == 1


def test_a_note_of_a_foreign_writer_shows_nobodys_number(store: Store) -> None:
    topics = Topics()
    topics.write("fbs.alerts", alert(1))
    note = "IMSI 460001234567890 was met, he is at +86 138 1234 5678"
    topics.write("fbs.actions", action("note", note=note))
    events = store.take(topics.records)
    (entry,) = store.read(audit, None, 10)
    assert entry["note"].startswith("IMSI h-")
    for shown in (entry["note"], repr(events)):
        assert "460001234567890" not in shown
        assert "1234 5678" not in shown


def test_a_false_alarm_mutes_until_it_is_reopened(store: Store) -> None:
    topics = Topics()
    topics.write("fbs.alerts", alert(1))
    topics.write("fbs.actions", action("false_alarm", details={"mute_until_ts": NOW + 5}))
    store.take(topics.records)
    assert json.loads(store.page(AlertFilter(), 1).alerts[0])["muted_until"] == NOW + 5
    topics.write("fbs.actions", action("reopen"))
    store.take(topics.records)
    assert json.loads(store.page(AlertFilter(), 1).alerts[0])["muted_until"] is None


@pytest.mark.parametrize("assignee", [{"a": 1}, [1], 5, None])
def test_an_assignee_that_is_no_text_is_nobody_and_holds_up_nothing(
    store: Store, assignee: object
) -> None:
    """The database's own refusal of it once kept everything after it from being read."""
    topics = Topics()
    topics.write("fbs.alerts", alert(1))
    topics.write("fbs.actions", action("assign", details={"assignee": assignee}))
    topics.write("fbs.actions", action("acknowledge"))
    store.take(topics.records)
    assert state(store) == "acknowledged"
    assert json.loads(store.page(AlertFilter(), 1).alerts[0])["assignee"] is None


def test_verdicts_without_feedback_are_known(store: Store) -> None:
    topics = Topics()
    topics.write("fbs.actions", action("false_alarm"))
    topics.write("fbs.actions", action("found", which="refused-one"))
    store.take(topics.records)
    assert [a.action_id for a in store.read(unsent_verdicts, NOW + 1)] == ["false_alarm-1-id"]
    assert store.read(unsent_verdicts, NOW) == []
    topics.write("field.feedback", {"ts": NOW, "action_id": "false_alarm-1-id"})
    store.take(topics.records)
    assert store.read(unsent_verdicts, NOW + 1) == []


def test_what_cant_be_read_is_counted(store: Store) -> None:
    topics = Topics()
    for topic in ("fbs.alerts", "fbs.actions", "fbs.evidence", "fbs.deliveries", "fbs.health"):
        for value in (b"", b"{", b"\xff", b'{"a":1}', b"[[[[", None, _DEEP):
            topics.write(topic, value)
    store.take(topics.records)
    assert store.read(unread) == {
        "fbs.alerts": 7,
        "fbs.actions": 7,
        "fbs.evidence": 7,
        "fbs.deliveries": 7,
        "fbs.health": 7,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"ts": 2**70},
        {"revision": 2**64 - 1},
        {"position": {}},
        {"position": {"lat": 1.0}},
        {"region": {"type": "Polygon", "coordinates": 7}, "position": None},
        {"headline": "a\0b", "probability": 0.5},
    ],
)
def test_an_alert_that_no_column_can_hold_spoils_no_other(
    store: Store, change: dict[str, object]
) -> None:
    topics = Topics()
    topics.write("fbs.alerts", alert(1))
    raw = json.loads(json.dumps(__import__("msgspec").to_builtins(alert(2))))
    topics.write("fbs.alerts", json.dumps(raw | change).encode())
    topics.write("fbs.alerts", alert(3))
    topics.write("fbs.actions", action("acknowledge", 3))
    store.take(topics.records)
    shown = {json.loads(events)["alert_id"][-1] for events in store.page(AlertFilter(), 10).alerts}
    assert {"1", "3"} <= shown
    assert state(store, 3) == "acknowledged"
    assert store.read(offsets)[("fbs.alerts", 0)] == 3


def test_each_change_is_an_event_once_and_in_order(store: Store) -> None:
    topics = everything()
    store.take(topics.records)
    events = store.read(events_after, 0, 100)
    assert [seq for seq, _, _ in events] == list(range(1, len(events) + 1))
    kinds = [kind for _, kind, _ in events]
    assert kinds.count("alert") == 6
    assert kinds.count("action") == 2
    assert kinds.count("delivery") == 1
    assert all(b"\n" not in data for _, _, data in events)
    assert store.page(AlertFilter(), 1).last_event_id == f"{store.epoch}-{len(events)}"


def test_readings_are_kept_item_by_item(store: Store) -> None:
    topics = everything()
    topics.write("field.measurements", reading(20, lat=10.0, lon=20.0, bearing_to_deg=None))
    store.take(topics.records)
    near = store.read(measurements, Box(116.0, 39.0, 117.0, 40.0), None, None, 100)
    assert [row["ts"] - NOW for row in near] == [9, 8, 3, 2, 1, 0]
    assert near[0]["bearing_to_deg"] == 90.0
    [far] = store.read(measurements, None, NOW + 20, None, 100)
    assert far["bearing_to_deg"] is None
    assert far["device"] == "van-1"


def test_the_register_is_the_newest_row_of_each_key(store: Store) -> None:
    topics = Topics()
    for number in range(3):
        topics.write("cell.register", cell(number), cell_key(number))
    store.take(topics.records)
    topics.write("cell.register", [cell(0), cell(0, lat=39.95)], cell_key(0))
    topics.write("cell.register", None, cell_key(1))
    store.take(topics.records)
    found = {row["key"]: row["lat"] for row in store.read(cells, None, 10)}
    assert found == {"lte-460-0-4100-100": 39.95, "lte-460-0-4100-102": 39.9}
    assert store.read(cells, Box(116.0, 39.94, 117.0, 39.96), 10)[0]["lat"] == 39.95
    nearest = store.read(nearest_cell, 39.96, 116.4, alert(1).identities)
    assert nearest is not None
    assert nearest["key"] == "lte-460-0-4100-100"
    assert 1000 < nearest["distance_m"] < 1200
    assert store.read(nearest_cell, -39.0, 16.4, alert(1).identities) is None


def test_findings_are_found_by_identity(store: Store) -> None:
    topics = everything()
    store.take(topics.records)
    found = store.read(findings, alert(3).identities, 0, NOW, 10)
    assert [json.loads(value)["who"] for value in found] == ["d-3"]
    assert finding(3).who == "d-3"


def test_a_finding_whose_place_is_a_mast_is_read(store: Store) -> None:
    """How far its observer may be has as many digits as a person's number, and is none."""
    place = Place(39.9, 116.4, reach_m=3270.7782500321623)
    topics = Topics()
    topics.write("fbs.evidence", msgspec.structs.replace(finding(3), place=place))
    store.take(topics.records)
    [value] = store.read(findings, alert(3).identities, 0, NOW, 10)
    assert json.loads(value)["place"]["reach_m"] == place.reach_m
    assert store.read(unread) == {}


def test_the_newest_sign_of_life_of_each_worker_is_kept(store: Store) -> None:
    store.take(everything().records)
    [(received_ms, health)] = store.read(workers)
    assert (received_ms, health["ts"]) == (NOW, NOW + 1)


def test_a_store_of_another_schema_is_emptied(address: str) -> None:
    store = opened(address)
    store.take(everything().records)
    with store._engine.begin() as connection:
        connection.execute(update(META).where(META.c.name == "schema").values(value="0"))
    before = store.epoch
    store.close()
    again = opened(address)
    assert again.read(offsets) == {}
    assert again.page(AlertFilter(), 10).alerts == []
    assert again.epoch != before
    again.take(everything().records)
    assert len(again.page(AlertFilter(), 10).alerts) == 6
    again.close()


def test_a_store_of_another_cluster_is_refused(address: str) -> None:
    opened(address).close()
    with pytest.raises(ConfigError, match="holds what was read from cluster of tests, not from"):
        opened(address, "cluster elsewhere")
    opened(address, SOURCE).close()


def test_a_store_that_is_opened_again_is_as_it_was(address: str) -> None:
    store = opened(address)
    store.take(everything().records)
    before = content(store)
    store.close()
    again = opened(address)
    assert content(again) == before
    again.close()


def test_two_consoles_may_fill_one_store(address: str) -> None:
    one, other = opened(address), opened(address)
    topics = everything()
    half = len(topics.records) // 2
    takers: list[Callable[[], int]] = [
        lambda: one.take(topics.records[:half]),
        lambda: other.take(topics.records),
        lambda: one.take(topics.records),
    ]
    assert sum(take() for take in takers) == len(topics.records)
    with one.reading() as connection:
        assert connection.execute(select(META.c.value).where(META.c.name == "seq")).scalar() == "9"
    one.close()
    other.close()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("/proc/nowhere/store.db", "can't be used"),
        ("postgresql://nobody@127.0.0.1:1/nothing", "can't be used"),
        ("postgresql://nobody:secret@127.0.0.1:1/nothing", r"nobody:\*\*\*@"),
    ],
)
def test_a_store_that_cant_be_opened_is_named(address: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        opened(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("damage", [b"no database at all" * 300, None])
def test_a_damaged_file_is_to_be_moved_away(tmp_path: Path, damage: bytes | None) -> None:
    file = tmp_path / "store.db"
    opened(file).close()
    events = file.read_bytes()
    file.write_bytes(damage or events[:4096] + b"\xa5" * (len(events) - 4096))
    with pytest.raises(ConfigError, match="Move it away: it is made anew from the topics"):
        opened(file)


def test_findings_are_kept_for_a_while_by_the_time_of_their_topic(tmp_path: Path) -> None:
    day = 86_400_000
    topics = Topics()
    for number, days in enumerate((0, 1, 6, 8)):
        topics.write("fbs.evidence", finding(number), ts=NOW + days * day)
    whole, parts = (Store(str(tmp_path / n), SOURCE, KEY, findings_days=7.0) for n in ("a", "b"))
    whole.take(topics.records)
    for record in topics.records:
        parts.take([record])
    for store in (whole, parts):
        assert len(content(store)["findings"]) == 3
    assert content(whole) == content(parts)
    whole.close()
    parts.close()


def test_feedback_is_read_as_workers_read_it(store: Store) -> None:
    """A verdict that came as Arrow is not missing, nor counted as unreadable."""
    topics = Topics()
    done = [action("false_alarm", which=f"verdict-{number}") for number in (1, 2, 3)]
    topics.write("fbs.alerts", alert(1))
    topics.write("fbs.actions", done[0])
    rows = [
        {"ts": NOW, "alert_id": "x", "verdict": "false_alarm", "action_id": one.action_id}
        for one in done
    ]
    arrow = ("content-type", b"application/vnd.apache.arrow.stream")
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pylist(rows[:2])
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    packed = topics.write("field.feedback", sink.getvalue().to_pybytes())
    topics.records[-1] = replace(packed, headers=[arrow])
    broken = topics.write("field.feedback", b"no Arrow")
    topics.records[-1] = replace(broken, headers=[arrow])
    # Of an array the others are read.
    topics.write("field.feedback", [rows[2], 7])
    store.take(topics.records)
    assert store.read(unread) == {"field.feedback": 2}
    with store.reading() as connection:
        ids = set(connection.execute(select(FEEDBACK.c.action_id)).scalars())
    assert ids == {"verdict-1", "verdict-2", "verdict-3"}
    assert store.read(unsent_verdicts, NOW + 60_000) == []


def test_a_record_over_which_a_bug_raises_is_counted_and_the_rest_is_there(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(work: Work, records: Sequence[Record]) -> None:
        if any(one.offset == 1 for one in records):
            raise KeyError("460001234567890")
        take_alerts(work, records)

    monkeypatch.setitem(TAKERS, "fbs.alerts", failing)
    topics = Topics()
    for number in (1, 2, 3):
        topics.write("fbs.alerts", alert(number))
    store.take(topics.records)
    assert [store.alert(f"{number:032x}") is None for number in (1, 2, 3)] == [False, True, False]
    assert store.read(unread) == {"fbs.alerts": 1}
    assert "fbs.alerts, partition 0, offset 1" in caplog.text
    assert "460001234567890" not in caplog.text
