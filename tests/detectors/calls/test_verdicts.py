"""What somebody found out about an alert of calls."""

from typing import Any

import pytest

from detectors.calls.lifecycle import CallLifecycle
from detectors.calls.settings import CallSettings
from detectors.context.verdicts import Verdict, observations
from detectors.context.zone_routing import CALLS
from detectors.model.finding import Source
from detectors.model.rare_messages import Feedback
from tests.detectors.calls.conftest import T0, Desk, Finder

RATE: dict[str, Any] = {"detector": "caller_rate", "family": "pace", "weight": 3.0}
ONE = "h-" + 24 * "a"


def judge(desk: Desk, alert_id: str, at_s: float, n: int, **fields: Any) -> list[str]:
    fields = {"role": "dispatcher", **fields}
    given = Feedback(
        rx_ts=T0 + round(1000 * at_s),
        source=Source("call.signalling", 0, n, -1),
        ts=T0,
        alert_id=alert_id,
        **fields,
    )
    (observation,) = observations([given])
    desk.correlator.take(observation)
    return [alert.status for alert in desk.take(until_s=at_s + 1).alerts]


def opened(desk: Desk, found: Finder) -> str:
    (alert,) = desk.take(found(1, number=ONE), found(2, number=ONE, **RATE)).alerts
    return alert.alert_id


def test_an_honest_number_is_closed_and_kept_quiet(desk: Desk, found: Finder) -> None:
    name = opened(desk, found)
    assert judge(desk, name, 10, 3, verdict="false_alarm") == ["closed"]
    again = [found(20, number=ONE), found(21, number=ONE, **RATE)]
    assert desk.take(*again).alerts == []
    much_later = 31 * 86_400
    later = [found(30, much_later, number=ONE), found(31, much_later, number=ONE, **RATE)]
    assert [alert.status for alert in desk.take(*later).alerts] == ["open"]


def test_a_verdict_can_be_taken_back(desk: Desk, found: Finder) -> None:
    name = opened(desk, found)
    judge(desk, name, 10, 3, verdict="false_alarm")
    judge(desk, name, 12, 4, verdict="false_alarm", withdrawn=True)
    again = [found(20, number=ONE), found(21, number=ONE, **RATE)]
    assert [alert.status for alert in desk.take(*again).alerts] == ["open"]


@pytest.mark.parametrize("role", ["field", None])
def test_who_may_not_mute_alone_does_so_for_a_day(
    desk: Desk, found: Finder, role: str | None
) -> None:
    name = opened(desk, found)
    assert judge(desk, name, 10, 3, verdict="false_alarm", role=role) == ["closed"]
    early, late = 86_400.0, 86_500.0
    quiet = [found(20, early, number=ONE), found(21, early, number=ONE, **RATE)]
    assert desk.take(*quiet).alerts == []
    again = [found(22, late, number=ONE), found(23, late, number=ONE, **RATE)]
    assert [alert.status for alert in desk.take(*again).alerts] == ["open"]


def test_a_dispatcher_who_agrees_mutes_for_longer(desk: Desk, found: Finder) -> None:
    name = opened(desk, found)
    judge(desk, name, 10, 3, verdict="false_alarm", role="field")
    judge(desk, name, 20, 4, verdict="false_alarm")
    late = 86_500.0
    again = [found(22, late, number=ONE), found(23, late, number=ONE, **RATE)]
    assert desk.take(*again).alerts == []


def test_an_older_verdict_than_the_last_changes_nothing(desk: Desk, found: Finder) -> None:
    name = opened(desk, found)
    first = {"verdict": "false_alarm"}
    judge(desk, name, 10, 3, **first)
    judge(desk, name, 12, 4, **first, withdrawn=True)
    state = desk.correlator.state
    (closed,) = state.zones[CALLS].calls.past.values()
    assert closed.judged_ms == T0 + 12_000
    late = Verdict(name, "false_alarm", None, None, None, "dispatcher", T0 + 10_000)
    life = CallLifecycle(CallSettings(), state.zones[CALLS].calls)
    assert life.take_verdict(late, T0 + 20_000) == ([], "repeated")
    assert not state.zones[CALLS].calls.muted


def test_a_confirming_verdict_takes_a_mute_back(desk: Desk, found: Finder) -> None:
    name = opened(desk, found)
    judge(desk, name, 10, 3, verdict="false_alarm")
    assert judge(desk, name, 12, 4, verdict="confirmed") == []
    again = [found(20, number=ONE), found(21, number=ONE, **RATE)]
    assert [alert.status for alert in desk.take(*again).alerts] == ["open"]


def test_a_confirmed_fraud_goes_on(desk: Desk, found: Finder) -> None:
    name = opened(desk, found)
    assert judge(desk, name, 10, 3, verdict="confirmed") == []
    (alert,) = desk.take(found(40, number=ONE)).alerts
    assert (alert.status, alert.verdict) == ("update", "confirmed")


def test_a_verdict_on_what_nobody_knows_changes_nothing(desk: Desk, found: Finder) -> None:
    opened(desk, found)
    assert judge(desk, 32 * "0", 10, 3, verdict="false_alarm") == []
    assert desk.correlator.state.known.verdicts.unknown == 1
