"""What waits to be sent, what is done with, and how much goes out in a minute."""

from typing import Any

import msgspec
import pytest

from detectors.alert.record import Alert
from field.channels.delivery import policy
from field.channels.delivery.outbox import Entry, Job, Outbox
from field.channels.delivery.policy import LastSent
from field.channels.filters import Filter
from streams.config.channels import ChannelSettings, CotSettings, WecomSettings
from tests.field.channels.example import an_alert

PEOPLE = WecomSettings(name="people", debounce_s=300.0)
MAP = CotSettings(name="map", url="tcp://127.0.0.1:1")


class Desk:
    """An outbox with a clock and a partition that is read record by record."""

    def __init__(self, channel: ChannelSettings = PEOPLE, digests: bool = True, **changes: Any):
        channel = msgspec.structs.replace(channel, **changes)
        self.outbox = Outbox(channel, Filter(channel), digests)
        self.outbox.own(0, 0)
        self.now_s, self.offset = 1000.0, 0

    def read(self, alert: Alert) -> None:
        self.outbox.take(Entry(alert, 0, self.offset, self.now_s), self.now_s)
        self.offset += 1

    def sent(self) -> list[Job]:
        """Everything that can go out now."""
        jobs = []
        while (job := self.outbox.next(self.now_s)) is not None:
            jobs.append(job)
            self.outbox.done(job, self.now_s)
        return jobs

    def revisions(self) -> list[tuple[str, int]]:
        return [(one.alert_id, one.revision) for job in self.sent() for one in job.alerts]


def test_ten_thousand_revisions_of_one_target_are_one_message_and_then_the_newest() -> None:
    desk = Desk()
    for revision in range(1, 10_001):
        desk.read(an_alert(revision=revision))
        desk.now_s += 0.01
    assert desk.revisions() == [("a1", 1)]
    sent_s = desk.now_s
    assert desk.outbox.due_s(desk.now_s) == sent_s + 300.0
    # All that was overtaken is done with; who is killed begins with the one that waits.
    assert desk.outbox.committable() == {0: 9_999}
    desk.now_s = sent_s + 300.0
    assert desk.revisions() == [("a1", 10_000)]
    assert desk.outbox.committable() == {0: 10_000}
    assert desk.outbox.due_s(desk.now_s) is None


def test_a_rise_overtakes_what_waits() -> None:
    desk = Desk()
    desk.read(an_alert(revision=1, severity="medium"))
    assert desk.revisions() == [("a1", 1)]
    desk.read(an_alert(revision=2, severity="medium"))
    assert desk.revisions() == []
    desk.read(an_alert(revision=3, severity="critical"))
    assert desk.revisions() == [("a1", 3)]
    desk.now_s += 1000.0
    assert desk.revisions() == []
    assert desk.outbox.committable() == {0: 3}


def test_closing_is_sent_at_once_and_the_target_is_done() -> None:
    desk = Desk()
    desk.read(an_alert(revision=1))
    desk.read(an_alert(revision=2))
    desk.read(an_alert(revision=3, status="closed"))
    assert desk.revisions() == [("a1", 1), ("a1", 3)]
    assert desk.outbox.waiting == 0


def test_an_offset_is_done_with_only_behind_what_was_sent_or_dropped() -> None:
    desk = Desk(min_severity="medium")
    desk.read(an_alert("a", severity="info"))
    desk.read(an_alert("b"))
    desk.read(an_alert("c"))
    desk.outbox.skip(0, 3)
    assert desk.outbox.committable() == {0: 1}
    first = desk.outbox.next(desk.now_s)
    second = desk.outbox.next(desk.now_s)
    assert first is not None
    assert second is not None
    desk.outbox.done(second, desk.now_s)
    assert desk.outbox.committable() == {0: 1}
    desk.outbox.done(first, desk.now_s)
    assert desk.outbox.committable() == {0: 4}


def test_what_an_earlier_run_sent_is_not_sent_again() -> None:
    desk = Desk()
    desk.outbox.recall({"a1": LastSent(2, "high", 900.0, 0)})
    desk.read(an_alert(revision=1))
    desk.read(an_alert(revision=2))
    assert desk.revisions() == []
    desk.read(an_alert(revision=3))
    assert desk.outbox.due_s(desk.now_s) == 1200.0


def test_more_than_the_bound_of_a_minute_become_digests_the_worst_first() -> None:
    desk = Desk(most_per_minute=3)
    for number in range(9):
        severity = "critical" if number == 7 else "medium"
        desk.read(an_alert(f"a{number}", severity=severity))
    jobs = desk.sent()
    assert [job.digest for job in jobs] == [False, False, True]
    assert len(jobs[2].alerts) == 7
    assert jobs[2].alerts[0].alert_id == "a7"
    assert desk.outbox.committable() == {0: 9}
    desk.read(an_alert("late"))
    assert desk.revisions() == []
    assert desk.outbox.due_s(desk.now_s) == 1060.0
    desk.now_s = 1060.0
    assert desk.revisions() == [("late", 1)]


def test_never_more_than_the_bound_in_any_minute() -> None:
    desk = Desk(most_per_minute=5)
    sent_s: list[float] = []
    for number in range(1000):
        desk.read(an_alert(f"a{number}"))
        sent_s += [desk.now_s] * len(desk.sent())
        desk.now_s += 0.7
    assert len(sent_s) > 20
    assert all(later - earlier >= 60.0 for earlier, later in zip(sent_s, sent_s[5:], strict=False))


def test_a_digest_has_the_newest_revision_of_each() -> None:
    desk = Desk(most_per_minute=1)
    desk.read(an_alert("a", 1, severity="medium"))
    desk.read(an_alert("a", 2, severity="high"))
    desk.read(an_alert("b", 1))
    (job,) = desk.sent()
    assert {(one.alert_id, one.revision) for one in job.alerts} == {("a", 2), ("b", 1)}


def test_channels_without_digests_wait_for_the_next_minute() -> None:
    desk = Desk(digests=False, most_per_minute=2)
    for number in range(3):
        desk.read(an_alert(f"a{number}"))
    assert desk.revisions() == [("a0", 1), ("a1", 1)]
    desk.now_s += 60.0
    assert desk.revisions() == [("a2", 1)]


def test_a_picture_needs_the_newest_revision_only() -> None:
    desk = Desk(MAP, digests=False)
    desk.read(an_alert("a", 1, severity="medium"))
    desk.read(an_alert("b", 1))
    desk.read(an_alert("a", 2, severity="high"))
    assert desk.revisions() == [("a", 2), ("b", 1)]
    assert desk.outbox.committable() == {0: 3}


def test_a_full_outbox_asks_for_no_more() -> None:
    desk = Desk(queue=2)
    desk.read(an_alert("a"))
    assert not desk.outbox.full
    desk.read(an_alert("b"))
    assert desk.outbox.full
    desk.sent()
    assert not desk.outbox.full


def test_a_partition_that_is_somebody_elses_takes_its_alerts_along() -> None:
    desk = Desk()
    desk.read(an_alert("a"))
    desk.read(an_alert("a", 2))
    desk.outbox.disown(0)
    assert desk.revisions() == []
    assert desk.outbox.committable() == {}
    assert desk.outbox.waiting == 0


def test_what_was_not_sent_before_a_partition_went_is_sent_when_it_comes_back() -> None:
    desk = Desk()
    desk.read(an_alert("a", 1))
    assert desk.revisions() == [("a", 1)]
    desk.read(an_alert("a", 2, severity="critical"))
    desk.read(an_alert("a", 3, status="closed"))
    desk.read(an_alert("b"))
    desk.outbox.disown(0)
    desk.outbox.own(0, 1)
    desk.offset = 1
    desk.read(an_alert("a", 2, severity="critical"))
    desk.read(an_alert("a", 3, status="closed"))
    desk.read(an_alert("b"))
    assert desk.revisions() == [("a", 2), ("a", 3), ("b", 1)]


def test_what_waited_too_long_is_pushed_to_nobody_but_an_end_is_sent() -> None:
    desk = Desk(most_age_s=60.0)
    desk.read(an_alert("a", 1))
    assert desk.revisions() == [("a", 1)]
    desk.read(an_alert("a", 2, severity="critical"))
    desk.read(an_alert("a", 3, status="closed"))
    desk.read(an_alert("b"))
    assert desk.outbox.expired(desk.now_s) == []
    desk.now_s += 61.0
    assert [entry.offset for entry in desk.outbox.expired(desk.now_s)] == [1, 3]
    assert desk.revisions() == [("a", 3)]
    assert desk.outbox.committable() == {0: 4}


def test_what_is_held_is_bounded_and_the_one_held_for_longest_goes_early() -> None:
    desk = Desk(queue=3, most_per_minute=0)
    for number in range(5):
        desk.read(an_alert(f"a{number}", 1))
    assert len(desk.sent()) == 5
    for number in range(5):
        desk.read(an_alert(f"a{number}", 2))
    # Two of five are sent before their time, so that three are held.
    assert desk.outbox.waiting == 5
    assert desk.revisions() == [("a0", 2), ("a1", 2)]
    assert desk.outbox.waiting == 3
    assert not desk.outbox.full
    for revision in range(3, 1000):
        desk.read(an_alert("a2", revision))
    assert desk.outbox.waiting == 3
    assert len(desk.outbox._open[0]) == 3


def test_what_was_sent_is_remembered_of_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "MOST_TARGETS", 3)
    desk = Desk(most_per_minute=0)
    sent = LastSent(1, "high", 0.0, 0)
    # Of an earlier run, by a log into which others may have written.
    desk.outbox.recall({f"old-{number}": sent for number in range(10)})
    assert list(desk.outbox.last_sent) == ["old-7", "old-8", "old-9"]
    desk.read(an_alert("old-7", 2))
    desk.read(an_alert("new", 1))
    # The oldest of those goes for the new one; it was recalled at 0 s, so its update went at once.
    assert list(desk.outbox.last_sent) == ["old-9", "old-7", "new"]
