"""Notices of victims and proposals beside alerts, through a correlator."""

from typing import Any

from msgspec.structs import replace

from detectors.acting.notice import VictimNotice
from detectors.acting.record import FraudAction
from detectors.context import verdicts
from detectors.model.finding import Finding, Observation
from tests.detectors.calls.conftest import T0, Desk, Finder

RATE: dict[str, Any] = {"detector": "short_calls", "family": "outcome", "weight": 6.0, "cap": 6.0}
ONE = "h-" + 24 * "a"
#: A number abroad, which nobody here owns.
ABROAD = {"prefix": "4479111"}


def path(level: str) -> dict[str, Any]:
    values = {"level": level, "suspect": "spoofed"}
    return {"detector": "victim_path", "family": "victim", "values": values, "number": ONE}


def test_a_finding_of_another_rule_gives_no_notice(desk: Desk, found: Finder) -> None:
    other = {**path("deep"), "detector": "caller_rate"}
    assert desk.take(found(1), found(2, **other)).victims == []


def test_a_victim_is_known_before_the_alert_and_again_with_it(desk: Desk, found: Finder) -> None:
    first = desk.take(found(1, people=("h-victim",), **path("medium")))
    assert [(one.subscriber, one.level, one.alert_ids) for one in first.victims] == [
        ("h-victim", "medium", ())
    ]
    later = desk.take(found(2, number=ONE, **RATE), found(3, number=ONE))
    (alert,) = {alert.alert_id for alert in later.alerts}
    assert [(one.level, one.alert_ids) for one in later.victims] == [("medium", (alert,))]
    deep = desk.take(found(4, people=("h-victim",), **path("deep")))
    assert [(one.level, one.alert_ids) for one in deep.victims] == [("deep", (alert,))]
    assert [one.action for one in deep.actions if one.about == "h-victim"] == ["stop_payment"]


def test_a_notice_holds_no_number_and_no_place(desk: Desk, found: Finder) -> None:
    (notice,) = desk.take(found(1, people=("h-victim",), **path("deep"))).victims
    fields = set(VictimNotice.__struct_fields__)
    assert fields == {
        *("subscriber", "level", "reasons", "since", "ts", "valid_until", "alert_ids")
    }
    assert ONE not in repr(notice)


def test_proposals_follow_alerts_and_end_with_a_verdict(desk: Desk, found: Finder) -> None:
    sure = [found(n, number=ONE, weight=5.0, **ABROAD) for n in range(3)]
    decided = desk.take(*sure, found(3, number=ONE, **RATE, **ABROAD))
    numbers = [(one.action, one.about) for one in decided.actions if one.action != "trace"]
    assert numbers == [("label", ONE), ("block", ONE)]
    assert [one.about for one in decided.actions if one.action == "trace"] == ["ref-3"]
    verdict = Observation(
        detector=verdicts.NAME,
        kind=verdicts.FALSE_ALARM,
        ts=T0 + 9_000,
        rx_ts=T0 + 9_000,
        space="device",
        who="",
        values={"alert_id": decided.alerts[0].alert_id},
        source=replace(sure[0].source, offset=90),
    )
    desk.correlator.take(verdict)
    after = desk.take(until_s=10)
    assert [alert.status for alert in after.alerts] == ["closed"]
    assert [(one.action, one.about) for one in after.actions] == [("restore", ONE)]


def test_whoever_owns_a_number_that_others_show_is_not_blocked(desk: Desk, found: Finder) -> None:
    sure = [found(n, number=ONE, weight=5.0) for n in range(3)]
    decided = desk.take(*sure, found(3, number=ONE, **RATE))
    assert decided.alerts[-1].probability > 0.95
    assert {one.action for one in decided.actions} == {"label", "trace"}


def test_who_is_protected_or_impersonated_is_never_acted_on(desk: Desk, found: Finder) -> None:
    spared = [found(n, number=ONE, weight=5.0, spared=n == 1) for n in range(3)]
    decided = desk.take(*spared, found(3, number=ONE, **RATE))
    assert decided.alerts
    assert {one.action for one in decided.actions} <= {"trace"}


def test_proposals_expire_by_arrival_time(desk: Desk, found: Finder) -> None:
    sure = [found(n, number=ONE, weight=5.0, **ABROAD) for n in range(3)]
    desk.take(*sure, found(3, number=ONE, **RATE, **ABROAD))
    days = [desk.take(until_s=86_400 * day).actions for day in range(1, 9)]
    ended = [(day, one.reason) for day, made in enumerate(days, 1) for one in made]
    assert ended == [(2, "block: it has expired"), (8, "label: it has expired")]


def test_a_restart_or_other_batches_change_nothing(found: Finder) -> None:
    findings = [found(n, number=ONE, people=(f"h-v{n % 4}",), **_kind(n)) for n in range(16)]
    whole = Desk()
    expected = _of(whole, findings)
    assert len(expected[0]) > 4
    assert len(expected[1]) > 4
    for cut in range(len(findings)):
        desk = Desk()
        first = [desk.take(each) for each in findings[:cut]]
        desk = desk.again()
        rest = [desk.take(each) for each in findings[cut:]] + [desk.take(until_s=900_000)]
        decided = [*first, *rest]
        notices = [one for each in decided for one in each.victims]
        actions = [one for each in decided for one in each.actions]
        assert (notices, actions) == expected


def _kind(n: int) -> dict[str, Any]:
    levels = ("shallow", "medium", "deep")
    over = path(levels[n % 3]) if n % 2 else (RATE if n % 4 else {})
    return {key: value for key, value in over.items() if key != "number"}


def _of(desk: Desk, findings: list[Finding]) -> tuple[list[VictimNotice], list[FraudAction]]:
    one, two = desk.take(*findings), desk.take(until_s=900_000)
    return [*one.victims, *two.victims], [*one.actions, *two.actions]
