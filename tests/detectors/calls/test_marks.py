"""Confirmed accusations become our own marks, which end, are taken back, and never come back."""

from typing import Any

import msgspec
import pytest

from detectors.acting import marks
from detectors.acting.marks import HOLDS_MS, Marks, OwnMark
from detectors.calls.lifecycle import CallLifecycle
from detectors.calls.settings import CallSettings
from detectors.calls.state import CallsState
from detectors.context.verdicts import Verdict
from detectors.model.finding import Source
from detectors.model.rare_messages import OURS, Reputation
from detectors.rules.reputation.rule import Reputation as Rule
from tests.detectors.calls.conftest import T0, Finder

RATE: dict[str, Any] = {"detector": "caller_rate", "family": "pace", "weight": 3.0}
ONE, OTHER, OWNER, LISTED = (f"h-{24 * letter}" for letter in "abcd")
HOUR_MS = 3_600_000


class Desk:
    """A zone of calls with one alert, and what people find out about it."""

    def __init__(self, found: Finder) -> None:
        self.found, self.life = found, CallLifecycle(CallSettings(), CallsState())
        self.alert_id = self.call(1, ONE)[-1].alert_id

    def call(self, n: int, number: str, **over: Any) -> list[Any]:
        alerts = []
        for finding in (self.found(n, number=number, **over), self.found(n, number=number, **RATE)):
            alerts += self.life.take(finding, finding.rx_ts)
        return alerts

    def judge(self, kind: str, at_s: float) -> list[OwnMark]:
        at_ms = T0 + round(1000 * at_s)
        verdict = Verdict(self.alert_id, kind, None, None, None, "dispatcher", at_ms)
        self.life.take_verdict(verdict, at_ms)
        return self.life.following.drain_marks()

    def end(self) -> None:
        self.life.pass_time(T0 + 5 * HOUR_MS)
        assert not self.life.state.incidents

    def again(self) -> None:
        stored = msgspec.msgpack.encode(self.life.state)
        state = msgspec.msgpack.decode(stored, type=CallsState)
        self.life = CallLifecycle(CallSettings(), state)


@pytest.fixture
def desk(found: Finder) -> Desk:
    return Desk(found)


def marked(made: list[OwnMark]) -> dict[str, int | None]:
    return {one.number: one.valid_until for one in made}


def test_nothing_is_marked_that_nobody_has_confirmed(desk: Desk) -> None:
    desk.end()
    assert desk.life.following.drain_marks() == []


def test_a_confirmed_accusation_is_a_mark_that_ends(desk: Desk) -> None:
    (mark,) = desk.judge("confirmed", 10)
    assert mark == OwnMark(
        ts=T0 + 10_000,
        number=ONE,
        number_prefix="8610555",
        mark="fraud",
        source="cellhound",
        count=1,
        valid_until=T0 + 10_000 + HOLDS_MS,
    )
    desk.end()
    desk.again()
    assert marked(desk.life.following.drain_marks()) == {}
    desk.life.pass_time(T0 + 10_000 + HOLDS_MS - 1)
    assert desk.life.following.drain_marks() == []
    assert desk.life.next_due_ms() == mark.valid_until
    desk.life.pass_time(T0 + 10_000 + HOLDS_MS)
    assert marked(desk.life.following.drain_marks()) == {ONE: None}
    assert desk.life.next_due_ms() is None


@pytest.mark.parametrize("kind", ["withdrawn", "false_alarm", "not_found"])
@pytest.mark.parametrize("is_over", [False, True])
def test_it_is_taken_back_with_the_verdict(desk: Desk, kind: str, is_over: bool) -> None:
    if is_over:
        desk.end()
        desk.again()
    assert list(marked(desk.judge("confirmed", 18_100))) == [ONE]
    desk.again()
    assert marked(desk.judge(kind, 18_200)) == {ONE: None}
    assert desk.life.state.marked == {}


def test_numbers_of_a_confirmed_alert_that_come_later_are_marked_too(
    desk: Desk, found: Finder
) -> None:
    callback = {"links": ("callback:h-" + 24 * "e",)}
    desk.call(2, ONE, **callback)
    desk.judge("confirmed", 10)
    desk.call(400, OTHER, **callback)
    desk.life.flush()
    assert list(marked(desk.life.following.drain_marks())) == [OTHER]


def test_neither_owners_nor_listed_numbers_are_marked(desk: Desk, found: Finder) -> None:
    callback = {"links": ("callback:h-" + 24 * "e",)}
    desk.call(2, ONE, **callback)
    desk.call(3, LISTED, spared=True, **callback)
    storm = {"detector": "impersonated_number", "family": "victim", "role": "impersonated"}
    for finding in (found(4, number=OWNER, **storm, **callback),):
        desk.life.take(finding, finding.rx_ts)
    assert list(marked(desk.judge("confirmed", 20))) == [ONE]


def test_what_holds_is_marked_anew_only_when_half_of_its_time_is_over() -> None:
    kept = Marks({})
    assert len(kept.confirmed("x", {ONE: None}, T0)) == 1
    assert kept.confirmed("x", {ONE: None}, T0 + HOLDS_MS // 3) == []
    (again,) = kept.confirmed("x", {ONE: None}, T0 + HOLDS_MS // 2)
    assert again.valid_until == T0 + HOLDS_MS // 2 + HOLDS_MS
    assert kept.expired(T0 + HOLDS_MS) == []


def test_marks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "MOST_MARKED", 3)
    kept = Marks({})
    made = kept.confirmed("x", {f"h-{n}": None for n in range(5)}, T0)
    assert [one.number for one in made if one.valid_until is None] == ["h-0", "h-1"]


@pytest.mark.parametrize("deleted", [False, True])
def test_our_own_mark_is_no_evidence_for_us(deleted: bool) -> None:
    source = Source("number.reputation", 0, 0, -1)
    given: dict[str, Any] = {"rx_ts": T0, "source": source, "number": ONE, "mark": "fraud"}
    assert Rule().read_rare(Reputation(by=OURS, deleted=deleted, **given)) is None
    assert Rule().read_rare(Reputation(by="app", deleted=deleted, **given)) is not None
