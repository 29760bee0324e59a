"""What is kept of an incident between findings is what would be derived of it anew."""

from functools import cached_property
from random import Random
from typing import Any

import msgspec

from detectors.incident import incident as module
from detectors.incident.fusion import FAMILIES, Fusion, enough_devices
from detectors.incident.incident import Incident

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
