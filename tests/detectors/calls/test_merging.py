"""Two campaigns turn out to be one: what was known of each holds of both."""

from typing import Any

import pytest

from detectors.calls.incident import CallIncident
from detectors.calls.lifecycle import CallLifecycle
from detectors.calls.settings import CallSettings
from detectors.calls.state import CallsState
from detectors.context.verdicts import Verdict
from tests.detectors.calls.conftest import T0, Desk, Finder

RATE: dict[str, Any] = {"detector": "caller_rate", "family": "pace", "weight": 3.0}
OLD, NEW = "h-" + 24 * "1", "h-" + 24 * "2"
CALLBACK: dict[str, Any] = {"links": ("callback:h-" + 24 * "c",)}


class Two:
    """Two alerts, and what comes when a call-back number makes them one."""

    def __init__(self, found: Finder) -> None:
        self.found, self.life = found, CallLifecycle(CallSettings(), CallsState())
        for n, number in ((1, OLD), (3, NEW)):
            for finding in (found(n, number=number), found(n + 1, number=number, **RATE)):
                self.life.take(finding, finding.rx_ts)
        self.old, self.new = self.life.state.incidents.values()

    def judged(self, one: CallIncident, kind: str, at_s: int) -> None:
        assert one.alert_id is not None
        verdict = Verdict(one.alert_id, kind, None, None, None, "dispatcher", T0 + 1000 * at_s)
        self.life.take_verdict(verdict, verdict.given_ms)

    def merged(self) -> list[Any]:
        alerts = []
        for n, number in ((20, OLD), (21, NEW)):
            finding = self.found(n, number=number, **CALLBACK)
            alerts += self.life.take(finding, finding.rx_ts)
        return alerts


@pytest.fixture
def two(found: Finder) -> Two:
    return Two(found)


def test_it_was_as_sure_as_the_surer_of_the_two(two: Two) -> None:
    two.new.peak = 3.25
    two.merged()
    assert two.old.peak == 3.25


@pytest.mark.parametrize(
    ("of_old", "of_new", "holds"),
    [
        (("confirmed", 5), None, "confirmed"),
        (None, ("confirmed", 5), "confirmed"),
        (("not_found", 6), ("confirmed", 5), "not_found"),
        (("not_found", 5), ("confirmed", 6), "confirmed"),
    ],
)
def test_what_was_found_out_last_about_either_holds(
    two: Two,
    of_old: tuple[str, int] | None,
    of_new: tuple[str, int] | None,
    holds: str,
) -> None:
    for one, given in ((two.old, of_old), (two.new, of_new)):
        if given is not None:
            two.judged(one, *given)
    alerts = two.merged()
    gone = next(alert for alert in alerts if alert.status == "closed")
    assert gone.verdict == (of_new[0] if of_new else None)
    assert two.old.verdict == holds
    assert two.old.judged_ms == max(given[1] for given in (of_old, of_new) if given) * 1000 + T0
    assert two.life.flush()[-1].verdict == holds


def test_the_one_that_ends_keeps_its_own_evidence(two: Two) -> None:
    ended = two.found(10, number=NEW, detector="short_calls", family="outcome", weight=1.2)
    two.life.take(ended, ended.rx_ts)
    two.old.links = {CALLBACK["links"][0]: T0 + 20_000}
    two.life = CallLifecycle(CallSettings(), two.life.state)
    again = two.found(21, number=NEW, detector="short_calls", family="outcome", **CALLBACK)
    gone = next(a for a in two.life.take(again, again.rx_ts) if a.status == "closed")
    assert next(one.count for one in gone.evidence if one.detector == "short_calls") == 1
    assert two.old.shares["short_calls"].count == 2
    assert two.new.numbers[NEW].last_rx == T0 + 10_000
    assert two.old.numbers[NEW].last_rx == T0 + 21_000


def test_a_known_text_and_its_burst_are_one_campaign(desk: Desk, found: Finder) -> None:
    """The police share the form of a text, and it goes round: neither is enough alone."""
    form = ("template:ff00ff00ff00ff00",)
    known: dict[str, Any] = {"detector": "reputation", "family": "report", "weight": 2.9}
    burst: dict[str, Any] = {"detector": "template_burst", "family": "message", "weight": 2.5}
    shared = found(1, number=None, role="callback", calls=(), people=(), links=form, **known)
    assert desk.take(shared).alerts == []
    other = found(2, number="h-" + 24 * "b", role="callback", **burst)
    assert desk.take(other).alerts == []
    round_about = found(3, number="h-" + 24 * "a", role="callback", links=form, **burst)
    (alert,) = desk.take(round_about).alerts
    assert [each.number for each in alert.numbers] == ["h-" + 24 * "a"]
    assert {each.detector for each in alert.evidence} == {"reputation", "template_burst"}
