"""What becomes of an alert when more is known of its cell."""

from typing import Any

import msgspec
import pytest

from detectors.alert.record import Alert
from detectors.context.known_honest import KnownHonest
from detectors.correlate.revision import Reviser
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.zone import Zone, ZoneState
from detectors.incident.incident import Incident
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


def received(make: Any, area: int, from_s: int, to_s: int, east_m: float) -> list[Finding]:
    """A phone each four seconds that receives a cell of an area within 200 m of a place."""
    return [
        make.finding(
            1000 * area + at_s,
            float(at_s),
            weight=3.0,
            claimed=make.claimed(area=area),
            place=make.place(east_m + 200.0 * (at_s % 3 - 1), 200.0 * (at_s % 5 - 2)),
        )
        for at_s in range(from_s, to_s, 4)
    ]


@pytest.mark.parametrize(("east_m", "alerts"), [(250.0, 2), (1000.0, 3)])
def test_a_part_that_leaves_an_alert_may_be_anothers_next_identity(
    make: Any, east_m: float, alerts: int
) -> None:
    """The one next door had taken area 2 for its own, which follows on area 1 by its place."""
    zone = Zone.of("zone", ZoneState(), KnownHonest())
    known = make.incident(received(make, 1, 0, 200, 0.0))
    beside = make.incident(
        [*received(make, 3, 0, 500, 1800.0), *received(make, 2, 200, 500, east_m)]
    )
    for one, name in ((known, "known"), (beside, "beside")):
        one.alert_id = name
        zone.incidents.add(one)
    reviser, published = Reviser(IncidentSettings(cold_nats=0.0)), list[Alert]()
    for _ in range(4):
        published += reviser.revise(zone, beside, beside.last_rx)
        beside.last_rx += 31_000
        beside.taken += len(beside.reports)
    assert {tally.claimed for tally in beside.tallies} == {make.claimed(area=3)}
    assert len({one.alert_id for one in published} | {"known"}) == alerts
    assert any(tally.claimed == make.claimed(area=2) for tally in known.tallies) == (alerts == 2)


def test_where_nothing_is_usual_yet_the_same_is_less_likely(make: Any) -> None:
    def first(minutes: int) -> float:
        """The probability at which an alert opens after so many minutes with a report each."""
        correlator = make.correlator(cold_nats=6.0, cold_minutes=10)
        weak = {"weight": 0.1, "place": make.place(3000.0)}
        for minute in range(minutes):
            correlator.take(make.finding(500 + minute, 60.0 * minute, **weak))
        for number, finding in enumerate(taken_by_it(make)):
            rx = finding.rx_ts + 60_000 * minutes
            source = msgspec.structs.replace(finding.source, offset=900 + number)
            correlator.take(msgspec.structs.replace(finding, ts=rx, rx_ts=rx, source=source))
        make.mark(correlator, 60.0 * minutes + 100.0)
        return float(max(alert.probability for alert in correlator.advance().alerts))

    assert first(1) < first(5) < first(12) == first(15)


def its_and_a_strays(make: Any) -> tuple[Identity, Incident]:
    """What is left of a transmitter, and as many phones of the same moments that found more."""
    its, others = make.claimed(area=61001, cell=7), make.claimed(area=62000, cell=8)
    one = make.incident(
        [
            *(make.finding(n, float(n), claimed=its, weight=1.0) for n in range(3)),
            *(make.finding(50 + n, n + 0.5, claimed=others) for n in range(3)),
        ]
    )
    one.peak, one.peak_about, one.likely = 3.0, str(its), True
    return its, one


def test_an_alert_is_about_what_its_highest_odds_were_about(make: Any) -> None:
    its, one = its_and_a_strays(make)
    one.alert_id = "known"
    zone = Zone.of("zone", ZoneState(), KnownHonest())
    (alert,) = Reviser(IncidentSettings(cold_nats=0.0)).revise(zone, one, one.last_rx)
    assert (alert.status, set(alert.identities)) == ("update", {its})
    assert one.peak == 3.0


def test_a_zone_that_sees_it_too_weighs_it_as_its_own_does(make: Any) -> None:
    odds = []
    for owner in ("zone", "another"):
        _, one = its_and_a_strays(make)
        one.owner, one.alert_id = owner, "known" if owner == "zone" else None
        zone = Zone.of("zone", ZoneState(), KnownHonest())
        Reviser(IncidentSettings(cold_nats=0.0)).revise(zone, one, one.last_rx)
        odds.append((one.named_odds, one.peak, one.peak_about))
    assert odds[0] == odds[1]


def test_of_two_that_are_as_sure_as_can_be_the_one_known_before_stays(make: Any) -> None:
    def found(area: int, since_s: float) -> list[Finding]:
        names = ("unknown_old_area", "unknown_cell", "transient_cell", "held_back")
        return [
            make.finding(
                10 * area + n, since_s + n, detector=names[n % 4], claimed=make.claimed(area=area)
            )
            for n in range(48)
        ]

    zone = Zone.of("zone", ZoneState(), KnownHonest())
    one = make.incident(found(61001, 0.0))
    zone.incidents.add(one)
    reviser = Reviser(IncidentSettings(cold_nats=0.0))
    reviser.revise(zone, one, one.last_rx)
    known, highest = one.peak_about, one.peak
    assert str(make.claimed(area=61001)) == known
    for finding in [*found(62001, 10.5), *found(62001, 60.5)]:
        one.add(finding, finding.rx_ts)
    reviser.revise(zone, one, one.last_rx)
    assert (one.peak, one.peak_about) == (highest, known)
