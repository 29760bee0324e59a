"""Verdicts: what teams found closes alerts, mutes identities at their place, or changes nothing.

Long because every verdict is tried on the same zone of alerts.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from detectors.alert.record import Alert
from detectors.context.muting import muted
from detectors.context.muting.mute import Mute
from detectors.context.verdicts import observations
from detectors.context.zone_routing import EVERYWHERE, zones_for
from detectors.correlate.correlator import Correlator
from detectors.model.finding import Finding, Observation, Source
from detectors.model.rare_messages import Feedback

DAY_S = 86_400.0


def crowd(make: Any, at_s: float = 0.0, east_m: float = 0.0, **over: Any) -> list[Finding]:
    """Five phones of two families, a second apart, around a place: an alert, where nothing mutes it
    (the fourth phone opens it)."""
    return [
        make.finding(
            0,
            at_s + number // 2,
            detector=("unknown_cell", "unknown_old_area")[number % 2],
            who=f"d{number // 2}",
            **{"weight": 3.0, "place": make.place(east_m + 40.0 * (number // 2 - 2)), **over},
        )
        for number in range(10)
    ]


def verdict(make: Any, alert_id: str, kind: str, at_s: float, **over: Any) -> Observation:
    """What a team reports of an alert."""
    rx_ts = make.t0_ms + round(at_s * 1000)
    (observation,) = observations(
        [
            Feedback(
                rx_ts=rx_ts, source=Source("x", 0, 0, -1), alert_id=alert_id, verdict=kind, **over
            )
        ]
    )
    return observation


def correlator_after(
    make: Any, records: Sequence[Finding | Observation], until_s: float
) -> tuple[Correlator, Any]:
    correlator = make.correlator()
    for number, record in enumerate(records):
        source = Source(*make.source, number, -1)  # type: ignore[call-arg]
        correlator.take(msgspec.structs.replace(record, source=source))
    make.mark(correlator, until_s)
    return correlator, correlator.advance().alerts


@pytest.fixture(scope="module")
def name(make: Any) -> str:
    """The alert that `crowd` makes."""
    alert_id: str = make.alerts(crowd(make))[0].alert_id
    return alert_id


def story(alerts: Sequence[Alert], t0_ms: int) -> list[tuple[str, float]]:
    return [(alert.status, (alert.ts - t0_ms) / 1000) for alert in alerts]


@pytest.mark.parametrize("kind", ["false_alarm", "legitimate_cell"])
def test_an_honest_verdict_closes_the_alert_at_once(make: Any, name: str, kind: str) -> None:
    alerts = make.alerts([*crowd(make), verdict(make, name, kind, 60.0)])
    assert story(alerts, make.t0_ms)[-1] == ("closed", 60.0)
    assert (alerts[-1].alert_id, alerts[-1].verdict) == (name, kind)
    assert alerts[-1].headline.startswith("Ruled out by a field team: rogue base station within")
    assert [alert.revision for alert in alerts] == list(range(1, len(alerts) + 1))
    # Its evidence makes nobody sure any more: not in words, nor as a figure.
    assert "sure" not in alerts[-1].headline
    assert alerts[-2].probability > 0.6
    assert alerts[-1].probability < 0.05
    assert alerts[-1].severity == "info"
    assert alerts[-1].hypotheses[0].name != "rogue_station"


@pytest.mark.parametrize(
    ("kind", "role", "mute_s"),
    [
        ("false_alarm", None, DAY_S),
        ("false_alarm", "dispatcher", DAY_S),
        ("legitimate_cell", "dispatcher", 30 * DAY_S),
        ("legitimate_cell", "field", DAY_S),
        ("legitimate_cell", None, DAY_S),
    ],
)
def test_its_identity_is_muted_there_for_so_long(
    make: Any, name: str, kind: str, role: str | None, mute_s: float
) -> None:
    ruled_out = [*crowd(make), verdict(make, name, kind, 60.0, role=role)]
    within = make.alerts([*ruled_out, *crowd(make, 70.0), *crowd(make, 60.0 + mute_s - 20.0)])
    assert {alert.alert_id for alert in within} == {name}
    after = make.alerts([*ruled_out, *crowd(make, 60.0 + mute_s)])
    assert len({alert.alert_id for alert in after}) == 2


@pytest.mark.parametrize("kind", ["false_alarm", "legitimate_cell"])
def test_a_verdict_that_is_taken_back_mutes_nothing_any_more(
    make: Any, name: str, kind: str
) -> None:
    ruled_out = [*crowd(make), verdict(make, name, kind, 60.0)]
    withdrawn = verdict(make, name, kind, 65.0, withdrawn=True)
    again = make.alerts([*ruled_out, withdrawn, *crowd(make, 70.0)])
    assert len({alert.alert_id for alert in again}) == 2
    assert again[-1].verdict is None
    anew = verdict(make, name, kind, 67.0)
    assert {
        alert.alert_id for alert in make.alerts([*ruled_out, withdrawn, anew, *crowd(make, 70.0)])
    } == {name}


def test_a_confirmation_that_is_taken_back_lets_the_alert_live_as_long_as_any(
    make: Any, name: str
) -> None:
    confirmed = [*crowd(make), verdict(make, name, "confirmed", 10.0)]
    _, soon = correlator_after(make, confirmed, 1000.0)
    assert soon[-1].status == "closed"
    back = verdict(make, name, "confirmed", 20.0, withdrawn=True)
    _, alerts = correlator_after(make, [*confirmed, back], 1000.0)
    assert "closed" not in [alert.status for alert in alerts]


def test_elsewhere_it_alerts_as_ever(make: Any, name: str) -> None:
    ruled_out = [*crowd(make), verdict(make, name, "false_alarm", 60.0)]
    near = make.alerts([*ruled_out, *crowd(make, 100.0, east_m=700.0)])
    far = make.alerts([*ruled_out, *crowd(make, 100.0, east_m=1300.0)])
    assert {alert.alert_id for alert in near} == {name}
    assert len({alert.alert_id for alert in far}) == 2
    assert far[-1].identities == near[0].identities


def test_another_identity_there_alerts_as_ever(make: Any, name: str) -> None:
    ruled_out = [*crowd(make), verdict(make, name, "false_alarm", 60.0)]
    other = crowd(make, 100.0, claimed=make.claimed(area=61002, cell=8))
    assert len({alert.alert_id for alert in make.alerts([*ruled_out, *other])}) == 2


def test_phones_farther_off_than_the_radius_open_no_alert_of_what_stands_within(
    make: Any, name: str
) -> None:
    """They receive a cell kilometres away, so it is where the cell would be that counts."""
    around = [(1500.0, 0.0), (-1500.0, 0.0), (0.0, 1500.0), (0.0, -1500.0), (1100.0, 1100.0)]
    ring = [
        msgspec.structs.replace(finding, place=make.place(*around[number // 2]))
        for number, finding in enumerate(crowd(make, 100.0))
    ]
    assert make.alerts(ring)
    ruled_out = [*crowd(make), verdict(make, name, "false_alarm", 60.0)]
    assert {alert.alert_id for alert in make.alerts([*ruled_out, *ring])} == {name}


def test_feedback_may_set_how_long_and_how_far(make: Any, name: str) -> None:
    until_ms = make.t0_ms + 500_000
    far = {"mute_until_ts": until_ms, "mute_radius_m": 3000.0, "role": "dispatcher"}
    given = verdict(make, name, "false_alarm", 60.0, **far)
    ruled_out = [*crowd(make), given]
    assert len(make.alerts([*ruled_out, *crowd(make, 480.0, 2500.0)])) == len(
        make.alerts(ruled_out)
    )
    again = make.alerts([*ruled_out, *crowd(make, 500.0)])
    assert len({alert.alert_id for alert in again}) == 2


@pytest.mark.parametrize(
    ("role", "most_s", "most_m"),
    [(None, DAY_S, 1000.0), ("field", DAY_S, 1000.0), ("admin", 30 * DAY_S, 5000.0)],
)
def test_no_verdict_mutes_longer_or_farther_than_its_role_may(
    make: Any, name: str, role: str | None, most_s: float, most_m: float
) -> None:
    until_ms = make.t0_ms + 4_000_000_000_000
    given = {"mute_until_ts": until_ms, "mute_radius_m": 50_000.0, "role": role}
    ruled_out = [*crowd(make), verdict(make, name, "false_alarm", 60.0, **given)]
    correlator, _ = correlator_after(make, ruled_out, 100.0)
    mutes = [
        mute
        for zone in correlator.state.known.verdicts.muted.zones.values()
        for some in zone.values()
        for mute in some
    ]
    assert mutes
    assert {mute.radius_m for mute in mutes} == {most_m}
    assert {mute.until_ms for mute in mutes} == {make.t0_ms + 60_000 + int(most_s * 1000)}


def test_a_dispatcher_who_agrees_makes_a_teams_mute_longer(make: Any, name: str) -> None:
    ruled_out = [*crowd(make), verdict(make, name, "legitimate_cell", 60.0, role="field")]
    later = crowd(make, 10 * DAY_S)
    assert len({alert.alert_id for alert in make.alerts([*ruled_out, *later])}) == 2
    again = verdict(make, name, "legitimate_cell", 90.0, role="field")
    assert len({alert.alert_id for alert in make.alerts([*ruled_out, again, *later])}) == 2
    agreed = verdict(make, name, "legitimate_cell", 90.0, role="dispatcher")
    assert {alert.alert_id for alert in make.alerts([*ruled_out, agreed, *later])} == {name}


def test_a_verdict_that_was_taken_back_is_not_given_again_by_its_copy(make: Any, name: str) -> None:
    given = verdict(make, name, "legitimate_cell", 60.0, role="admin")
    withdrawn = verdict(make, name, "legitimate_cell", 65.0, withdrawn=True)
    found = crowd(make, 70.0)
    correlator, _ = correlator_after(make, [*crowd(make), given, withdrawn], 66.0)
    # Somebody sends the console's own record again, word for word.
    again = Source(*make.source, 99, -1)  # type: ignore[call-arg]
    correlator.take(msgspec.structs.replace(given, source=again))
    for number, finding in enumerate(found):
        source = Source(*make.source, 100 + number, -1)  # type: ignore[call-arg]
        correlator.take(msgspec.structs.replace(finding, source=source))
    make.mark(correlator, 200.0)
    assert {alert.alert_id for alert in correlator.advance().alerts} - {name}


def test_a_mute_that_is_over_already_is_none(make: Any, name: str) -> None:
    given = verdict(make, name, "false_alarm", 60.0, mute_until_ts=make.t0_ms)
    alerts = make.alerts([*crowd(make), given, *crowd(make, 100.0)])
    assert len({alert.alert_id for alert in alerts}) == 2


def test_a_verdict_given_elsewhere_mutes_there_as_well(make: Any, name: str) -> None:
    lat, lon = make.at(3000.0)
    given = verdict(make, name, "legitimate_cell", 60.0, lat=lat, lon=lon)
    ruled_out = [*crowd(make), given]
    for east_m, ids in ((0.0, 1), (3000.0, 1), (1500.0, 2)):
        alerts = make.alerts([*ruled_out, *crowd(make, 100.0, east_m)])
        assert len({alert.alert_id for alert in alerts}) == ids


def test_without_any_place_the_identity_alone_is_muted(make: Any) -> None:
    placeless = crowd(make, place=None)
    alert_id = make.alerts(placeless)[0].alert_id
    ruled_out = [*placeless, verdict(make, alert_id, "false_alarm", 60.0)]
    again = make.alerts([*ruled_out, *crowd(make, 100.0, place=None)])
    assert {alert.alert_id for alert in again} == {alert_id}
    assert len({a.alert_id for a in make.alerts([*ruled_out, *crowd(make, 100.0)])}) == 2


def test_of_an_alert_without_identity_its_findings_are_muted(make: Any) -> None:
    nameless = crowd(make, claimed=None)
    alert_id = make.alerts(nameless)[0].alert_id
    ruled_out = [*nameless, verdict(make, alert_id, "false_alarm", 60.0)]
    again = make.alerts([*ruled_out, *crowd(make, 100.0, claimed=None)])
    assert {alert.alert_id for alert in again} == {alert_id}
    assert len({a.alert_id for a in make.alerts([*ruled_out, *crowd(make, 100.0)])}) == 2


def test_a_confirmed_alert_closes_soon_after_its_newest_evidence(make: Any, name: str) -> None:
    given = verdict(make, name, "confirmed", 60.0)
    alerts = make.alerts([*crowd(make), given, make.finding(0, 200.0, who="d0", weight=3.0)])
    assert story(alerts, make.t0_ms)[-1] == ("closed", 500.0)
    assert alerts[-1].headline.startswith("No longer heard:")
    assert [alert.verdict for alert in alerts][-2:] == ["confirmed", "confirmed"]


def test_but_not_before_it_was_confirmed(make: Any, name: str) -> None:
    alerts = make.alerts([*crowd(make), verdict(make, name, "confirmed", 1000.0)])
    assert story(alerts, make.t0_ms)[-1] == ("closed", 1000.0)
    again = make.alerts(
        [*crowd(make), verdict(make, name, "confirmed", 1000.0), *crowd(make, 1100.0)]
    )
    assert len({alert.alert_id for alert in again}) == 2


def test_not_found_changes_nothing_and_is_published(make: Any, name: str) -> None:
    later = make.finding(0, 200.0, who="d0", weight=3.0)
    plain = make.alerts([*crowd(make), later])
    alerts = make.alerts([*crowd(make), verdict(make, name, "not_found", 60.0), later])
    assert [alert.verdict for alert in alerts][-2:] == ["not_found", "not_found"]
    assert [msgspec.structs.replace(alert, verdict=None) for alert in alerts] == plain


def test_a_verdict_on_nobodys_alert_is_counted_and_does_nothing(make: Any) -> None:
    correlator, alerts = correlator_after(
        make, [*crowd(make), verdict(make, "0" * 32, "false_alarm", 60)], 90
    )
    assert alerts == make.alerts(crowd(make), 90.0)
    verdicts = correlator.state.known.verdicts
    assert (verdicts.taken, verdicts.repeated, verdicts.unknown) == (0, 0, 1)
    assert verdicts.muted.zones == {}


def test_two_consoles_with_the_same_verdict_are_one(make: Any, name: str) -> None:
    once = [*crowd(make), verdict(make, name, "false_alarm", 60.0)]
    twice = [*once, verdict(make, name, "false_alarm", 61.0)]
    (one, first), (two, second) = (correlator_after(make, each, 1e5) for each in (once, twice))
    assert first == second
    assert two.state.known.verdicts.muted == one.state.known.verdicts.muted
    assert (two.state.known.verdicts.taken, two.state.known.verdicts.repeated) == (1, 1)


def test_after_an_alert_has_closed_by_itself_a_verdict_still_mutes(make: Any, name: str) -> None:
    late = [*crowd(make), verdict(make, name, "legitimate_cell", 4000.0)]
    alerts = make.alerts([*late, *crowd(make, 5000.0)])
    assert {alert.alert_id for alert in alerts} == {name}
    assert story(alerts, make.t0_ms)[-1] == ("closed", 1804.0)


def test_a_false_alarm_that_was_an_honest_cell_is_muted_for_longer(make: Any, name: str) -> None:
    given = [
        verdict(make, name, "false_alarm", 60.0),
        verdict(make, name, "legitimate_cell", 70.0, role="admin"),
    ]
    alerts = make.alerts([*crowd(make), *given, *crowd(make, 10 * DAY_S)])
    assert {alert.alert_id for alert in alerts} == {name}


def test_what_is_confirmed_after_all_is_muted_no_longer(make: Any, name: str) -> None:
    given = [verdict(make, name, "false_alarm", 60.0), verdict(make, name, "confirmed", 70.0)]
    correlator, alerts = correlator_after(make, [*crowd(make), *given, *crowd(make, 100.0)], 110.0)
    assert len({alert.alert_id for alert in alerts}) == 2
    assert correlator.state.known.verdicts.muted.zones == {}


def test_a_verdict_that_arrives_with_the_alert_finds_it(make: Any, name: str) -> None:
    opened_ms = make.alerts(crowd(make))[0].ts
    at_s = (opened_ms - make.t0_ms) / 1000
    alerts = make.alerts([*crowd(make), verdict(make, name, "false_alarm", at_s)])
    assert story(alerts, make.t0_ms) == [("open", at_s), ("closed", at_s)]


def test_what_names_no_alert_or_gives_no_verdict_makes_no_observation(make: Any) -> None:
    common: dict[str, Any] = {"rx_ts": make.t0_ms, "source": Source("x", 0, 0, -1)}
    feedback = [
        Feedback(**common, verdict="confirmed"),
        Feedback(**common, alert_id="0" * 32),
        Feedback(**common, alert_id="0" * 32, verdict="confirmed", lat=1.0, lon=2.0),
    ]
    (observation,) = observations(feedback)
    assert zones_for(observation) == (EVERYWHERE,)


def test_mutes_are_bounded_and_the_shortest_goes_first(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(muted, "_MOST", 3)
    mutes = muted.Muted()
    for number in (5, 1, 4, 2, 3):
        subject = make.claimed(area=number), ""
        mutes.add("z", Mute(f"a{number}", subject, [make.at()], 1000.0, number * 100), 0)
    left = {m.alert_id for some in mutes.zones["z"].values() for m in some}
    assert left == {"a3", "a4", "a5"}
    mutes.add("z", Mute("a9", (make.claimed(), ""), [], 1000.0, 900), 450)
    assert {m.alert_id for some in mutes.zones["z"].values() for m in some} == {"a5", "a9"}


def test_state_with_verdicts_can_be_stored_and_restored(make: Any, name: str) -> None:
    records = [*crowd(make), verdict(make, name, "false_alarm", 60.0)]
    correlator, _ = correlator_after(make, records, 100.0)
    stored = Correlator.restore(correlator.snapshot())
    assert make.correlator().snapshot() != correlator.snapshot() == msgspec.msgpack.encode(stored)
    assert stored.known.verdicts.past[zones_for(records[0])[0]][0].alert_id == name


def test_a_neighbouring_zone_that_sees_the_alert_mutes_it_too(make: Any) -> None:
    """Else phones just over the border would open it again, but only where two correlators
    share."""
    low, high = 0.0, 100_000.0
    home = zones_for(make.finding())[0]
    while high - low > 10.0:
        middle = (low + high) / 2
        inside = zones_for(make.finding(place=make.place(middle)))[0] == home
        low, high = (middle, high) if inside else (low, middle)
    here, there = crowd(make, east_m=low - 400.0), crowd(make, 4000.0, east_m=high + 400.0)
    assert {zones_for(finding)[0] for finding in here} == {home}
    assert home not in {zones_for(finding)[0] for finding in there}
    alert_id = make.alerts(here)[0].alert_id
    assert len({a.alert_id for a in make.alerts([*crowd(make, east_m=-50_000.0), *there])}) == 2
    alerts = make.alerts([*here, verdict(make, alert_id, "false_alarm", 60.0), *there])
    assert {alert.alert_id for alert in alerts} == {alert_id}
