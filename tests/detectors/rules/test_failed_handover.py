"""Handovers to nowhere, and to cells that the register merely lacks."""

from typing import Any

from detectors.model.codes import GSM, LTE
from detectors.model.finding import Identity
from detectors.rules.failed_handover.rule import FailedHandover
from detectors.rules.failed_handover.samples import ACCEPT, REJECT, crowd, sent


def town(make: Any, *more: dict[str, Any]) -> Any:
    return make.register(*more, pci=17)


def found(make: Any, *rows: dict[str, Any], rule: Any = None, register: Any = None) -> list[Any]:
    return make.found(rule or FailedHandover(), make.signalling(*rows), register or town(make))


def test_failures_towards_a_code_that_nobody_here_has_fire(make: Any) -> None:
    findings = found(make, *crowd())
    assert len(findings) == 4
    assert {f.claimed for f in findings} == {Identity("lte", 460, 0, None, None, None, 333)}
    assert findings[0].seen_on == Identity("lte", 460, 0, 4100, 1001)
    assert findings[0].family == "radio"
    assert found(make, *crowd(2)) == []
    assert len(found(make, *crowd(outcome=REJECT))) == 4


def test_towards_a_cell_of_the_neighbourhood_they_are_ordinary(make: Any) -> None:
    assert found(make, *crowd(target_pci=17)) == []
    assert found(make, *crowd(target_cell=1001)) == []
    lat, lon = make.at(9000.0)
    row = {"rat": LTE, "area": 4100, "cell": 1002, "pci": 333, "lat": lat, "lon": lon}
    assert found(make, *crowd(), register=town(make, row)) == []
    lat, lon = make.at(11_000.0)
    far = town(make, {**row, "lat": lat, "lon": lon})
    assert len(found(make, *crowd(), register=far)) == 4


def test_codes_are_those_of_the_network_the_rat_and_the_time(make: Any) -> None:
    for other in ({"mnc": 1}, {"rat": GSM}, {"valid_to_ms": make.t0_ms - 1}):
        row = {"rat": LTE, "area": 4100, "cell": 1002, "pci": 333, **other}
        assert len(found(make, *crowd(), register=town(make, row))) == 4


def test_an_unregistered_target_cell_is_claimed(make: Any) -> None:
    findings = found(make, *crowd(target_cell=777, target_pci=None))
    assert {f.claimed for f in findings} == {Identity("lte", 460, 0, None, 777)}
    assert found(make, *crowd(target_cell=777, target_pci=None, target_rat=GSM)) == []


def test_without_codes_in_the_register_it_is_silent(make: Any) -> None:
    assert found(make, *crowd(), register=make.register()) == []


def test_other_messages_do_not_count(make: Any) -> None:
    assert found(make, *crowd(source=1)) == []
    assert found(make, *crowd(procedure=4)) == []
    assert found(make, *crowd(outcome=0)) == []
    assert found(make, *crowd(target_pci=None)) == []


def test_one_target_at_a_time_is_counted(make: Any) -> None:
    assert found(make, *[sent(f"s{n}", n, target_pci=300 + n) for n in range(6)]) == []


def test_a_new_site_takes_calls_as_well(make: Any) -> None:
    taken = sent("other", 5.0, outcome=ACCEPT)
    assert found(make, *crowd(), taken) == []
    assert len(found(make, *crowd(), taken, rule=FailedHandover(excuse_new_site=False))) == 4
    assert len(found(make, *crowd(), {**taken, "target_pci": 334})) == 4


def test_success_is_observed_once_an_hour_and_source(make: Any) -> None:
    rows = [sent(f"s{n}", 60.0 * n, outcome=ACCEPT) for n in range(100)]
    observations = make.screen(
        FailedHandover(one_in=1 << 30), make.signalling(*rows), town(make)
    ).observations
    assert [(observation.kind, observation.ts - make.t0_ms) for observation in observations] == [
        ("honest", 0),
        ("honest", 3_600_000),
    ]


def test_a_stale_neighbour_relation_is_learned(make: Any) -> None:
    stale = [sent(f"w{w}-{n}", 600.0 * w + 100.0 * n) for w in range(120) for n in range(3)]
    late_ms = make.t0_ms + 14 * 3_600_000
    assert [f for f in found(make, *stale) if f.ts > late_ms] == []
    blind = FailedHandover(excuse_habit=False)
    assert len([f for f in found(make, *stale, rule=blind) if f.ts > late_ms]) > 50
    # Another code, and a burst under the very same one, are still found.
    assert len(found(make, *stale, *crowd(4, 71_000.0, target_pci=444))) > 3
    burst = [sent(f"s{n}", 71_900.0 + n) for n in range(60)]
    assert len([f for f in found(make, *stale, *burst) if f.who.startswith("s")]) > 30


def test_in_a_dense_city_codes_are_used_again_near_by(make: Any) -> None:
    """A cell behind forty nearer sites is nobody's neighbour, though it is but 4 km off."""
    lat, lon = make.at(4000.0)
    again = {"rat": LTE, "area": 4100, "cell": 1002, "pci": 333, "lat": lat, "lon": lon}
    assert found(make, *crowd(), register=town(make, again)) == []
    between = [
        {"rat": LTE, "area": 4100, "cell": 2000 + n, "pci": 18, "lat": place[0], "lon": place[1]}
        for n, place in enumerate(make.at(50.0 * n, 300.0) for n in range(40))
    ]
    assert len(found(make, *crowd(), register=town(make, again, *between))) == 4
