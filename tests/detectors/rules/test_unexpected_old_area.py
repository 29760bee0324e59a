"""A real old area that the core never had: what matches, what doesn't, and who is excused."""

from typing import Any

import pytest

from detectors.model.codes import GSM, LTE, NR, PROCEDURES, code_of
from detectors.model.finding import Identity
from detectors.rules.unexpected_old_area.rule import UnexpectedOldArea

RAN, PHONE = 2, 3
PERIODIC, PAGING = 2, 15
NEXT = 4101


def town(make: Any, cells: int = 1) -> Any:
    """The town, its neighbouring area, and more cells 3 km apart in a row."""
    rows = [
        {
            "rat": LTE,
            "area": 4100,
            "cell": 2000 + n,
            "lat": make.at(3000.0 * n)[0],
            "lon": make.at(3000.0 * n)[1],
        }
        for n in range(cells)
    ]
    return make.register({"rat": LTE, "area": NEXT, "cell": 1101}, *rows)


def had(who: str, at_s: float = 0.0, **row: Any) -> dict[str, Any]:
    return {"subscriber": who, "at_s": at_s, "old_area": 4100, **row}


def back(who: str, at_s: float, **row: Any) -> dict[str, Any]:
    """A victim of a transmitter in the neighbouring area."""
    return {"subscriber": who, "at_s": at_s, "old_area": NEXT, **row}


def crowd(count: int, at_s: float = 600.0, **row: Any) -> list[dict[str, Any]]:
    """So many subscribers whom the core had here, who then come from the neighbouring area."""
    known = [had(f"s{n}", n, **{k: v for k, v in row.items() if k == "cell"}) for n in range(count)]
    return known + [back(f"s{n}", at_s + n, **row) for n in range(count)]


def found(make: Any, *rows: dict[str, Any], rule: Any = None, register: Any = None) -> list[Any]:
    return make.found(rule or UnexpectedOldArea(), make.signalling(*rows), register or town(make))


def test_several_from_an_area_where_the_core_did_not_have_them_fire(make: Any) -> None:
    findings = found(make, *crowd(5))
    assert len(findings) == 5
    assert {f.claimed for f in findings} == {Identity(None, 460, 0, NEXT)}
    assert findings[0].seen_on == Identity("lte", 460, 0, 4100, 1001)
    assert findings[0].values == {"seen": 5, "expected": 0.2}
    assert findings[0].weight == UnexpectedOldArea().weight
    assert (findings[0].place.lat, findings[0].place.lon) == make.at()


@pytest.mark.parametrize("procedure", ["authentication_request", "service_request"])
def test_what_belongs_to_a_move_may_be_written_before_it(make: Any, procedure: str) -> None:
    """A part of the update, or what the phone does next in the new area."""
    there = [had(f"s{n}", n, area=NEXT, cell=1101, old_area=NEXT) for n in range(5)]
    early = {"procedure": code_of(procedure, PROCEDURES), "old_area": None}
    moved = [
        {**back(f"s{n}", 600.0 + n + after_s), **more}
        for n in range(5)
        for after_s, more in ((-0.4, early), (0.0, {}))
    ]
    assert found(make, *there, *moved) == []


def test_one_move_may_take_two_updates(make: Any) -> None:
    there = [had(f"s{n}", n, area=NEXT, cell=1101, old_area=NEXT) for n in range(5)]
    moved = [back(f"s{n}", 600.0 + n + after_s) for n in range(5) for after_s in (0.0, 0.5)]
    assert found(make, *there, *moved) == []
    later = [back(f"s{n}", 700.0 + n) for n in range(5)]
    assert len(found(make, *there, *moved, *later)) == 5


def test_one_alone_says_nothing(make: Any) -> None:
    assert found(make, *crowd(1)) == []


def test_one_whom_the_core_does_not_know_says_nothing(make: Any) -> None:
    assert found(make, *[back(f"s{n}", n) for n in range(5)]) == []
    assert found(make, *[back(f"s{n}", n) for n in range(5)], *crowd(0)) == []
    late = [had(f"s{n}", n) for n in range(5)] + [back(f"s{n}", 2800.0 + n) for n in range(5)]
    assert found(make, *late) == []


def test_the_area_where_the_core_had_it_is_expected(make: Any) -> None:
    assert found(make, *crowd(5, old_area=4100)) == []


def test_a_message_of_any_procedure_shows_where_it_was(make: Any) -> None:
    moved = [had(f"s{n}", 100.0 + n, area=NEXT, cell=1101, procedure=13) for n in range(5)]
    assert found(make, *crowd(5)[:5], *moved, *crowd(5)[5:]) == []
    paged = [{**row, "procedure": PAGING} for row in moved]
    assert len(found(make, *crowd(5)[:5], *paged, *crowd(5)[5:])) == 5


def test_a_rejected_message_does_not_show_where_it_was(make: Any) -> None:
    refused = [had(f"s{n}", 100.0 + n, area=NEXT, cell=1101, outcome=2) for n in range(5)]
    assert len(found(make, *crowd(5)[:5], *refused, *crowd(5)[5:])) == 5


def test_kinds_of_areas_are_remembered_side_by_side(make: Any) -> None:
    below = [
        had(f"s{n}", 50.0 + n, rat=GSM, area=4200, cell=11, procedure=2, old_area=None)
        for n in range(5)
    ]
    from_lac = [back(f"s{n}", 100.0 + n, old_area=4200, old_rat=GSM) for n in range(5)]
    from_tac = [back(f"s{n}", 200.0 + n, old_area=4100, old_rat=LTE) for n in range(5)]
    assert found(make, *crowd(5)[:5], *below, *from_lac, *from_tac) == []


def test_an_area_of_a_kind_in_which_the_core_never_had_it_is_unexpected(make: Any) -> None:
    lured = crowd(5, old_area=4200, old_rat=GSM)
    assert {f.claimed for f in found(make, *lured)} == {Identity("gsm", 460, 0, 4200)}


def test_unknown_and_reserved_areas_are_not_for_this_rule(make: Any) -> None:
    assert found(make, *crowd(5, old_area=61001)) == []
    assert found(make, *crowd(5, old_area=0xFFFE)) == []
    assert found(make, *crowd(5, old_area=None)) == []


def test_what_comes_without_any_place_says_nothing(make: Any) -> None:
    """On cells of an area that the register doesn't have, and without the phones' own places."""
    nowhere = {"area": 4444, "cell": 4444}
    assert found(make, *crowd(9, **nowhere)) == []
    assert len(found(make, *crowd(9, **nowhere, lat=39.9, lon=116.4))) == 9


def test_periodic_updates_and_other_sources_are_not_judged(make: Any) -> None:
    assert found(make, *crowd(5, update_type=PERIODIC)) == []
    assert found(make, *crowd(5, source=PHONE)) == []
    assert found(make, *crowd(5, source=RAN)) == []


@pytest.mark.parametrize(
    ("excuse", "row"),
    [
        ("excuse_fallback", {"csfb": True}),
        ("excuse_roaming", {"old_mnc": 0, "mnc": 1, "lat": 39.9, "lon": 116.4}),
    ],
)
def test_fallback_and_other_networks_are_excused(
    make: Any, excuse: str, row: dict[str, Any]
) -> None:
    assert found(make, *crowd(5, **row)) == []
    assert len(found(make, *crowd(5, **row), rule=UnexpectedOldArea(**{excuse: False}))) == 5
    # Victims among them, who say nothing of the kind, are still found.
    calls = [{**each, "subscriber": f"c{each['subscriber']}"} for each in crowd(5, **row)]
    assert {f.who for f in found(make, *calls, *crowd(5))} == {f"s{n}" for n in range(5)}


def test_a_call_that_fell_back_says_nothing_of_other_areas(make: Any) -> None:
    """A call on GSM is all that the core knows of some; they go on where they were on LTE."""
    below = {"rat": GSM, "area": 4200, "cell": 11, "old_area": 4200}
    called = [had(f"s{n}", n, csfb=True, **below) for n in range(5)]
    stayed = [had(f"s{n}", n, **below) for n in range(5)]
    after = [back(f"s{n}", 30.0 + n) for n in range(5)]
    assert found(make, *called, *after) == []
    assert len(found(make, *called, *after, rule=UnexpectedOldArea(excuse_fallback=False))) == 5
    assert len(found(make, *stayed, *after)) == 5
    # Where the core had them on LTE as well, a call is no excuse.
    assert len(found(make, *crowd(5)[:5], *called, *after)) == 5


def windows(count: int, each: int, **row: Any) -> list[dict[str, Any]]:
    """So many windows of ten minutes with so many mismatches in each."""
    rows = []
    for window in range(count):
        names = [f"w{window}-{n}" for n in range(each)]
        start_s = 600.0 * window + 60.0
        rows += [had(who, start_s + n) for n, who in enumerate(names)]
        rows += [back(who, start_s + 60.0 + n, **row) for n, who in enumerate(names)]
    return rows


def test_the_habit_of_a_place_is_learned_and_a_burst_stands_out(make: Any) -> None:
    usual = windows(60, 2)
    late = [f for f in found(make, *usual) if f.ts > make.t0_ms + 40 * 600_000]
    assert late == []
    plain = UnexpectedOldArea(excuse_habit=False)
    assert len([f for f in found(make, *usual, rule=plain) if f.ts > make.t0_ms + 24e6]) > 20
    burst = crowd(12, 36_600.0)
    burst = [{**row, "at_s": max(row["at_s"], 36_100.0)} for row in burst]
    assert len([f for f in found(make, *usual, *burst) if f.who.startswith("s")]) >= 10


def test_more_traffic_explains_more_mismatches(make: Any) -> None:
    rule = UnexpectedOldArea(one_in=1, usual_share=0.02)
    many = [had(f"c{n}", n * 0.5) for n in range(400)]
    many += [had(f"c{n}", 300.0 + n * 0.5) for n in range(400)]
    few = crowd(8, 540.0)
    assert found(make, *many, *few, rule=rule) == []
    loose = UnexpectedOldArea(one_in=1, usual_share=0.02, excuse_crowd=False)
    assert len(found(make, *many, *few, rule=loose)) == 8
    assert len(found(make, *many, *crowd(60, 520.0), rule=rule)) >= 50


def test_those_who_name_one_area_stand_out_among_those_who_name_others(make: Any) -> None:
    """Where mismatches are many, and have always been, an area that few named says much."""
    often = windows(60, 2)
    burst = [{**row, "at_s": max(row["at_s"], 35_950.0)} for row in crowd(4, 36_050.0)]
    burst = [{**row, "cell": 3000 + int(row["subscriber"][1:])} for row in burst]
    named = [{**row, "old_area": 4200} for row in burst]
    about = [
        {"area": 4100, "cell": 3000 + n, "lat": make.at(150.0 * n)[0], "lon": make.at(150.0 * n)[1]}
        for n in range(4)
    ]
    others = {"area": NEXT, "cell": 1101}, {"area": 4200, "cell": 4200}
    town_of_three = make.register(*({"rat": LTE, **row} for row in (*others, *about)))
    findings = found(make, *often, *named, register=town_of_three)
    late = [f for f in findings if f.ts > make.t0_ms + 35_900_000]
    assert {f.who for f in late} == {f"s{n}" for n in range(4)}
    assert {f.claimed.area for f in late} == {4200}
    same = found(make, *often, *burst, register=town_of_three)
    assert [f for f in same if f.ts > make.t0_ms + 35_900_000] == []


def test_everywhere_at_once_is_no_transmitter(make: Any) -> None:
    places = [row for n in range(12) for row in outbreak(n, 4)]
    places.sort(key=lambda row: float(row["at_s"]))
    register = town(make, 12)
    rule = UnexpectedOldArea(hold_s=60.0)
    assert found(make, *places, register=register, rule=rule) == []
    blind = UnexpectedOldArea(hold_s=60.0, excuse_restart=False, excuse_crowd=False)
    assert len(found(make, *places, register=register, rule=blind)) == 48
    # A transmitter in the midst of it takes many more than any other place sees.
    places += [{**row, "at_s": 605.0 + row["at_s"] % 30} for row in outbreak(5, 40, "v")[40:]]
    known = [{**row, "at_s": 10.0} for row in outbreak(5, 40, "v")[:40]]
    findings = found(make, *known, *places, register=register, rule=rule)
    assert len([f for f in findings if f.who.startswith("v")]) >= 35


def outbreak(place: int, count: int, name: str = "p") -> list[dict[str, Any]]:
    who = [f"{name}{place}-{n}" for n in range(count)]
    cell = {"cell": 2000 + place}
    return [had(each, 20.0 + n, **cell) for n, each in enumerate(who)] + [
        back(each, 600.0 + n, **cell) for n, each in enumerate(who)
    ]


def test_one_subscriber_over_and_over_speaks_of_itself(make: Any) -> None:
    confused = [had("odd", 0.0)]
    for turn in range(10):
        confused += [back("odd", 30.0 * turn + 10.0), had("odd", 30.0 * turn + 20.0)]
    other = [had("other", 1.0), back("other", 295.0)]
    assert found(make, *confused, *other) != []  # the first few times still count
    once = UnexpectedOldArea(window_s=120.0, excuse_habit=False)
    assert found(make, *confused, *other, rule=once) == []
    patient = UnexpectedOldArea(window_s=120.0, excuse_habit=False, excuse_repeats=False)
    assert found(make, *confused, *other, rule=patient) != []
    assert len(found(make, *confused, *crowd(5), rule=once)) >= 5


def test_those_that_came_first_are_found_with_the_others(make: Any) -> None:
    rows = crowd(3)
    rows[4]["at_s"], rows[5]["at_s"] = 800.0, 801.0
    findings = found(make, *rows)
    assert {f.who for f in findings} == {"s0", "s1", "s2"}
    first = next(f for f in findings if f.who == "s0")
    assert first.ts == make.t0_ms + 600_000
    assert first.rx_ts == make.t0_ms + 815_000


def test_old_rat_of_nr(make: Any) -> None:
    assert len(found(make, *crowd(5, old_area=5000, old_rat=NR))) == 5


def test_what_places_have_learned_goes_on_in_a_fresh_zone(make: Any) -> None:
    """All counts, and those of each area: what was usual here stays usual."""
    rule, register = UnexpectedOldArea(), town(make)
    often = windows(60, 2)
    burst = [{**row, "at_s": max(row["at_s"], 36_050.0)} for row in crowd(4, 36_100.0)]

    def observed(rows: list[dict[str, Any]], state: Any) -> list[Any]:
        found = []
        for observation in make.screen(rule, make.signalling(*rows), register).observations:
            found += rule.evaluate(state, observation.rx_ts)
            rule.observe(state, observation)
        return [*found, *rule.evaluate(state, make.t0_ms + 40_000_000)]

    before = rule.new_zone_state()
    observed(often, before)
    learned = rule.learned(before)
    assert learned.all.tiles
    assert any(habit.tile.startswith(f"460-0-{NEXT}|") for habit in learned.by_area.tiles)
    fresh = rule.new_zone_state()
    rule.take_up(fresh, learned, make.t0_ms + 36_040_000)
    assert len(observed(burst, rule.new_zone_state())) == 4
    assert observed(burst, fresh) == []
