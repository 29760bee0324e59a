"""The life of an alert: opened, updated, closed, acquitted; and which of them stay two."""

from itertools import pairwise
from typing import Any

import pytest

from detectors.alert.record import Alert
from detectors.context.zone_routing import PLACELESS, zones_for
from detectors.correlate.correlator import Correlator
from detectors.correlate.revision import STATUS
from detectors.correlate.settings import IncidentSettings
from detectors.model.finding import Finding, Source
from geo.earth.sphere import great_circle_m

DETECTORS = ("unknown_cell", "unknown_old_area")


def crowd(
    make: Any, count: int = 12, start_s: float = 0.0, every_s: float = 1.0, **over: Any
) -> list[Finding]:
    """Phones in turn, each reporting by one of two families."""
    return [
        make.finding(n, start_s + n * every_s, **{"detector": DETECTORS[n % 2], **over})
        for n in range(count)
    ]


def seconds(make: Any, alerts: list[Alert]) -> list[tuple[str, float]]:
    return [(alert.status, (alert.ts - make.t0_ms) / 1000) for alert in alerts]


def ids(alerts: list[Alert]) -> set[str]:
    return {alert.alert_id for alert in alerts}


def test_the_table_is_total() -> None:
    assert set(STATUS) == {
        (is_open, likely) for is_open in (False, True) for likely in (False, True)
    }


def test_opened_at_the_message_that_decides_updated_in_between_closed_when_due(make: Any) -> None:
    alerts = make.alerts(crowd(make, 40))
    opened, *updates, last, closed = seconds(make, alerts)
    assert opened == ("open", 6.0)  # the seventh phone: subscribers and devices aren't added up
    assert updates == [("update", 16.0), ("update", 26.0), ("update", 36.0)]
    assert last == ("update", 39.0)
    assert closed == ("closed", 39.0 + 1800.0)
    assert len(ids(alerts)) == 1


def test_after_a_while_updates_come_less_often(make: Any) -> None:
    published = seconds(make, make.alerts(crowd(make, 200)))
    gaps = [b - a for (_, a), (_, b) in pairwise(published[:-1])]
    assert gaps[:12] == [10.0] * 12
    assert set(gaps[12:-1]) == {30.0}


def test_a_revision_is_never_dated_before_the_one_that_it_follows(make: Any) -> None:
    # What is weak puts no closing off, yet revisions rest on it too.
    weak = [make.finding(100 + n, 41.0 + 7 * n, weight=0.3) for n in range(9)]
    published = make.alerts([*crowd(make, 40), *weak])
    assert seconds(make, published)[-2] == ("update", weak[-1].rx_ts / 1000 - make.t0_ms / 1000)
    assert all(before.ts <= after.ts for before, after in pairwise(published))
    assert published[-1].ts == make.t0_ms + (39 + 1800) * 1000


def test_the_settings_give_how_often(make: Any) -> None:
    over = {"update_every_s": 3.0, "calm_after_s": 6.0, "calm_update_every_s": 5.0}
    alerts = make.decided(crowd(make, 24), close_after_s=60.0, **over).alerts
    published = [at for _, at in seconds(make, alerts)]
    assert published == [6.0, 9.0, 12.0, 17.0, 22.0, 23.0, 83.0]


def test_new_evidence_puts_the_closing_off(make: Any) -> None:
    late = make.finding(99, at_s=1000.0)
    published = seconds(make, make.alerts([*crowd(make), late]))
    assert published[-1] == ("closed", 2800.0)


def test_a_closing_comes_at_its_due_time_however_late_it_is_asked_for(make: Any) -> None:
    for until_s in (1811.001, 1e6):
        (*_, closed) = make.alerts(crowd(make), until_s)
        assert seconds(make, [closed]) == [("closed", 1811.0)]
    assert make.alerts(crowd(make), 1811.0)[-1].status == "update"


def test_candidates_are_forgotten_silently(make: Any) -> None:
    correlator = make.correlator()
    for finding in crowd(make, 2):
        correlator.take(finding)
    make.mark(correlator, 1000.0)
    assert correlator.advance().alerts == []
    placed = [zone for name, zone in correlator.state.zones.items() if name != PLACELESS]
    assert {len(zone.incidents) for zone in placed} == {1}
    make.mark(correlator, 2000.0)
    assert correlator.advance().alerts == []
    assert {len(zone.incidents) for zone in placed} == {0}


def test_a_first_burst_and_one_ten_minutes_later_are_one_transmitter(make: Any) -> None:
    alerts = make.alerts([*crowd(make), *crowd(make, start_s=600.0)])
    assert len(ids(alerts)) == 1
    assert [a.status for a in alerts].count("closed") == 1


def test_after_an_hour_it_is_another_alert(make: Any) -> None:
    assert len(ids(make.alerts([*crowd(make), *crowd(make, start_s=3600.0)]))) == 2


def test_a_hop_to_another_lac_stays_one(make: Any) -> None:
    hops = [
        finding
        for hop in range(4)
        for finding in crowd(
            make,
            start_s=120.0 * hop,
            claimed=make.claimed(area=61001 + hop),
            place=make.place(150.0 * hop),
        )
    ]
    alerts = make.alerts(hops)
    assert len(ids(alerts)) == 1
    assert [i.area for i in alerts[-1].identities] == [61004, 61003, 61002, 61001]


def test_two_transmitters_1500_m_apart_stay_two(make: Any) -> None:
    west = crowd(make, 24, claimed=make.claimed(area=61001))
    east = crowd(make, 24, claimed=make.claimed(area=62000), place=make.place(1500.0))
    mixed = [finding for pair in zip(west, east, strict=True) for finding in pair]
    alerts = make.alerts(mixed)
    assert len(ids(alerts)) == 2
    for alert in alerts:
        assert len(alert.identities) == 1
        lon = make.at(1500.0 if alert.identities[0].area == 62000 else 0.0)[1]
        assert alert.position is not None
        assert alert.position["lon"] == pytest.approx(lon, abs=0.004)


def test_late_news_is_placed_by_its_own_time(make: Any) -> None:
    captured = [
        make.finding(n, n * 1.0, late_s=400.0, detector="unknown_old_area", who=f"late{n}")
        for n in range(3)
    ]
    alerts = make.alerts([*crowd(make, start_s=60.0), *captured])
    assert len(ids(alerts)) == 1
    assert {alert.alert_id for alert in alerts} == ids(make.alerts(crowd(make, start_s=60.0)))
    assert alerts[0].first_seen > alerts[-1].first_seen == make.t0_ms
    assert alerts[-2].ts == make.t0_ms + 402_000


def test_the_core_acquits_and_the_alert_closes_at_once(make: Any) -> None:
    served = [make.observation(n, at_s=60.0 + n) for n in range(6)]
    alerts = make.alerts([*crowd(make), *served, *crowd(make, start_s=100.0)])
    # Three may be hostile, the fourth isn't.
    assert seconds(make, alerts)[-1] == ("closed", 63.0)
    assert alerts[-1].probability < 0.5
    assert alerts[-1].reports == 0


def test_two_subscribers_served_do_not_acquit(make: Any) -> None:
    served = [make.observation(n % 2, at_s=60.0 + n) for n in range(8)]
    assert seconds(make, make.alerts([*crowd(make), *served]))[-1] == ("closed", 1811.0)


def test_what_is_acquitted_beforehand_never_opens(make: Any) -> None:
    served = [make.observation(n, at_s=-10.0) for n in range(6)]
    assert make.alerts([*served, *crowd(make)]) == []


def test_an_alert_of_several_identities_outlives_the_acquittal_of_one(make: Any) -> None:
    other = crowd(make, start_s=80.0, claimed=make.claimed(area=62000))
    served = [make.observation(n, at_s=120.0) for n in range(6)]
    alerts = make.alerts([*crowd(make), *other, *served])
    assert [a.status for a in alerts][-2:] == ["update", "closed"]
    assert [i.area for i in alerts[-1].identities] == [62000]
    assert seconds(make, alerts)[-2] == ("update", 120.0)


def test_a_clone_is_not_hidden_by_a_hole_in_the_register_beside_it(make: Any) -> None:
    listed = make.claimed(rat="lte", area=4100, cell=1001)
    clone = crowd(make, claimed=listed, detector="impossible_distance", weight=3.0)
    clone += crowd(make, claimed=None, detector="phantom_sms", weight=2.0)
    hole = make.claimed(rat="lte", area=4100, cell=1999)
    served = [make.observation(n, -10.0, claimed=hole, values={"new_area": 0}) for n in range(3)]
    assert make.chance([*served, *clone]) > 0.5


@pytest.mark.parametrize(
    ("detectors", "kind"),
    [
        (("unknown_cell", "unknown_old_area"), "fake_base_station"),
        (("impossible_distance", "unknown_old_area"), "cloned_cell"),
        (("phantom_sms", "unknown_cell"), "sms_spammer"),
    ],
)
def test_the_kind(make: Any, detectors: tuple[str, str], kind: str) -> None:
    findings = [make.finding(n, n * 7.0, detector=detectors[n % 2], weight=3.0) for n in range(14)]
    assert make.alerts(findings)[-1].kind == kind


def test_evidence_is_the_weightiest_first_and_adds_up(make: Any) -> None:
    findings = crowd(make, 12)
    findings += [make.finding(50 + n, 12.0, detector="phantom_sms", weight=0.5) for n in range(2)]
    last = make.alerts(findings)[-1]
    assert ("phantom_sms", 2) in [(e.detector, e.count) for e in last.evidence]
    assert [e.weight for e in last.evidence] == sorted(e.weight for e in last.evidence)[::-1]
    assert sum(e.count for e in last.evidence) == last.reports == 14
    assert last.devices == 8
    assert all(e.first_ts <= e.last_ts and e.explanation for e in last.evidence)


def test_the_name_is_made_of_zone_identity_and_first_findings(make: Any) -> None:
    findings = crowd(make, 30)
    (name,) = ids(make.alerts(findings))
    assert len(name) == 32
    assert ids(make.alerts(findings[:20])) == {name}
    elsewhere = [Source("x", 7, n, -1) for n in range(30)]
    correlator = Correlator((), IncidentSettings(cold_nats=0.0), frozenset({make.source}))
    for n, source in enumerate(elsewhere):
        correlator.take(
            make.finding(n, n * 1.0, detector=DETECTORS[n % 2], who=f"w{n}", source=source)
        )
    make.mark(correlator, 1e5)
    assert ids(correlator.advance().alerts) == {name}
    assert ids(make.alerts(crowd(make, 30, claimed=make.claimed(area=62000)))) != {name}
    assert ids(make.alerts(crowd(make, 30, start_s=1.0))) != {name}


def border(make: Any) -> float:
    """Metres east of the site at which another zone begins."""
    own = zones_for(make.finding())[0]
    return next(
        float(east_m)
        for east_m in range(0, 200_000, 500)
        if zones_for(make.finding(place=make.place(east_m)))[0] != own
    )


@pytest.mark.parametrize("side_m", [-10_000.0, 10_000.0])
def test_near_a_border_both_zones_see_it_and_one_publishes(make: Any, side_m: float) -> None:
    place = make.place(border(make) + side_m)
    findings = crowd(make, 24, place=place)
    zones = zones_for(findings[0])
    assert len(zones) >= 2
    alerts = make.alerts(findings)
    assert len(ids(alerts)) == 1

    def alerts_of(zone: str) -> list[Alert]:
        correlator = Correlator(
            (), IncidentSettings(cold_nats=0.0), frozenset({make.source}), is_ours=zone.__eq__
        )
        for finding in findings:
            correlator.take(finding)
        make.mark(correlator, 1e7)
        return correlator.advance().alerts

    assert alerts_of(zones[0]) == alerts
    assert [alerts_of(zone) for zone in zones[1:]] == [[] for _ in zones[1:]]


def test_a_drive_across_the_border_keeps_its_name(make: Any) -> None:
    start_m = border(make) - 4000.0
    drive = [
        finding
        for n in range(60)
        for finding in [
            make.finding(
                n, 15.0 * n, detector=DETECTORS[n % 2], place=make.place(start_m + 150.0 * n)
            )
        ]
    ]
    assert len({zones_for(finding)[0] for finding in drive}) == 2
    alerts = make.alerts(drive)
    assert len(ids(alerts)) == 1
    assert alerts[-1].track is not None
    assert len(alerts[-1].track) > 10
    # One report each fifteen seconds shows the way that it went, if not always a speed.
    published = [alert for alert in alerts if alert.speed_mps is not None]
    assert all(alert.bearing_deg == pytest.approx(90, abs=45) for alert in published)
    (_, lat, lon), (_, last_lat, last_lon) = alerts[-1].track[0], alerts[-1].track[-1]
    assert great_circle_m(lat, lon, last_lat, last_lon) > 6000.0
