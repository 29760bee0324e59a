"""Findings become campaigns, and campaigns alerts."""

import itertools
from typing import Any

import pytest

from detectors.alert.record import Alert
from detectors.calls import state
from detectors.calls.incident import MOST_CALLS, MOST_LINKS, MOST_NUMBERS
from detectors.calls.lifecycle import CallLifecycle
from detectors.calls.settings import CallSettings
from detectors.calls.state import CallsState
from detectors.context.zone_routing import CALLS
from detectors.model.finding import Finding, Source
from tests.detectors.calls.conftest import T0, Desk, Finder

RATE: dict[str, Any] = {"detector": "caller_rate", "family": "pace", "weight": 3.0}
WAY = ("manner:spoofed_ingress|fixed|gw-1|21", "trunk:gw-1")


def last(alerts: list[Alert]) -> Alert:
    return alerts[-1]


def test_one_family_of_evidence_never_reaches_an_alert(desk: Desk, found: Finder) -> None:
    many = [found(n, links=WAY, weight=5.0) for n in range(40)]
    assert desk.take(*many).alerts == []
    decided = desk.take(found(41, number=many[0].who, **RATE))
    assert [alert.status for alert in decided.alerts] == ["open"]


def test_pace_alone_never_says_more_than_a_seller_may_show(desk: Desk, found: Finder) -> None:
    one = "h-" + 24 * "a"
    pace = {"family": "pace", "weight": 4.0}
    rates = [found(n, number=one, detector=f"rate_{n}", **pace) for n in range(3)]
    ended = found(4, number=one, detector="short_calls", family="outcome", weight=2.0)
    assert desk.take(*rates, ended).alerts == []
    assert desk.take(found(5, number=one)).alerts != []


def test_no_alert_is_surer_than_was_measured(desk: Desk, found: Finder) -> None:
    one = "h-" + 24 * "a"
    ended = {"detector": "short_calls", "family": "outcome", "weight": 9.0, "cap": 9.0}
    alert = last(desk.take(found(1, number=one, weight=9.0), found(2, number=one, **ended)).alerts)
    assert alert.probability == 0.9707


def test_a_number_goes_on_where_it_was(desk: Desk, found: Finder) -> None:
    one = "h-" + 24 * "a"
    first = desk.take(found(1, number=one), found(2, number=one, **RATE))
    assert last(first.alerts).kind == "scam_caller"
    assert [each.number for each in last(first.alerts).numbers] == [one]
    later = desk.take(found(30, number=one), end=True)
    assert last(later.alerts).alert_id == last(first.alerts).alert_id
    assert last(later.alerts).calls == ["ref-1", "ref-2", "ref-30"]
    assert last(later.alerts).position is None


def test_what_shares_enough_is_one_campaign(desk: Desk, found: Finder) -> None:
    rotating = [found(n, links=WAY) for n in range(6)]
    other = found(7, links=("trunk:gw-1",))
    surge = found(8, number=None, links=WAY, **{**RATE, "detector": "group_surge"})
    alert = last(desk.take(*rotating, other, surge, end=True).alerts)
    assert alert.kind == "scam_campaign"
    assert {each.number for each in alert.numbers} == {finding.who for finding in rotating}


def test_a_surge_is_of_the_campaign_whose_calls_it_counted(desk: Desk, found: Finder) -> None:
    rotating = [found(n, links=WAY) for n in range(4)]
    surge = {**RATE, "detector": "group_surge", "calls": ("ref-2", "ref-90")}
    alert = last(desk.take(*rotating, found(9, number=None, **surge), end=True).alerts)
    assert len(alert.numbers) == 4
    assert "ref-90" in alert.calls


def test_a_weak_finding_joins_nothing_by_what_it_shares(desk: Desk, found: Finder) -> None:
    strong = [found(n, links=WAY) for n in range(3)]
    weak = found(4, links=WAY, weight=0.9)
    surge = found(8, number=None, links=WAY, **{**RATE, "detector": "group_surge"})
    alert = last(desk.take(*strong, weak, surge, end=True).alerts)
    assert weak.who not in {each.number for each in alert.numbers}
    assert "ref-4" not in alert.calls


def test_a_number_without_much_of_its_own_is_not_accused_with_the_others(
    desk: Desk, found: Finder
) -> None:
    strong = [found(n, links=WAY) for n in range(6)]
    slight = found(7, links=WAY, weight=1.1)
    surge = found(8, number=None, links=WAY, **{**RATE, "detector": "group_surge"})
    alert = last(desk.take(*strong, slight, surge, end=True).alerts)
    assert "ref-7" in alert.calls
    assert slight.who not in {each.number for each in alert.numbers}


def test_a_call_back_number_makes_one_of_two_campaigns(desk: Desk, found: Finder) -> None:
    callback = ("callback:h-" + 24 * "c",)
    texts = {"detector": "template_burst", "family": "message"}
    one = [found(1, number="h-" + 24 * "1"), found(2, number="h-" + 24 * "1", **RATE)]
    other = [found(3, number="h-" + 24 * "2"), found(4, number="h-" + 24 * "2", **RATE)]
    before = desk.take(*one, *other, until_s=5).alerts
    assert len({alert.alert_id for alert in before}) == 2
    after = desk.take(
        found(20, number=one[0].who, links=callback, **texts),
        found(21, number=other[0].who, links=callback, **texts),
        end=True,
    ).alerts
    closed = [alert for alert in after if alert.status == "closed"]
    assert [alert.closed_because for alert in closed] == ["joined"]
    goes_on = last(after)
    assert closed[0].campaign == goes_on.campaign
    assert {each.number for each in goes_on.numbers} == {one[0].who, other[0].who}
    assert goes_on.campaign != goes_on.alert_id


def test_alerts_that_become_one_in_two_steps_share_a_name(desk: Desk, found: Finder) -> None:
    old, middle, young = ("h-" + 24 * digit for digit in "123")
    for number, begins_s in ((old, 0), (middle, 10), (young, 20)):
        desk.take(found(begins_s, number=number), found(begins_s + 1, number=number, **RATE))
    one, other = ("terminal:t-1",), ("terminal:t-2",)
    first = desk.take(
        found(40, number=middle, links=one), found(41, number=young, links=one), until_s=42
    ).alerts
    then = desk.take(
        found(60, number=old, links=other), found(61, number=middle, links=other), end=True
    ).alerts
    closed = [alert for alert in (*first, *then) if alert.status == "closed"]
    assert len({alert.alert_id for alert in (*closed, last(then))}) == 3
    assert len({alert.campaign for alert in (*closed, last(then))}) == 1


def test_an_alert_that_takes_an_older_candidate_in_is_still_new(desk: Desk, found: Finder) -> None:
    callback = {"links": ("callback:h-" + 24 * "c",)}
    old, new = "h-" + 24 * "1", "h-" + 24 * "2"
    desk.take(found(1, number=old))
    opened = [found(400, number=new, **callback), found(401, number=new, **RATE)]
    assert [alert.status for alert in desk.take(*opened).alerts] == ["open"]
    later = desk.take(found(412, number=old, **callback), found(425, number=new), until_s=440)
    assert [alert.ts for alert in later.alerts] == [T0 + 412_000, T0 + 425_000]


def test_what_very_many_share_ties_nothing_together(desk: Desk, found: Finder) -> None:
    desk.take(*(found(n, links=("sender:106",)) for n in range(60)))
    zone = desk.correlator.state.zones[CALLS].calls
    assert len(zone.incidents) == 60
    of_a_hub, of_few = ("sender:106", "trunk:a", "cell:1"), ("sender:107", "trunk:b", "cell:2")
    desk.take(found(70, links=of_a_hub), found(71, links=of_a_hub))
    assert len(zone.incidents) == 62
    desk.take(found(72, links=of_few), found(73, links=of_few))
    assert len(zone.incidents) == 63


def test_every_call_is_in_some_revision(desk: Desk, found: Finder) -> None:
    one = "h-" + 24 * "a"
    count = 5 * MOST_CALLS
    calls = [found(n, at_s=0.01 * n, number=one) for n in range(1, count)]
    alerts = desk.take(found(0, number=one, **RATE), *calls, end=True).alerts
    listed = {call for alert in alerts for call in alert.calls}
    assert listed == {f"ref-{n}" for n in range(count)}
    assert len(alerts) < 20
    index = desk.correlator.state.zones[CALLS].calls
    assert sum(len(one.calls) for one in index.incidents.values()) <= count


def test_what_makes_room_is_closed_and_says_why(
    found: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MOST_INCIDENTS", 16)
    life, alerts = CallLifecycle(CallSettings(), CallsState()), []
    numbers = [f"h-{n:024x}" for n in range(18)]
    for n, number in enumerate(numbers):
        for finding in (found(n, number=number), found(n, number=number, **RATE)):
            alerts += life.take(finding, finding.rx_ts)
    closed = [alert for alert in alerts if alert.status == "closed"]
    assert [alert.numbers[0].number for alert in closed] == numbers[:2]
    assert {alert.closed_because for alert in closed} == {"room"}
    assert closed[0].ts == T0 + 16_000
    # A verdict on one of them still finds it.
    assert closed[0].alert_id in life.state.past
    assert len(life.state.incidents) == 16


def test_candidates_make_room_before_alerts_and_without_a_word(
    found: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MOST_INCIDENTS", 16)
    life, alerts = CallLifecycle(CallSettings(), CallsState()), []
    for finding in (found(0, number="h-0"), found(0, number="h-0", **RATE)):
        alerts += life.take(finding, finding.rx_ts)
    for n in range(1, 40):
        alerts += life.take(found(n), T0 + 1000 * n)
    assert [alert.status for alert in alerts] == ["open"]
    assert any(one.alert_id for one in life.state.incidents.values())
    assert f"h-{39:024x}" in {
        number for one in life.state.incidents.values() for number in one.numbers
    }


def test_whoever_is_accused_anew_is_not_held_back(desk: Desk, found: Finder) -> None:
    one, other = "h-" + 24 * "a", "h-" + 24 * "b"
    desk.take(found(1, number=one, links=WAY), found(2, number=one, **RATE))
    assert len(desk.take(found(3, 400.0, number=one, links=WAY)).alerts) == 1
    assert desk.take(found(4, 405.0, number=one, links=WAY)).alerts == []
    accused = last(desk.take(found(5, 411.0, number=other, links=WAY)).alerts)
    assert [each.number for each in accused.numbers] == [one, other]
    assert desk.take(found(6, 425.0, number=other, links=WAY)).alerts == []


def test_all_that_is_kept_is_bounded(desk: Desk, found: Finder) -> None:
    one = "h-" + 24 * "a"
    links = tuple(f"domain:{n}.example" for n in range(MOST_LINKS + 50))
    many = [found(n, at_s=0.1 * n, links=WAY) for n in range(MOST_NUMBERS + 50)]
    desk.take(found(0, at_s=0.0, number=one, links=(*links, *WAY)), *many[1:])
    (incident,) = desk.correlator.state.zones[CALLS].calls.incidents.values()
    assert len(incident.numbers) == MOST_NUMBERS
    assert len(incident.links) <= MOST_LINKS
    assert all(len(share.best) <= MOST_NUMBERS for share in incident.shares.values())


def test_it_closes_when_nothing_more_comes_and_is_forgotten(desk: Desk, found: Finder) -> None:
    one = "h-" + 24 * "a"
    desk.take(found(1, number=one), found(2, number=one, **RATE), found(3))
    alerts = desk.take(until_s=90_000).alerts
    assert (alerts[-1].status, alerts[-1].closed_because) == ("closed", "silent")
    assert desk.correlator.state.zones[CALLS].calls.incidents == {}


def revisions(findings: list[Finding], cut: int | None = None) -> list[Alert]:
    desk, alerts = Desk(), list[Alert]()
    for n, finding in enumerate(findings):
        alerts += desk.take(finding, until_s=finding.rx_ts / 1000 - 1_748_880_000).alerts
        if n == cut:
            desk = desk.again()
    return alerts + desk.take(until_s=90_000).alerts


def test_alerts_do_not_depend_on_batches_or_restarts(found: Finder) -> None:
    numbers = ["h-" + 24 * letter for letter in "abc"]
    findings = [
        found(n, number=numbers[n % 3], links=WAY, **(RATE if n % 4 == 3 else {}))
        for n in range(24)
    ]
    whole = Desk()
    expected = whole.take(*findings).alerts + whole.take(until_s=90_000).alerts
    assert len(expected) > 2
    assert revisions(findings) == expected
    for cut in range(len(findings)):
        assert revisions(findings, cut) == expected


def test_the_order_of_links_does_not_matter(found: Finder) -> None:
    links = ("prefix:8610555/12", "trunk:gw-1", "cell:lte-1", "sender:106", "region:21")
    states = []
    for order in itertools.permutations(links):
        desk = Desk()
        desk.take(*(found(n, at_s=7_001.0 * n, links=order) for n in range(6)))
        campaigns = desk.correlator.state.zones[CALLS].calls.incidents.values()
        states.append([(list(one.links), list(one.numbers)) for one in campaigns])
    assert all(state == states[0] for state in states)


def test_alert_ids_do_not_depend_on_pseudonyms(found: Finder) -> None:
    ids = set()
    for letter in "ab":
        number = "h-" + 24 * letter
        calls = [found(1, number=number), found(2, number=number, **RATE)]
        ids.add(last(Desk().take(*calls).alerts).alert_id)
    assert len(ids) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_order_of_delivery_does_not_matter(order: tuple[int, ...], found: Finder) -> None:
    one = "h-" + 24 * "a"
    # Each from a partition of its own, so that none is taken for a repeat.
    sources = [Source("call.signalling", n, n, -1) for n in range(4)]
    findings = [
        found(n, number=one, source=source, **(RATE if n % 2 else {}))
        for n, source in enumerate(sources)
    ]
    expected = Desk().take(*findings, end=True).alerts
    assert [alert.reports for alert in expected] == [2, 4]
    assert Desk().take(*(findings[at] for at in order), end=True).alerts == expected
