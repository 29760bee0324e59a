"""Whatever is forged and however much of it: what a correlator keeps is bounded, alerts stay."""

from typing import Any

import msgspec
import pytest

from detectors.context.zone_routing import PLACELESS
from detectors.correlate import arrival_queue
from detectors.correlate import correlator as correlator_module
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.state import state_of
from detectors.incident import incident_index
from detectors.incident.incident import Incident
from detectors.incident.incident_index import IncidentIndex
from detectors.model.finding import Place, Source
from detectors.rules.phantom_sms.rule import PhantomSms
from detectors.rules.sample_town import T0

SOURCE = ("cell.measurements", 0)


def test_forged_identities_make_no_more_incidents_than_a_zone_holds(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incident_index, "MOST_INCIDENTS", 64)
    one = make.correlator()
    for number in range(1000):
        claimed = make.claimed(area=number + 1, cell=number + 1)
        finding = make.finding(number, at_s=number / 100, claimed=claimed)
        one.take(msgspec.structs.replace(finding, source=Source(*SOURCE, number, -1)))
    make.mark(one, 100.0)
    one.advance()
    held = [len(zone.incidents) for zone in one.state.zones.values()]
    assert 0 < max(held) <= 64
    newest = max(i.newest_rx for zone in one.state.zones.values() for i in zone.incidents)
    assert newest == T0 + 9_990


def test_incidents_with_alerts_go_last() -> None:
    index = IncidentIndex([])
    for number in range(incident_index.MOST_INCIDENTS + 1):
        incident = Incident("z", "z", number, number, number, number)
        incident.newest_rx = number
        incident.alert_id = "a" if number == 0 else None
        index.begin(incident)
    assert len(index) == incident_index.MOST_INCIDENTS * 7 // 8 + 1
    assert next(iter(index)).alert_id == "a"
    numbers = [incident.number for incident in index]
    assert numbers == sorted(set(numbers))


def test_forged_places_make_no_more_zones_than_a_correlator_holds(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correlator_module, "MOST_ZONES", 32)
    monkeypatch.setattr(correlator_module, "_MOST_ROUTES", 16)
    one = make.correlator()
    home = make.finding(0, who="home")
    records = [home] * 3
    records += [
        make.finding(0, place=Place(-60.0 + number % 120, -170.0 + 1.3 * number, accuracy_m=20.0))
        for number in range(250)
    ]
    for number, record in enumerate(records):
        at_ms = T0 + (number * 70_000 if number < 3 else 200_000 + number * 1_000)
        source = Source(*SOURCE, number, -1)
        one.take(msgspec.structs.replace(record, rx_ts=at_ms, ts=at_ms, source=source))
    make.mark(one, 600.0)
    one.advance()
    assert 0 < len(one.state.zones) <= 32
    assert one.state.zones.keys() == one._zones.keys()
    assert {zone for zone, _ in one._rules._states} <= one.state.zones.keys()
    # Where something came for minutes is kept before where it came once.
    minutes = {name: zone.age.minutes for name, zone in one.state.zones.items()}
    assert minutes.pop(PLACELESS) > 3
    assert max(minutes.values()) >= 3
    restored = correlator_module.Correlator.restore(one.snapshot())
    assert restored.zones.keys() == one.state.zones.keys()


def test_what_waits_for_a_watermark_that_never_comes_is_bounded(make: Any) -> None:
    settings = IncidentSettings(cold_nats=0.0)
    one = correlator_module.Correlator((), settings, frozenset({SOURCE}), most_waiting=50)
    for number in range(200):
        finding = make.finding(number, at_s=float(number))
        one.take(msgspec.structs.replace(finding, source=Source(*SOURCE, number, -1)))
    one.advance()
    assert len(one.state.waiting) == 50
    # What arrived before those that were worked off is late, and counted.
    assert one.state.clock_ms > T0
    one.take(make.finding(3, at_s=1.0, source=Source(*SOURCE, 999, -1)))
    assert one.state.late == 1


@pytest.mark.parametrize("most", [None, 60])
def test_what_is_packed_while_it_waits_is_decided_as_if_it_were_not(
    make: Any, monkeypatch: pytest.MonkeyPatch, most: int | None
) -> None:
    """Also when it is stored and taken up in between."""
    settings = IncidentSettings(cold_nats=0.0)

    def decided() -> tuple[list[Any], bool]:
        state, alerts, was_packed = None, [], False
        for minute in range(4):
            one = correlator_module.Correlator(
                (), settings, frozenset({SOURCE}), state=state, most_waiting=most
            )
            for number in range(minute * 40, minute * 40 + 40):
                finding = make.finding(number % 9, at_s=float(number * 37 % 160))
                one.take(msgspec.structs.replace(finding, source=Source(*SOURCE, number, -1)))
            make.mark(one, 30.0 * minute)
            alerts += one.advance().alerts
            was_packed = was_packed or bool(one.state.later)
            state = state_of(one.parts())
            assert state.waits == one.state.waits
        return alerts, was_packed

    plain = decided()
    for name, many in (("_MOST_OPEN", 8), ("_KEPT_OPEN", 4), ("_IN_ONE", 5)):
        monkeypatch.setattr(arrival_queue, name, many)
    assert plain[0]
    assert decided() == (plain[0], True)
    assert not plain[1]


def test_parts_that_are_asked_for_one_at_a_time_are_the_same_and_leave_no_bytes_behind(
    make: Any,
) -> None:
    rule = PhantomSms()
    one = make.correlator((rule,))
    for observation in make.screen(rule, make.sms({}, {})).observations:
        one.take(observation)
    make.mark(one, 5.0)
    one.advance()
    # What a rule kept that is off by now.
    for zone in one.state.zones.values():
        zone.judgements["off"] = b"kept"
    found = dict(one.each_part())
    assert {tuple(zone.judgements) for zone in one.state.zones.values()} == {("off",)}
    assert found == one.parts()
    kept = state_of(found).zones.values()
    assert {name for zone in kept for name in zone.judgements} == {"off", rule.name}
