"""Needless updates of many in one place, and the honest ones."""

from typing import Any

from detectors.model.codes import GSM, LTE
from detectors.rules.vanish_and_return.rule import VanishAndReturn
from detectors.rules.vanish_and_return.samples import (
    COMBINED,
    PERIODIC,
    PHONE,
    REJECT,
    SERVICE,
    crowd,
    update,
)


def found(make: Any, *rows: dict[str, Any], rule: Any = None, register: Any = None) -> list[Any]:
    return make.found(rule or VanishAndReturn(), make.signalling(*rows), register)


def test_many_in_one_place_fire_and_a_few_do_not(make: Any) -> None:
    findings = found(make, *crowd())
    assert len(findings) == 8
    assert findings[0].claimed is None
    assert findings[0].seen_on.cell == 1001
    assert {f.weight for f in findings} == {VanishAndReturn().weight}
    assert found(make, *crowd(2)) == []


def test_what_is_no_needless_update(make: Any) -> None:
    assert found(make, *crowd(old_area=4101)) == []
    assert found(make, *crowd(update_type=PERIODIC)) == []
    assert found(make, *crowd(update_type=COMBINED)) == []
    assert found(make, *crowd(outcome=REJECT)) == []
    assert found(make, *crowd(source=PHONE)) == []
    assert found(make, *crowd(old_rat=GSM)) == []
    assert found(make, *crowd(old_mnc=1)) == []


def test_the_same_cell_just_again_counts_whatever_the_old_area(make: Any) -> None:
    def twice(gap_s: float, **row: Any) -> list[dict[str, Any]]:
        first = crowd(old_area=4101, **row)
        return first + [{**r, "at_s": r["at_s"] + gap_s, "outcome": 1} for r in first]

    assert len(found(make, *twice(50.0))) == 8
    assert found(make, *twice(70.0)) == []
    assert found(make, *twice(50.0, outcome=REJECT)) == []


def test_calls_that_fell_back_are_excused(make: Any) -> None:
    call = [update(f"s{n}", 500.0 + n, rat=GSM, area=4200, cell=11, csfb=True) for n in range(8)]
    assert found(make, *call, *crowd()) == []
    assert len(found(make, *call, *crowd(), rule=VanishAndReturn(excuse_fallback=False))) >= 8
    long_ago = [{**row, "at_s": row["at_s"] - 300.0} for row in call]
    assert len(found(make, *long_ago, *crowd())) == 8


def test_a_call_is_an_excuse_though_something_came_between(make: Any) -> None:
    call = [update(f"s{n}", 500.0 + n, rat=GSM, area=4200, cell=11, csfb=True) for n in range(8)]
    back = [update(f"s{n}", 530.0 + n, old_area=4200, old_rat=GSM) for n in range(8)]
    assert found(make, *call, *back, *crowd()) == []


def test_those_whom_the_core_turned_away_are_excused(make: Any) -> None:
    """A full cell: rejects of whatever they asked for, then they try again (F22)."""

    def full(at_s: float, **row: Any) -> list[dict[str, Any]]:
        return crowd(8, at_s, outcome=REJECT, cause=22, **row)

    blind = VanishAndReturn(excuse_rejected=False)
    for turned_away in (full(400.0, procedure=SERVICE), full(400.0)):
        assert found(make, *turned_away, *crowd()) == []
        assert len(found(make, *turned_away, *crowd(), rule=blind)) == 8
    assert len(found(make, *full(290.0, procedure=SERVICE), *crowd())) == 8
    others = [{**row, "subscriber": f"o{n}"} for n, row in enumerate(full(590.0))]
    assert len(found(make, *others, *crowd())) == 8


def test_a_connection_just_before_is_an_excuse(make: Any) -> None:
    served = crowd(8, 550.0, procedure=SERVICE, old_area=None)
    assert found(make, *served, *crowd()) == []
    assert len(found(make, *served, *crowd(), rule=VanishAndReturn(excuse_rejected=False))) == 8
    assert len(found(make, *crowd(8, 530.0, procedure=SERVICE, old_area=None), *crowd())) == 8


def test_a_train_that_loses_coverage_is_excused(make: Any) -> None:
    lat, lon = make.at(-8000.0)
    register = make.register({"rat": LTE, "area": 4100, "cell": 2000, "lat": lat, "lon": lon})
    aboard = [update(f"s{n}", 400.0 + n, cell=2000, old_area=4101) for n in range(8)]
    assert found(make, *aboard, *crowd(), register=register) == []
    blind = VanishAndReturn(excuse_moving=False)
    assert len(found(make, *aboard, *crowd(), register=register, rule=blind)) == 8
    near = [{**row, "cell": 1001} for row in aboard]
    assert len(found(make, *near, *crowd(), register=register)) == 8


def hours(count: int, each: int) -> list[dict[str, Any]]:
    """A metro exit: so many phones in each ten minutes."""
    return [
        update(f"w{w}-{n}", 600.0 * w + 20.0 * n, old_area=4100)
        for w in range(6 * count)
        for n in range(each)
    ]


def test_the_metro_exit_is_learned_and_a_transmitter_there_is_found(make: Any) -> None:
    daily = hours(20, 6)
    late_ms = make.t0_ms + 15 * 3_600_000
    assert [f for f in found(make, *daily) if f.ts > late_ms] == []
    blind = VanishAndReturn(excuse_habit=False)
    assert len([f for f in found(make, *daily, rule=blind) if f.ts > late_ms]) > 100
    taken = crowd(90, 72_000.0)
    assert len([f for f in found(make, *daily, *taken) if f.who.startswith("s")]) > 60


def test_phones_on_the_border_of_two_areas_hide_no_updates_into_the_same(make: Any) -> None:
    """They go back and forth all day, and update on the same cell within a minute."""
    lat, lon = make.at(-8000.0)
    register = make.register({"rat": LTE, "area": 4100, "cell": 2000, "lat": lat, "lon": lon})
    rule = VanishAndReturn(one_in=1)
    border = [
        update(f"b{n}", n + gap_s, cell=2000, old_area=4101)
        for n in range(300)
        for gap_s in (0.0, 20.0)
    ]
    people = [update(f"c{n}", n, old_area=4101) for n in range(200)]
    findings = found(make, *border, *people, *crowd(8, 400.0), rule=rule, register=register)
    assert [f.who for f in findings if f.who.startswith("s")] == [f"s{n}" for n in range(8)]


def test_a_crowd_makes_more_of_them(make: Any) -> None:
    """Also without more phones being taken: the share of all updates is what counts (F22)."""
    rule = VanishAndReturn(one_in=1, usual_share=0.02)
    people = [update(f"c{n}", n, old_area=4101) for n in range(590)]
    assert found(make, *people, *crowd(), rule=rule) == []
    blind = VanishAndReturn(one_in=1, usual_share=0.02, excuse_crowd=False)
    assert len(found(make, *people, *crowd(), rule=blind)) == 8
    assert len(found(make, *people, *crowd(100), rule=rule)) > 60
