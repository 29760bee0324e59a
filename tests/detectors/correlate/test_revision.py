"""What becomes of an alert when more is known of its cell."""

from typing import Any

from detectors.alert.record import Alert
from detectors.model.finding import Finding, Identity, Observation
from detectors.rules.held_back.rule import HeldBack

LTE = Identity("lte", 460, 0, 61002, 2001)


class SentAtOnce(HeldBack, frozen=True, kw_only=True):
    """Takes every report for one that was sent at once, as far as ``nats`` say."""

    nats: float = -1.4

    def observe(self, state: Any, observation: Observation) -> None:
        pass

    def lateness_nats(self, state: Any, observation: Observation) -> float | None:
        return self.nats


def taken_by_it(make: Any) -> list[Finding]:
    """Phones that report a cell that nobody has, and by signalling its area."""
    names = ("unknown_old_area", "unknown_cell")
    return [
        make.finding(n, 3.0 * n, detector=names[n % 2], claimed=LTE, place=make.place(100.0 * n))
        for n in range(12)
    ]


def sent(make: Any, number: int, at_s: float) -> Observation:
    observation: Observation = make.observation(
        number, at_s, detector="held_back", kind="odd", claimed=LTE, space="device",
        who=f"p{number}", place=make.place(0.0, 90.0 * number),
    )  # fmt: skip
    return observation


def alerts_of(
    make: Any, prompt: int, at_s: float, *later_s: float, nats: float = -1.4
) -> list[Alert]:
    """Phones that send at once follow, and a weak finding after each time."""
    correlator = make.correlator((SentAtOnce(nats=nats),))
    for record in [*taken_by_it(make), *(sent(make, n, at_s) for n in range(prompt))]:
        correlator.take(record)
    for number, after_s in enumerate(later_s or (60.0,), 40):
        place = make.place(100.0)
        correlator.take(make.finding(number, at_s + after_s, who="d1", claimed=LTE, place=place))
    make.mark(correlator, at_s + max(later_s, default=60.0) + 60.0)
    alerts: list[Alert] = correlator.advance().alerts
    return alerts


def test_an_alert_comes_down_once_its_cell_is_seen_to_serve(make: Any) -> None:
    *_, last = alerts_of(make, 12, 200.0)
    assert (last.status, last.probability < 0.1) == ("closed", True)
    assert max(one.probability for one in alerts_of(make, 12, 200.0)) > 0.9


def test_a_few_prompt_phones_take_nothing_back(make: Any) -> None:
    *_, last = alerts_of(make, 3, 200.0)
    assert last.status == "update"
    assert last.probability > 0.9


def test_evidence_that_fades_takes_nothing_back_though_the_cell_may_serve_a_little(
    make: Any,
) -> None:
    later = (200.0, 400.0, 700.0, 1000.0, 1300.0)
    alerts = alerts_of(make, 5, 200.0, *later, nats=-0.05)
    assert len(alerts) >= 4
    assert {one.status for one in alerts[1:]} == {"update"}
    assert alerts[-1].probability == max(one.probability for one in alerts)
