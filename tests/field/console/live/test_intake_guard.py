"""Records that end the console are found by trying them apart, and set aside; nothing else is."""

import asyncio
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from field.console.live.cluster import Cluster
from field.console.live.ingest import BULK, PROMPT, Ingest
from field.console.live.intake_guard import IntakeGuard
from field.console.live.stream import News
from field.console.store import Record, Store
from field.console.store.queries.operations import offsets, unread
from streams.guard.journal import Journal, Span
from streams.kafka.settings import KafkaSettings
from streams.limits import Limits
from streams.signed.keys import Believed
from tests.field.console.topic_records import KEY, Topics, alert, opened
from tests.streams.guard.forked import fork_trials

#: As `poison/sitecustomize.py` has them, for the processes in which records are tried.
_HANGS, _ENDS = b'"a-record-that-hangs"', b'"a-record-that-ends"'
_KAFKA = KafkaSettings()


@pytest.fixture(autouse=True)
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes in which records are tried have the poison on their path."""
    path = (str(Path(__file__).parent / "poison"), os.getcwd())
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    monkeypatch.setattr("streams.guard.judging._WAITING", 100)
    fork_trials(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = opened(tmp_path / "store.db")
    yield found
    found.close()


def _dies(folder: Path, *spans: Span) -> None:
    """A console that ends over some records, as an error ends it."""
    journal = Journal(folder, _KAFKA)
    for span in spans:
        with pytest.raises(MemoryError), journal.at_work(span):
            raise MemoryError
    journal.close()


def _guard(folder: Path) -> IntakeGuard:
    made = IntakeGuard(folder, Journal(folder, _KAFKA), _KAFKA, Limits(seconds=1), KEY, Believed())
    made.start()
    return made


def _take(store: Store, guard: IntakeGuard, records: Sequence[Record], topic_id: str = "") -> None:
    ids = {topic: f"id of {topic}{topic_id}" for topic in PROMPT + BULK}
    cluster = Cluster("cluster-1", dict.fromkeys(ids, 1), ids)
    ingest = Ingest(_KAFKA, cluster, store, News(), guard=guard)
    asyncio.run(ingest._take(records))


def _records() -> list[Record]:
    topics = Topics()
    for content in (alert(1), _ENDS, alert(2), _HANGS, alert(3)):
        topics.write("fbs.alerts", content)
    return topics.records


def test_what_ends_the_console_is_set_aside_and_the_rest_is_shown(
    tmp_path: Path, store: Store
) -> None:
    folder = tmp_path / "intake"
    _dies(folder, Span("fbs.alerts", 0, 0, 3), Span("fbs.health", 0, 7, 9))
    guard = _guard(folder)
    _take(store, guard, _records())
    assert [(one.topic, one.partition, one.offset, one.detail) for one in guard.set_aside] == [
        ("fbs.alerts", 0, 3, "more than 1 s of processor time"),
        ("fbs.alerts", 0, 1, "it ends the process by SIGSEGV"),
    ]
    assert all(store.alert(f"{number:032x}") for number in (1, 2, 3))
    assert store.read(offsets) == {("fbs.alerts", 0): 5}
    assert store.read(unread) == {"fbs.alerts": 2}

    # Who comes next knows it, and what was not read yet is still to be tried.
    again = _guard(folder)
    assert again.set_aside == guard.set_aside
    assert again._kept.suspects == [Span("fbs.health", 0, 7, 9)]
    marked = asyncio.run(again.examined(_records(), lambda topic: f"id of {topic}"))
    assert [one.offset for one in marked if one.set_aside] == [1, 3]
    # A topic that was made anew has others at these places.
    marked = asyncio.run(again.examined(_records(), lambda topic: f"other {topic}"))
    assert [one.offset for one in marked if one.set_aside] == []


def test_a_console_that_is_killed_over_honest_records_sets_none_aside(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In processes as a console starts them."""
    monkeypatch.setattr("streams.guard.judging.subprocess", subprocess)
    folder = tmp_path / "intake"
    topics = Topics()
    topics.write("fbs.alerts", alert(1))
    topics.write("fbs.alerts", alert(2))
    for _ in range(2):
        _dies(folder, Span("fbs.alerts", 0, 0, 1))
        guard = _guard(folder)
    _take(store, guard, topics.records)
    assert guard.set_aside == []
    assert guard._kept.suspects == []
    assert store.alert(f"{2:032x}") is not None


def test_what_is_taken_in_is_noted_until_it_is(tmp_path: Path) -> None:
    guard = _guard(tmp_path / "intake")
    with guard.at_work(_records()):
        (work,) = guard._journal.at_hand()
        assert work.span == Span("fbs.alerts", 0, 0, 4)
    assert guard._journal.at_hand() == []
