"""What somebody found out about an alert of calls."""

from typing import Any

from detectors.context.verdicts import observations
from detectors.model.finding import Source
from detectors.model.rare_messages import Feedback
from tests.detectors.calls.conftest import T0, Desk, Finder

RATE: dict[str, Any] = {"detector": "caller_rate", "family": "pace", "weight": 3.0}
ONE = "h-" + 24 * "a"


def judge(desk: Desk, alert_id: str, at_s: float, n: int, **fields: Any) -> list[str]:
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


def test_a_confirmed_fraud_goes_on(desk: Desk, found: Finder) -> None:
    name = opened(desk, found)
    assert judge(desk, name, 10, 3, verdict="confirmed") == []
    (alert,) = desk.take(found(40, number=ONE)).alerts
    assert (alert.status, alert.verdict) == ("update", "confirmed")


def test_a_verdict_on_what_nobody_knows_changes_nothing(desk: Desk, found: Finder) -> None:
    opened(desk, found)
    assert judge(desk, 32 * "0", 10, 3, verdict="false_alarm") == []
    assert desk.correlator.state.known.verdicts.unknown == 1
