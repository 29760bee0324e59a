"""Handovers to nowhere, and to cells that the register merely lacks."""

from math import cos, pi, sin
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


def city(make: Any) -> list[dict[str, Any]]:
    """Ten places far apart, at each twenty calls that arrive and three towards other targets each
    that don't, from twelve minutes on; and sixty calls at the town's site."""
    rows = []
    for place in range(11):
        turn = 2.0 * pi * place / 10.0
        far_m = 7000.0 if place else 0.0
        lat, lon = make.at(far_m * cos(turn), far_m * sin(turn))
        there = {"lat": lat, "lon": lon, "outcome": ACCEPT, "target_pci": 17}
        who = (f"c{place}-{n}" for n in range(60 if not place else 20))
        rows += [sent(name, 720.0 + n, **there) for n, name in enumerate(who)]
        if place:
            pcis = range(340 + 3 * place, 343 + 3 * place)
            there["outcome"] = REJECT
            rows += [sent(f"o{pci}", 790.0, **{**there, "target_pci": pci}) for pci in pcis]
    return sorted(rows, key=lambda row: row["at_s"])


def test_one_target_is_compared_with_others_not_with_all_that_fails(make: Any) -> None:
    rule = FailedHandover(one_in=1)
    begins = sent("z", 0.0, outcome=ACCEPT, target_pci=17)
    one = crowd(8, 800.0, target_pci=333)
    began = found(make, begins, *city(make), *one, rule=rule)
    assert [finding.cap for finding in began] == [rule.began_cap] * 8
    # From the beginning on it may be a relation that is out of date, of which calls are many.
    stale = sent("y", 1.0, target_pci=333)
    assert found(make, begins, stale, *city(make), *one, rule=rule) == []
    # Where calls are ten times as many, so are those that fail.
    lat, lon = make.at()
    there = {"lat": lat, "lon": lon, "outcome": ACCEPT, "target_pci": 17}
    many = [sent(f"m{n}", 770.0 + n / 100.0, **there) for n in range(2000)]
    assert found(make, begins, *city(make), *many, *one, rule=rule) == []


def test_what_failed_an_hour_ago_has_done_so_for_long(make: Any) -> None:
    """At night a relation that has gone stale has calls now and then."""
    begins = sent("z", 0.0, outcome=ACCEPT, target_pci=17)

    def caps(at_s: float) -> set[float]:
        night = sent("n", at_s, target_pci=333)
        return {f.cap for f in found(make, begins, night, *crowd(6, 7200.0, target_pci=333))}

    assert caps(700.0) == caps(60.0) == {FailedHandover().cap}
    assert caps(5000.0) == {FailedHandover().began_cap}


def test_of_several_transmitters_none_makes_others_usual(make: Any) -> None:
    rule = FailedHandover(one_in=1)
    begins = sent("z", 0.0, outcome=ACCEPT, target_pci=17)
    rows = [begins, *city(make)]
    for number in range(3):
        lat, lon = make.at(0.0, 9000.0 * number)
        of_one = crowd(8, 800.0, target_pci=330 + number, lat=lat, lon=lon)
        rows += [{**row, "subscriber": f"{row['subscriber']}-{number}"} for row in of_one]
    rows.sort(key=lambda row: row["at_s"])
    assert len(found(make, *rows, rule=rule)) == 24


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


def to_listed(make: Any, at_s: float = 900.0, **row: Any) -> list[dict[str, Any]]:
    """What a clone of a listed cell brings, of a cell that is otherwise seen to hand over."""
    at_work = sent("other", 30.0, outcome=ACCEPT, target_pci=18)
    return [at_work, *crowd(4, at_s, target_pci=333, **row)]


def listed_town(make: Any) -> Any:
    lat, lon = make.at(1200.0)
    cells = {"cell": 1002, "pci": 333}, {"cell": 1003, "pci": 18}
    return town(make, *({"rat": LTE, "area": 4100, "lat": lat, "lon": lon, **c} for c in cells))


def test_a_listed_cell_to_which_calls_never_went_fires_once_it_begins(make: Any) -> None:
    register = listed_town(make)
    findings = found(make, *to_listed(make), register=register)
    assert [f.cap for f in findings] == [FailedHandover().listed_cap] * 4
    assert {f.claimed for f in findings} == {Identity("lte", 460, 0, None, None, None, 333)}
    assert {f.values["listed"] for f in findings} == {1}
    assert found(make, *to_listed(make)[:3], register=register) == []
    # It has been so from the beginning: a relation that is out of date.
    assert found(make, *to_listed(make, 300.0), *to_listed(make), register=register) == []


def test_a_listed_cell_that_is_full_or_off_is_excused(make: Any) -> None:
    register, rows = listed_town(make), to_listed(make)
    for source in (1, 2):
        went = sent("went", 60.0, outcome=ACCEPT, source=source, target_cell=1002, target_pci=None)
        assert found(make, went, *rows, register=register) == []
        assert (
            len(
                found(make, went, *rows, rule=FailedHandover(excuse_works=False), register=register)
            )
            == 4
        )
    goes = sent("goes", 905.0, outcome=ACCEPT)
    assert found(make, *rows, goes, register=register) == []


def test_that_a_relation_works_is_observed_once_in_an_hour_whatever_the_batches(make: Any) -> None:
    """A city has hundreds of handovers for each that fails."""
    rows = [
        sent(
            f"s{n}", 60.0 * n, outcome=ACCEPT, target_cell=1002, target_pci=None, cell=1001 + n % 2
        )
        for n in range(100)
    ]
    rule, register = FailedHandover(one_in=1 << 30), listed_town(make)
    hours = {(make.t0_ms + 60_000 * n) // 3_600_000 for n in range(100)}
    for size in (1, 7, 100):
        parts = [make.signalling(*rows[at : at + size]) for at in range(0, len(rows), size)]
        observations = make.screen(rule, parts, register).observations
        assert [each.kind for each in observations] == 2 * len(hours) * ["works"]


def test_where_successes_are_not_reported_listed_cells_say_nothing(make: Any) -> None:
    early = sent("other", 30.0, target_pci=18)
    assert found(make, early, *to_listed(make)[1:], register=listed_town(make)) == []


def test_some_failures_to_a_listed_cell_and_some_to_nowhere_are_one_clones(make: Any) -> None:
    """From some cells about a clone the cell that it copies is a neighbour, from others not."""
    lat, lon = make.at(300.0)
    near = {"rat": LTE, "area": 4100, "cell": 1004, "pci": 19, "lat": lat, "lon": lon}
    lat, lon = make.at(11_000.0)
    far = {"rat": LTE, "area": 4100, "cell": 1002, "pci": 333, "lat": lat, "lon": lon}
    register = town(make, near, far)
    at_work = sent("other", 30.0, outcome=ACCEPT, target_pci=19)
    by_cell = [
        sent(f"s{n}", 900.0 + n, **({"target_cell": 1002} if n < 2 else {})) for n in range(3)
    ]
    findings = found(make, at_work, *by_cell, register=register)
    assert [f.who for f in findings] == ["s0", "s1"]
    assert found(make, at_work, *by_cell[:2], register=register) == []


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
