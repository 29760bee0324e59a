"""Mutes that hold: what opens again near by under a ruled-out identity is closed with it, is shown,
and comes back once many more phones are harmed than the verdict explains."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from detectors.alert.record import Alert
from detectors.context.core_attestation import MOST_SERVED
from detectors.context.muting.mute import Mute, held
from detectors.context.muting.muted import Muted
from detectors.correlate.correlator import Correlator
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.state import CorrelatorState
from detectors.incident.association import Association
from detectors.model.finding import Finding, Observation, Source
from tests.detectors.context.test_verdicts import (
    DAY_S,
    correlator_after,
    crowd,
    name,
    verdict,
)

__all__ = ["name"]  # a fixture
OTHER = {"area": 61002, "cell": 8}


def victims(make: Any, count: int, at_s: float, within_s: float, **over: Any) -> list[Finding]:
    """So many phones that come back from the ruled-out area, evenly over a span of time."""
    return [
        make.finding(
            0,
            at_s + within_s * number / count,
            who=f"v{number}",
            **{
                "detector": "unknown_old_area",
                "weight": 3.0,
                "place": make.place(20.0 * (number % 9 - 4)),
                **over,
            },
        )
        for number in range(count)
    ]


def ids(alerts: Sequence[Alert]) -> list[str]:
    return list(dict.fromkeys(alert.alert_id for alert in alerts))


def ruled_out(make: Any, name: str, **over: Any) -> list[Finding | Observation]:
    return [*crowd(make), verdict(make, name, "false_alarm", 60.0, **over)]


#: By these two places 900 m apart are two transmitters', whatever they claim.
APART = Association(same_identity_m=300.0, speed_mps=0.1)


def circle(make: Any, since_s: float, east_m: float, **over: Any) -> list[Finding]:
    """Twelve phones of two families, a second apart."""
    return [
        make.finding(
            0,
            since_s + number,
            detector=detector,
            who=f"{since_s}-{number}",
            **{"weight": 3.0, "place": make.place(east_m + 30.0 * (number % 7 - 3)), **over},
        )
        for number in range(12)
        for detector in ("unknown_cell", "unknown_old_area")
    ]


def test_of_two_alerts_under_one_identity_both_close(make: Any) -> None:
    two = [*circle(make, 0.0, 0.0), *circle(make, 200.0, 900.0)]
    before = make.decided(two, 240.0, association=APART).alerts
    assert len(ids(before)) == 2
    first = ids(before)[0]
    given = verdict(make, first, "false_alarm", 260.0)
    after = make.decided([*two, given], 300.0, association=APART).alerts
    last = {alert.alert_id: alert for alert in after}
    assert [alert.status for alert in last.values()] == ["closed", "closed"]
    (other,) = (alert for alert in last.values() if alert.alert_id != first)
    assert (other.closed_because, other.verdict) == ("ruled_out", None)
    assert other.probability < 0.05
    assert other.ruled_out_before is not None
    assert other.ruled_out_before.alert_id == first
    assert other.headline.startswith("Ruled out earlier: rogue base station within")
    assert "; its identity was ruled out 0 min ago, " in other.headline


def test_one_that_goes_on_under_another_identity_too_is_not_ruled_out_when_it_falls_silent(
    make: Any,
) -> None:
    """The other alert has two identities, of which a team ruled out one elsewhere."""
    two = [
        *circle(make, 0.0, 0.0),
        *circle(make, 200.0, 900.0),
        *circle(make, 200.0, 900.0, claimed=make.claimed(**OTHER)),
    ]
    first = ids(make.decided(two, 240.0, association=APART).alerts)[0]
    given = verdict(make, first, "false_alarm", 260.0)
    *_, open_still, last = make.decided([*two, given], 4000.0, association=APART).alerts
    assert [one.alert_id == first for one in (open_still, last)] == [False, False]
    assert (open_still.status, last.status) == ("update", "closed")
    assert last.closed_because is None
    assert last.probability == open_still.probability > 0.65
    assert last.headline.startswith("No longer heard: rogue base station")


def test_of_findings_about_no_identity_those_of_the_ruled_out_detector_are_explained(
    make: Any,
) -> None:
    nameless = [
        make.finding(0, float(number), detector=detector, who=f"d{number}", claimed=None)
        for number in range(3)
        for detector in ("phantom_sms", "unknown_old_area")
    ]
    incident, muted = make.incident(nameless), Muted()
    now_ms = incident.newest_rx
    for detector, explained in (("phantom_sms", (0,)), ("unknown_old_area", (0, 1))):
        place = make.place()
        where = [(place.lat, place.lon)]
        muted.add("zone", Mute("a", (None, detector), where, 100.0, now_ms + 1), now_ms)
        assert muted.explained(incident, now_ms) == explained


def test_what_opens_under_another_identity_too_is_weighed_without_the_muted_one(
    make: Any, name: str
) -> None:
    """Some phones farther off still report the muted one: that adds nothing to three who report
    another, of whom alone nothing would come."""
    muted = crowd(make, 100.0, east_m=1400.0)
    few = crowd(make, 100.0, east_m=1400.0, claimed=make.claimed(**OTHER))[:4]
    assert not make.alerts(few)
    assert len(ids(make.alerts([*crowd(make), *muted, *few]))) >= 1
    assert ids(make.alerts([*ruled_out(make, name, mute_radius_m=1000.0), *few])) == [name]


def test_many_more_victims_than_it_explains_outweigh_it(make: Any, name: str) -> None:
    found = [*ruled_out(make, name), *victims(make, 200, 200.0, 600.0)]
    alerts = make.alerts(found)
    assert len(ids(alerts)) == 2
    opened = next(alert for alert in alerts if alert.alert_id != name)
    assert opened.probability > 0.65
    assert opened.ruled_out_before is not None
    assert opened.ruled_out_before.outweighed
    # All that was set aside counts from then on.
    assert opened.devices > 15
    assert "; its identity was ruled out " in opened.headline


def test_as_many_as_before_do_not(make: Any, name: str) -> None:
    """Two findings of harm within seconds are a pace of six in half an hour, four times as many and
    fifteen more are explained; more in a whole day are no more in half an hour."""
    many = victims(make, 30, 200.0, 1500.0)
    assert ids(make.alerts([*ruled_out(make, name), *many])) == [name]
    slow = victims(make, 600, 200.0, 80_000.0)
    assert ids(make.alerts([*ruled_out(make, name), *slow])) == [name]


def test_what_outweighs_a_verdict_does_not_outweigh_the_core_as_well(make: Any, name: str) -> None:
    """Either by itself is weighed as if the other weren't there."""
    many = victims(make, 180, 200.0, 600.0)
    served = [make.observation(1000 + number, 100.0) for number in range(MOST_SERVED)]
    assert len(ids(make.alerts([*ruled_out(make, name), *many]))) == 2
    assert make.alerts([*served, *many]) == []
    assert ids(make.alerts([*ruled_out(make, name), *served, *many])) == [name]


@pytest.mark.parametrize("claimed", [None, {"area": None, "cell": None, "arfcn": 87, "pci": 33}])
def test_what_has_no_area_is_set_aside_and_comes_back_too(
    make: Any, claimed: dict[str, int | None] | None
) -> None:
    about = None if claimed is None else make.claimed(**claimed)
    harmful = {"detector": "phantom_sms", "space": "device", "claimed": about}
    few, many = victims(make, 12, 0.0, 12.0, **harmful), victims(make, 180, 200.0, 600.0, **harmful)
    first = ids(make.alerts(few))[0]
    given = [*few, verdict(make, first, "false_alarm", 60.0)]
    assert ids(make.alerts([*given, *many[:60]])) == [first]
    opened = make.alerts([*given, *many])[-1]
    assert opened.alert_id != first
    assert opened.devices > 100


def test_phones_that_only_see_it_outweigh_nothing(make: Any, name: str) -> None:
    seen = victims(make, 200, 200.0, 600.0, detector="unknown_cell")
    assert ids(make.alerts([*ruled_out(make, name), *seen])) == [name]


@pytest.mark.parametrize(("role", "most"), [(None, 150), ("field", 240), ("dispatcher", None)])
def test_who_gave_it_bounds_what_it_explains(
    make: Any, name: str, role: str | None, most: int | None
) -> None:
    """A hundred victims within minutes, ruled out: as many again are explained by whoever looked
    and is known, and no more than 150 by anybody who says so."""
    busy = [*crowd(make), *victims(make, 100, 10.0, 400.0)]
    given = verdict(make, name, "false_alarm", 500.0, role=role)
    correlator, _ = correlator_after(make, [*busy, given], 600.0)
    known = [
        mute
        for zone in correlator.state.known.verdicts.muted.zones.values()
        for some in zone.values()
        for mute in some
    ]
    assert known
    pace = max(mute.holds["signalling"] for mute in known)
    assert pace == most if most is not None else pace > 400


def test_a_mute_that_was_outweighed_stays_so_until_it_is_ruled_out_again(
    make: Any, name: str
) -> None:
    found = [*ruled_out(make, name), *victims(make, 200, 200.0, 600.0)]
    opened = ids(make.alerts(found))[1]
    again = verdict(make, opened, "false_alarm", 900.0)
    later = victims(make, 100, 1000.0, 1000.0)
    alerts = make.alerts([*found, again, *later])
    assert ids(alerts) == [name, opened]
    assert alerts[-1].status == "closed"


def test_an_alert_beyond_the_radius_says_when_and_how_far_off_it_was_ruled_out(
    make: Any, name: str
) -> None:
    far = crowd(make, 7260.0, east_m=1700.0)
    opened = make.decided([*ruled_out(make, name), *far], 7300.0).alerts[-1]
    assert opened.alert_id != name
    assert opened.status != "closed"
    assert opened.ruled_out_before is not None
    assert (opened.ruled_out_before.alert_id, opened.ruled_out_before.verdict) == (
        name,
        "false_alarm",
    )
    assert opened.ruled_out_before.distance_m == pytest.approx(1700.0, abs=120.0)
    assert "; its identity was ruled out 2 h ago, 1.7 km away" in opened.headline
    other = make.alerts(
        [*ruled_out(make, name), *crowd(make, 200.0, claimed=make.claimed(**OTHER))]
    )
    assert other[-1].ruled_out_before is None


def test_a_verdict_that_is_over_or_taken_back_is_not_shown(make: Any, name: str) -> None:
    late = make.alerts([*ruled_out(make, name), *crowd(make, 70.0 + DAY_S, east_m=1700.0)])
    assert late[-1].ruled_out_before is None
    back = verdict(make, name, "false_alarm", 65.0, withdrawn=True)
    alerts = make.alerts([*ruled_out(make, name), back, *crowd(make, 70.0, east_m=1700.0)])
    assert alerts[-1].ruled_out_before is None


def test_a_mute_of_the_release_before_holds_and_is_not_dated(make: Any) -> None:
    old = {"alert_id": "a", "subject": [None, "phantom_sms"], "places": [], "radius_m": 5.0}
    mute = msgspec.convert({**old, "until_ms": 10}, Mute)
    assert mute.given_ms == 0
    assert mute.weigh([], 0)


def test_a_verdict_explains_some_phones_without_any_pace_and_no_more_than_its_most() -> None:
    assert set(held({}, None).values()) == {15}
    assert set(held({"sms": 10_000, "signalling": 10_000, "protocol": 10_000}, 240).values()) == {
        240
    }


def test_restarts_change_nothing(make: Any, name: str) -> None:
    """Stored and restored again and again, an outweighed mute gives the same alerts."""
    found = [*ruled_out(make, name), *victims(make, 120, 200.0, 300.0)]
    whole = make.decided(found, 600.0).alerts
    correlator, alerts = make.correlator(), list[Alert]()
    for number, record in enumerate(found):
        source = Source(*make.source, number, -1)  # type: ignore[call-arg]
        correlator.take(msgspec.structs.replace(record, source=source))
        if number % 20 == 19:
            make.mark(correlator, (record.rx_ts - make.t0_ms) / 1000)
            alerts += correlator.advance().alerts
            stored = msgspec.msgpack.encode(correlator.state)
            correlator = Correlator(
                (),
                IncidentSettings(cold_nats=0.0),
                frozenset({make.source}),
                state=msgspec.msgpack.decode(stored, type=CorrelatorState),
            )
    make.mark(correlator, 600.0)
    alerts += correlator.advance().alerts
    assert [(one.alert_id, one.revision, one.ts, one.headline) for one in alerts] == [
        (one.alert_id, one.revision, one.ts, one.headline) for one in whole
    ]
    assert len(ids(alerts)) == 2
