"""What is kept of an incident between findings is what would be derived of it anew; since when an
identity is reported."""

from functools import cached_property
from random import Random
from typing import Any

import msgspec
import pytest

from detectors.benign.harm import harmed_of, onlookers
from detectors.incident import incident as module
from detectors.incident.association import Association
from detectors.incident.fusion import FAMILIES, Fusion, enough_devices
from detectors.incident.identity_change import same_transmitter
from detectors.incident.incident import Incident
from detectors.model.finding import Finding

DETECTORS = ("unknown_cell", "unknown_old_area", "odd_level", "phantom_sms")
KEPT = [name for name, value in vars(Incident).items() if isinstance(value, cached_property)]
#: Bounds grow by rounded steps.
DERIVED = ["voters", "poses", *(n for n in KEPT if not n.startswith("_") and n != "bounds")]


def test_what_is_derived_never_goes_stale(make: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "MOST_DEVICES", 5)
    monkeypatch.setattr(module, "MOST_TALLIES", 6)
    monkeypatch.setattr(module, "MOST_REPORTS", 30)
    rng, fusion = Random(1), Fusion()
    incident = Incident("z", "z", 0, 0, 0, 0)
    changed = {name: set[str]() for name in DERIVED}
    for number in range(600):
        detector = rng.choice(DETECTORS if number % 200 < 120 else DETECTORS[2:3])
        finding = make.finding(
            detector=detector,
            at_s=number + rng.choice((0.0, -90.0)),
            who=f"d{rng.randrange(16 if detector == DETECTORS[2] else 6)}",
            weight=rng.choice((0.5, 0.5, 2.0)),
            cap=rng.choice((9.0, 9.0, 9.0, 10.0)),
            claimed=rng.choice((None, *(make.claimed(area=area, cell=7) for area in range(3)))),
        )
        incident.add(finding, finding.rx_ts)
        anew = msgspec.msgpack.decode(msgspec.msgpack.encode(incident), type=Incident)
        for name in DERIVED:
            assert getattr(incident, name) == getattr(anew, name), name
            changed[name].add(repr(getattr(incident, name)))
        assert incident.strong_claims() == anew.strong_claims()
        assert incident.moment(finding.ts)[1] == anew.moment(finding.ts)[1]
        for family in (None, *FAMILIES):
            assert incident.devices(family) == anew.devices(family)
        assert enough_devices(incident, fusion) == enough_devices(anew, fusion)
    assert len(changed["voters"]) > 1
    assert len(changed["received"]) > 1
    assert changed["poses"] == {"True", "False"}


def test_one_clock_that_is_behind_does_not_say_since_when_it_is_reported(make: Any) -> None:
    """.. but a phone that reported it early at that time does, be it the only one."""
    claimed = make.claimed(area=2)

    def since_s(*findings: Finding) -> float:
        one: Incident = make.incident(list(findings))
        return (one.reported_since([claimed]) - make.t0_ms) / 1000

    now = [make.finding(n, 1000.0 + n, claimed=claimed) for n in range(3)]
    behind = make.finding(9, 100.0, late_s=902.0, claimed=claimed)
    assert since_s(*now) == since_s(*now, behind) == 1000.0
    assert since_s(make.finding(9, 100.0, claimed=claimed), *now) == 100.0
    # Of a device it is its first report that counts, and others' identities don't.
    again = make.finding(0, 1100.0, claimed=claimed)
    other = make.finding(8, 990.0, claimed=make.claimed(area=3))
    assert since_s(other, *now, again) == 1000.0


def test_what_is_badly_known_is_waited_for_while_young_whatever_time_one_phone_has(
    make: Any,
) -> None:
    def received(
        number: int, at_s: float, east_m: float, area: int, late_s: float = 0.0
    ) -> Finding:
        claimed, place = make.claimed(area=area), make.place(east_m)
        found: Finding = make.finding(number, at_s, late_s, claimed=claimed, place=place)
        return found

    old: Incident = make.incident(
        [received(n, 5.0 * n, 150.0 * (n % 3 - 1), area=1) for n in range(30)]
    )
    old.alert_id = "published"
    three = [received(100 + n, 100.0 + n, 800.0 * (n - 1), area=2) for n in range(3)]
    behind = received(200, -900.0, 0.0, area=2, late_s=1010.0)
    for findings in (three, [*three, behind]):
        assert same_transmitter(make.incident(findings), old, Association()) == "open"


def test_whom_an_identity_affected_is_counted_vote_by_vote(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by all votes anew, whenever it is asked, also where votes and tallies are forgotten."""
    monkeypatch.setattr(module, "MOST_DEVICES", 9)
    monkeypatch.setattr(module, "MOST_TALLIES", 12)
    rng, incident, seen = Random(3), Incident("z", "z", 0, 0, 0, 0), set[tuple[int, ...]]()
    claims = [make.claimed(area=area, cell=cell) for area in (1, 2) for cell in (7, 8, None)]
    for number in range(600):
        finding = make.finding(
            detector=rng.choice(DETECTORS),
            at_s=float(number),
            who=f"d{rng.randrange(14)}",
            weight=rng.choice((0.5, 2.0)),
            claimed=rng.choice((None, *claims)),
        )
        incident.add(finding, finding.rx_ts)
        for claimed in rng.sample(claims, rng.randrange(3)):
            affected, served = incident.affected(claimed), [f"d{n}" for n in range(5)]
            own = [t for t in incident.tallies if t.claimed and t.claimed.agrees(claimed)]
            texts = [tally for tally in own if tally.family == "sms"]
            counted = len(affected.onlookers), affected.harmed(), affected.harmed(served)
            assert counted == (onlookers(own, claimed), harmed_of(own), harmed_of(own, served))
            assert affected.texted == harmed_of(texts)
            seen.add((*counted, affected.texted))
    assert len(seen) > 50
