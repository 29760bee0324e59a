"""What an unknown old area is, and the values and networks that are none.

Long because each innocent cause is tried with the attack that it must not hide.
"""

from typing import Any

import pytest

from detectors.model.codes import GSM, LTE, NR, PROCEDURES, UMTS, code_of
from detectors.model.finding import Identity
from detectors.rules.unknown_old_area.rule import UnknownOldArea

HOUR_MS = 3_600_000
CORE, RAN, DEVICE = 1, 2, 3
#: For what has nothing to do with where phones come back.
ANYWHERE = UnknownOldArea(one_place_share=1.0)


def found(make: Any, register: Any = None, rule: Any = None, **row: Any) -> list[Any]:
    batch = make.signalling({"old_area": 61001, "old_rat": GSM, **row})
    return make.found(rule or UnknownOldArea(), batch, register, until_s=1e6)


@pytest.mark.parametrize("source", [CORE, DEVICE])
def test_an_update_from_an_area_that_no_cell_has_fires(make: Any, source: int) -> None:
    (finding,) = found(make, source=source)
    assert finding.claimed == Identity("gsm", 460, 0, 61001)
    assert finding.seen_on == Identity("lte", 460, 0, 4100, 1001)
    assert (finding.space, finding.who) == ("subscriber", "d0")
    assert finding.values == {"procedure": "tracking_area_update", "stayed": 0}
    assert (finding.weight, finding.cap) == (2.0, 9.0)


def test_without_a_place_of_its_own_it_is_somewhere_about_the_cell(make: Any) -> None:
    (finding,) = found(make)
    assert finding.place is not None
    assert (finding.place.lat, finding.place.lon) == make.at()
    assert (finding.place.reach_m, finding.place.accuracy_m) == (1000.0, None)


def test_on_an_unregistered_cell_it_is_somewhere_about_the_area(make: Any) -> None:
    (finding,) = found(make, cell=1999)
    assert finding.place is not None
    assert finding.place.lat == pytest.approx(make.at()[0])
    assert finding.place.reach_m == 500.0


def test_in_an_unknown_area_too_it_has_no_place(make: Any) -> None:
    (finding,) = found(make, area=4999, cell=1999)
    assert finding.place is None


def test_a_register_row_without_a_place_gives_none(make: Any) -> None:
    (finding,) = found(make, make.register(lat=None, lon=None))
    assert finding.place is None


def test_a_phones_own_place_comes_first(make: Any) -> None:
    lat, lon = make.at(300.0)
    (finding,) = found(make, lat=lat, lon=lon, accuracy_m=15.0)
    assert finding.place is not None
    assert (finding.place.lon, finding.place.accuracy_m) == (lon, 15.0)


def test_the_old_lai_of_a_combined_update_counts_as_well(make: Any) -> None:
    tac_and_lac = found(make, old_area=4777, old_rat=LTE, old_lai_area=61001)
    assert {f.claimed for f in tac_and_lac} == {
        Identity("lte", 460, 0, 4777),
        Identity("gsm", 460, 0, 61001),
    }
    assert sorted(f.source.part for f in tac_and_lac) == [0, 1]
    (lac_alone,) = found(make, old_area=None, old_rat=None, old_lai_area=61001)
    assert lac_alone.claimed == Identity("gsm", 460, 0, 61001)


@pytest.mark.parametrize(
    ("rat", "reserved"),
    [(rat, area) for rat in (GSM, UMTS, LTE) for area in (0, 0xFFFE, 0xFFFF)]
    + [(NR, 0), (NR, 0xFFFFFE)]
    + [(None, area) for area in (0, 0xFFFE, 0xFFFF, 0xFFFFFE)],
)
def test_reserved_values_say_that_there_is_no_area(
    make: Any, rat: int | None, reserved: int
) -> None:
    assert found(make, old_area=reserved, old_rat=rat) == []


def test_the_reserved_values_are_those_of_the_rat(make: Any) -> None:
    assert len(found(make, old_area=0xFFFE, old_rat=NR)) == 1


def test_reserved_old_lai(make: Any) -> None:
    assert found(make, old_area=4100, old_rat=LTE, old_lai_area=0xFFFE) == []


@pytest.mark.parametrize("rat", [GSM, UMTS, LTE, NR, None])
def test_an_area_of_the_register_is_known(make: Any, rat: int | None) -> None:
    assert found(make, old_area=make.cells[rat or LTE][0], old_rat=rat) == []


@pytest.mark.parametrize(("naming", "listed"), [(GSM, UMTS), (UMTS, GSM)])
def test_gsm_and_umts_share_location_areas(make: Any, naming: int, listed: int) -> None:
    assert found(make, old_area=make.cells[listed][0], old_rat=naming) == []


def test_tracking_areas_do_not_have_the_numbers_of_other_areas(make: Any) -> None:
    assert len(found(make, old_area=make.cells[GSM][0], old_rat=LTE)) == 1
    assert len(found(make, old_area=make.cells[LTE][0], old_rat=NR)) == 1


def test_an_update_from_2g_without_its_rat_may_carry_a_lac(make: Any) -> None:
    assert found(make, old_area=make.cells[GSM][0], old_rat=None) == []
    (finding,) = found(make, old_area=61001, old_rat=None)
    assert finding.claimed == Identity(None, 460, 0, 61001)


@pytest.mark.parametrize(("mcc", "mnc"), [(460, 1), (262, 0)])
def test_areas_of_networks_that_the_register_does_not_know(make: Any, mcc: int, mnc: int) -> None:
    assert found(make, old_mcc=mcc, old_mnc=mnc) == []


def test_without_an_old_network_it_is_the_present_one(make: Any) -> None:
    assert found(make, old_mcc=None, old_mnc=None, mcc=262, mnc=0) == []
    rule = UnknownOldArea(excuse_roaming=False)
    assert len(found(make, rule=rule, old_mcc=460, old_mnc=0, mcc=262, mnc=0)) == 1


def test_a_retired_area_is_known_for_a_while(make: Any) -> None:
    def after(hours: float) -> list[Any]:
        retired = {"rat": GSM, "area": 61001, "cell": 1, "valid_to_ms": make.t0_ms}
        return found(make, make.register(retired), at_s=hours * 3600)

    assert after(-1) == after(167) == []
    assert len(after(169)) == 1
    register = make.register({"rat": GSM, "area": 61001, "cell": 1, "valid_to_ms": make.t0_ms})
    assert len(found(make, register, UnknownOldArea(grace_h=1.0), at_s=2 * 3600)) == 1


def test_an_area_is_judged_as_of_the_event(make: Any) -> None:
    row = {"rat": GSM, "area": 61001, "cell": 1, "valid_from_ms": make.t0_ms + HOUR_MS}
    assert found(make, make.register(row), at_s=2 * 3600) == []
    assert len(found(make, make.register(row), at_s=0, rx_s=2 * 3600)) == 1


def place(make: Any, east_m: float) -> dict[str, float]:
    lat, lon = make.at(east_m)
    return {"lat": lat, "lon": lon}


def named(
    make: Any,
    *rows: dict[str, Any],
    rule: Any = None,
    cells: int = 0,
    apart_m: float = 2000.0,
    more: Any = (),
) -> list[Any]:
    """Findings of several, in a town with more LTE cells (2000, 2001, ..) in a row to the east."""
    grid = [
        {
            "rat": LTE,
            "area": 4100,
            "cell": 2000 + n,
            "lat": make.at(apart_m * n)[0],
            "lon": make.at(apart_m * n)[1],
        }
        for n in range(cells)
    ]
    batch = make.signalling(*({"old_area": 61001, "old_rat": GSM, **row} for row in rows))
    return make.found(rule or UnknownOldArea(), batch, make.register(*grid, *more))


def test_one_waits_for_others(make: Any) -> None:
    (finding,) = named(make, {"at_s": 1.0})
    assert (finding.ts, finding.rx_ts) == (make.t0_ms + 1000, make.t0_ms + 16_000)


def test_a_roamer_names_what_only_its_own_network_knows(make: Any) -> None:
    other = {"rat": LTE, "mnc": 1, "area": 4500, "cell": 9}
    at_home = {"old_mnc": 1, "mnc": 1, "area": 4500, "cell": 9}
    assert named(make, {"old_mnc": 1}, more=[other]) == []
    rule = UnknownOldArea(excuse_roaming=False)
    assert len(named(make, {"old_mnc": 1}, more=[other], rule=rule)) == 1
    assert len(named(make, at_home, more=[other])) == 1


def test_equivalent_networks_are_one(make: Any) -> None:
    other = [{"rat": LTE, "mnc": 2, "area": 4500, "cell": 9}]
    groups = UnknownOldArea(equivalent_plmns=(("460-0", "460-2"),))
    assert len(named(make, {"old_mnc": 2}, more=other, rule=groups)) == 1
    known = {"old_mnc": 2, "old_area": 4200}
    assert named(make, known, more=other, rule=groups) == []
    apart = UnknownOldArea(excuse_roaming=False, excuse_shared=False)
    assert len(named(make, known, more=other, rule=apart)) == 1


def test_an_area_of_a_network_that_shares_the_cell_is_known(make: Any) -> None:
    shared = {"rat": LTE, "mnc": 1, "area": 4100, "cell": 1001}
    theirs = {"rat": GSM, "mnc": 1, "area": 61001, "cell": 5}
    assert named(make, {}, more=[shared, theirs]) == []
    assert len(named(make, {}, more=[theirs])) == 1
    assert len(named(make, {"old_area": 61002}, more=[shared, theirs])) == 1
    rule = UnknownOldArea(excuse_shared=False)
    assert len(named(make, {}, more=[shared, theirs], rule=rule)) == 1


def test_who_roams_at_home_comes_back_from_the_area_of_another_network(make: Any) -> None:
    """Records of such updates often lack the network of the old area."""
    theirs = {"rat": LTE, "mnc": 1, "area": 7100, "cell": 5}
    register = make.register(theirs)

    def back(*rows: dict[str, Any], **of_rule: Any) -> list[Any]:
        timed = [{"subscriber": "a", "at_s": 60.0 * n, **row} for n, row in enumerate(rows)]
        batch = make.signalling(*timed)
        return make.found(UnknownOldArea(**of_rule), batch, register)  # type: ignore[no-any-return]

    there, home = theirs, {"old_area": 7100, "old_rat": LTE}
    assert back(there, home) == []
    assert len(back(there, home, excuse_shared=False)) == 1
    # Of others the core knows no such thing, nor is another area excused, or an earlier stay.
    assert len(back({**there, "subscriber": "b"}, home)) == 1
    assert len(back(there, {**home, "old_area": 7101})) == 1
    assert len(back(there, {"procedure": code_of("service_request", PROCEDURES)}, home)) == 1
    assert len(back({"area": 7100, "cell": 5}, home, excuse_served=False)) == 1
    # What a phone says of itself isn't the core's word.
    assert len(back({**there, "source": DEVICE}, home)) == 1


@pytest.mark.parametrize("parts", [[], ["service_request"], ["service_request"] * 2])
def test_who_gets_off_a_train_comes_back_from_its_area(make: Any, parts: list[str]) -> None:
    """Its cell is registered at the depot, and the core had its riders on it."""
    aboard = {"rat": LTE, "area": 61001, "cell": 9000}
    depot = {**aboard, **place(make, 60_000.0)}
    back = {"old_area": 61001, "old_rat": LTE}

    def off(*on_it: dict[str, Any], more: Any = (depot,), **of_rule: Any) -> int:
        rows = [*on_it, *({"procedure": code_of(part, PROCEDURES)} for part in parts), back]
        timed = [{"subscriber": "a", "at_s": 60.0 * n, **row} for n, row in enumerate(rows)]
        return len(named(make, *timed, more=list(more), rule=UnknownOldArea(**of_rule)))

    assert off({**aboard, "old_area": 4100}) == 0
    assert off({**aboard, "old_area": 4100}, excuse_served=False) == 1
    # Whom the core didn't have there was on somebody's clone of it; what a phone says of itself
    # isn't the core's word.
    assert off() == off({**aboard, "subscriber": "b"}) == off({**aboard, "source": DEVICE}) == 1
    # It is so where it was on another cell before.
    assert off({**aboard, "old_area": 4100}, {"cell": 1002}) == 0


def test_whom_the_core_had_in_an_area_that_nobody_listed_comes_back_from_there(make: Any) -> None:
    """One that names it alone is as honest as many; a location area of that number is another."""
    there, back = {"area": 61001, "cell": 9000}, {"old_area": 61001, "old_rat": LTE}

    def found(*rows: dict[str, Any]) -> int:
        timed = [{"subscriber": "a", "at_s": 60.0 * n, **row} for n, row in enumerate(rows)]
        return len(named(make, *timed))

    assert found({**there, "old_area": 4100}, back) == 0
    assert found({**there, "old_area": 4100}, {**back, "old_rat": 0}) == 0
    assert found({**there, "old_area": 4100}, {**back, "old_rat": GSM}) == 1
    assert found({**there, "old_area": 4100, "subscriber": "b"}, back) == 1


def test_a_register_of_lte_alone_knows_no_location_areas(make: Any) -> None:
    row = {"old_area": 4100, "old_lai_area": 61001, "old_rat": LTE}
    batch = make.signalling(row)
    lte_alone = make.register_of({"rat": LTE, "area": 4100, "cell": 1001})
    assert make.found(UnknownOldArea(), batch, lte_alone) == []
    assert len(make.found(UnknownOldArea(excuse_uncovered_rat=False), batch, lte_alone)) == 1
    assert len(make.found(UnknownOldArea(), batch, make.register())) == 1


def test_a_location_area_may_have_the_number_of_a_tracking_area(make: Any) -> None:
    assert named(make, {"old_area": 4100, "old_rat": GSM}) == []
    assert len(named(make, {"old_area": 4101, "old_rat": GSM})) == 1


@pytest.mark.parametrize(("far_m", "count"), [(9000.0, 0), (13_000.0, 1)])
def test_an_area_of_another_town_is_none_of_here(make: Any, far_m: float, count: int) -> None:
    """Beyond where the two areas reach (500 m each here) it counts from ten kilometres on."""
    lat, lon = make.at(far_m)
    there = {"rat": GSM, "area": 61001, "cell": 1, "lat": lat, "lon": lon}
    assert len(named(make, {}, more=[there])) == count
    assert named(make, {}, more=[there], rule=UnknownOldArea(far_m=20_000.0)) == []


@pytest.mark.parametrize(
    ("range_m", "there_m", "count"),
    [(1000.0, 22_000.0, 1), (8000.0, 22_000.0, 0), (8000.0, 33_000.0, 1), (1e6, 33_000.0, 1)],
)
def test_a_village_on_a_hill_receives_the_towns_area(
    make: Any, range_m: float, there_m: float, count: int
) -> None:
    """It is of the town's tracking area, far from its middle; the old area is on the other side."""
    hill = {"rat": LTE, "area": 4100, "cell": 5000, "range_m": range_m, **place(make, 9000.0)}
    town = [{"rat": LTE, "area": 4100, "cell": 3000 + n} for n in range(20)]
    there = {"rat": GSM, "area": 61001, "cell": 1, **place(make, there_m)}
    known = [*town, hill, there]
    assert len(named(make, {"area": 4100, "cell": 5000}, more=known)) == count
    # Where a cell is that nobody lists isn't known.
    assert len(named(make, {"area": 4100, "cell": 5001}, more=known)) == 1


def test_without_its_technology_an_area_is_that_which_is_near(make: Any) -> None:
    """A row of GSM with a wrong area bears the number of the town's own tracking area, far off."""
    wrong = {"rat": GSM, "area": 61001, "cell": 1, **place(make, 60_000.0)}
    town = {"rat": LTE, "area": 61001, "cell": 1, **place(make, 1000.0)}
    for rat in (0, GSM):
        assert named(make, {"old_rat": rat}, more=[wrong, town]) == []
        assert len(named(make, {"old_rat": rat}, more=[wrong])) == 1


def test_who_comes_down_from_lte_names_the_location_area_that_it_gave(make: Any) -> None:
    here = {"rat": GSM, "area": 61001, "cell": 1}
    back = {"old_rat": LTE, "rat": GSM, "area": 61001, "cell": 1}
    assert named(make, {**back}, more=[here]) == []
    assert len(named(make, {"old_rat": LTE}, more=[here])) == 1
    far = {**here, "area": 61002, **place(make, 60_000.0)}
    assert len(named(make, {**back, "old_area": 61002}, more=[here, far])) == 1


def test_an_area_of_which_no_place_is_known_may_be_here(make: Any) -> None:
    nowhere = {"rat": GSM, "area": 61001, "cell": 1, "lat": float("nan"), "lon": float("nan")}
    assert named(make, {}, more=[nowhere]) == []


def test_a_retired_area_can_be_taken_for_unknown_at_once(make: Any) -> None:
    gone = {"rat": GSM, "area": 61001, "cell": 1, "valid_to_ms": make.t0_ms}
    assert named(make, {"at_s": 60.0}, more=[gone]) == []
    rule = UnknownOldArea(excuse_retired=False)
    assert len(named(make, {"at_s": 60.0}, more=[gone], rule=rule)) == 1


def test_a_renumbered_area_is_named_far_and_wide_at_once(make: Any) -> None:
    wave = [{"subscriber": f"s{n}", "cell": 2000 + 7 * n % 10, "at_s": n} for n in range(30)]
    assert named(make, *wave, cells=10) == []
    rule = UnknownOldArea(excuse_replan=False)
    assert len(named(make, *wave, cells=10, rule=rule)) == 30
    assert len(named(make, *wave, cells=10, apart_m=200.0)) == 30


def test_a_car_that_drives_as_far_is_no_renumbering(make: Any) -> None:
    drive = [{"subscriber": f"s{n}", "cell": 2000 + n // 3, "at_s": 40.0 * n} for n in range(30)]
    assert len(named(make, *drive, cells=10, apart_m=1000.0)) == 30


def test_a_flight_names_many_areas_on_one_cell(make: Any) -> None:
    landing = [
        {"subscriber": f"s{n}", "old_area": 30_000 + n % 12, "at_s": 0.5 * n} for n in range(48)
    ]
    assert named(make, *landing) == []
    rule = UnknownOldArea(excuse_arrivals=False)
    assert len(named(make, *landing, rule=rule)) == 48


@pytest.mark.parametrize("row", [{"procedure": 5}, {"procedure": 2, "update_type": 3}])
def test_phones_that_were_off_name_where_they_were(make: Any, row: dict[str, Any]) -> None:
    landing = [{"subscriber": f"s{n}", "at_s": 2.0 * n, **row} for n in range(30)]
    assert named(make, *landing) == []
    assert len(named(make, *landing, rule=UnknownOldArea(excuse_arrivals=False))) == 30
    # Victims of a transmitter beside it, who were on, aren't hidden by it.
    victims = [{"subscriber": f"v{n}", "at_s": 2.0 * n, "old_area": 61002} for n in range(6)]
    assert len(named(make, *landing, *victims)) == 6


def test_where_many_were_off_the_others_arrived_too(make: Any) -> None:
    def landing(off: int) -> int:
        rows = [
            {"subscriber": f"s{n}", "at_s": 2.0 * n, "procedure": 5 if n % 10 < off else 4}
            for n in range(40)
        ]
        return len(named(make, *rows))

    assert landing(6) == 0
    # One in ten may have been switched off and on beside a transmitter.
    assert landing(1) > 30


def test_a_transmitter_beside_the_airport_is_not_hidden(make: Any) -> None:
    hops = [
        {"subscriber": f"s{n}", "old_area": 50_000 + n // 12, "at_s": 10.0 * n} for n in range(60)
    ]
    assert len(named(make, *hops)) == 60


def hole(hours: int, each: int) -> list[dict[str, Any]]:
    """A few phones an hour that come over from an area that the register lacks."""
    return [
        {"subscriber": f"h{hour}-{n}", "at_s": 3600.0 * hour + 900.0 * n}
        for hour in range(hours)
        for n in range(each)
    ]


def test_a_hole_in_the_register_is_named_hour_after_hour(make: Any) -> None:
    weights = [f.weight for f in named(make, *hole(12, 2), rule=ANYWHERE)]
    assert weights[:2] == [2.0, 2.0]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1:] == [] or weights[-1] < 0.1
    blind = UnknownOldArea(excuse_habit=False)
    assert len(named(make, *hole(12, 2), rule=blind)) > len(weights)


def test_a_transmitter_that_stays_all_day_is_not_taken_for_a_hole(make: Any) -> None:
    assert {f.weight for f in named(make, *hole(12, 8), rule=ANYWHERE)} == {2.0}


def test_where_strange_areas_are_usual_one_more_says_less(make: Any) -> None:
    strays = [{"subscriber": f"s{n}", "old_area": 20_000 + n, "at_s": 1000.0 * n} for n in range(6)]
    weights = [f.weight for f in named(make, *strays)]
    assert weights[0] == 2.0
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] < 0.3
    victims = [{"subscriber": f"v{n}", "at_s": 7000.0 + n} for n in range(4)]
    found = named(make, *strays, *victims, rule=ANYWHERE)
    assert [f.weight for f in found][-4:] == [2.0] * 4


def test_what_many_name_at_one_site_counts_half(make: Any) -> None:
    gate = [{"subscriber": f"v{n}", "at_s": 2.0 * n} for n in range(8)]
    assert {f.weight for f in named(make, *gate)} == {1.0}
    around = [{**row, "cell": 2000 + n % 4} for n, row in enumerate(gate)]
    assert {f.weight for f in named(make, *around, cells=4, apart_m=300.0)} == {2.0}
    assert {f.weight for f in named(make, *gate[:3])} == {2.0}
    assert {f.weight for f in named(make, *gate, rule=UnknownOldArea(excuse_arrivals=False))} == {
        2.0
    }


def test_one_phone_that_names_it_over_and_over_is_left_out(make: Any) -> None:
    again = [{"subscriber": "s0", "at_s": 60.0 * n} for n in range(10)]
    assert len(named(make, *again)) == UnknownOldArea().most_repeats
    assert len(named(make, *again, rule=UnknownOldArea(excuse_repeats=False))) == 10
    other = {"subscriber": "s1", "at_s": 300.0}
    assert len(named(make, *again[:5], other, *again[5:])) > 5


UPDATES = [
    "attach",
    "registration",
    "location_update",
    "routing_area_update",
    "tracking_area_update",
]


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_only_procedures_by_which_a_phone_comes_back_count(make: Any, procedure: str) -> None:
    findings = found(make, procedure=PROCEDURES.index(procedure) + 1)
    assert [f.values["procedure"] for f in findings] == [procedure] * (procedure in UPDATES)


def test_what_base_stations_say_about_old_areas_does_not_count(make: Any) -> None:
    assert found(make, source=RAN) == []


def test_no_old_area_is_no_news(make: Any) -> None:
    assert found(make, old_area=None, old_rat=None) == []


def residents(count: int = 400) -> list[dict[str, Any]]:
    """Phones of the town whom the core sees every ten minutes for an hour, on honest areas."""
    return [
        {"subscriber": f"r{n}", "at_s": 600.0 * turn + n, "old_area": 4100, "old_rat": LTE}
        for turn in range(5)
        for n in range(count)
    ]


def test_a_landing_from_one_city_shows_by_phones_that_nobody_knew(make: Any) -> None:
    crowd = [{"subscriber": f"p{n}", "at_s": 3100.0 + n} for n in range(40)]
    weights = [f.weight for f in named(make, *residents(), *crowd)]
    assert len(weights) < 8
    blind = UnknownOldArea(excuse_arrivals=False)
    assert len(named(make, *residents(), *crowd, rule=blind)) == 40


@pytest.mark.parametrize("procedure", ["security_mode", "authentication_request"])
def test_a_part_of_the_very_update_makes_nobody_known(make: Any, procedure: str) -> None:
    """The core writes it when it ends, often before the update itself."""
    part = {"procedure": code_of(procedure, PROCEDURES), "old_area": None, "old_rat": None}
    crowd = [
        {"subscriber": f"p{n}", "at_s": 3100.0 + n - early_s, **more}
        for n in range(40)
        for early_s, more in ((0.4, part), (0.0, {}))
    ]
    assert len(named(make, *residents(), *crowd)) < 8


def test_who_names_the_area_twice_is_known_by_the_first_time(make: Any) -> None:
    """First for calls, then for packets."""
    crowd = [
        {"subscriber": f"p{n}", "at_s": 3100.0 + n + late_s}
        for n in range(40)
        for late_s in (0.0, 0.5)
    ]
    assert len(named(make, *residents(), *crowd)) < 16


def test_who_was_new_in_town_an_hour_ago_is_known_by_now(make: Any) -> None:
    first = [{"subscriber": f"r{n}", "at_s": -60.0 + n / 10.0} for n in range(40)]
    again = [{"subscriber": f"r{n}", "at_s": 3100.0 + n} for n in range(40)]
    findings = named(make, *first, *residents(), *again)
    assert len({f.who for f in findings if f.ts >= make.t0_ms + 3_000_000}) == 40


@pytest.mark.parametrize(("had_on", "back_on", "count"), [((0,), (1,), 1), ((0, 3), (0, 3), 8)])
def test_riders_of_a_train_come_back_together_and_are_one(
    make: Any, had_on: tuple[int, ...], back_on: tuple[int, ...], count: int
) -> None:
    """The core had them all at one site just before, and has them all at the next; residents whom
    a transmitter took come back each where it is."""
    had, back = [], []
    for n in range(8):
        who = {"subscriber": f"r{n}"}
        cell = 2000 + had_on[n % len(had_on)]
        had.append({**who, "cell": cell, "at_s": 2900.0 + n, "old_area": 4100})
        cell = 2000 + back_on[n % len(back_on)]
        back.append({**who, "cell": cell, "at_s": 2960.0 + 3.0 * n})
    cells: dict[str, Any] = {"cells": 4, "apart_m": 900.0}
    assert len({f.who for f in named(make, *residents(), *had, *back, **cells)}) == count
    blind = UnknownOldArea(excuse_arrivals=False)
    assert len({f.who for f in named(make, *residents(), *had, *back, rule=blind, **cells)}) == 8


def test_residents_who_name_the_area_are_victims(make: Any) -> None:
    victims = [{"subscriber": f"r{n}", "at_s": 3100.0 + n} for n in range(40)]
    assert len(named(make, *residents(), *victims)) == 40


def test_without_residents_to_compare_nobody_is_taken_for_new(make: Any) -> None:
    assert len(named(make, *({"subscriber": f"v{n}", "at_s": 3.0 * n} for n in range(40)))) == 40


def test_a_resident_who_attaches_was_not_away(make: Any) -> None:
    attach = {"procedure": code_of("attach", PROCEDURES), "at_s": 3100.0}
    assert len(named(make, *residents(60), {"subscriber": "r3", **attach})) == 1
    assert named(make, *residents(60), {"subscriber": "p3", **attach}) == []


@pytest.mark.parametrize(
    ("before", "stayed"),
    [
        ({}, 1),
        ({"at_s": -1300.0}, 0),  # long enough to leave town and come back
        ({"cell": 1009}, 0),  # on a cell of another town
        ({"source": DEVICE}, 0),  # what the phone itself says doesn't show where it was
        ({"subscriber": "another"}, 0),
    ],
)
def test_whom_the_core_had_here_just_before_brought_no_area_along(
    make: Any, before: dict[str, Any], stayed: int
) -> None:
    far = {
        "rat": LTE,
        "area": 4100,
        "cell": 1009,
        "lat": make.at(30_000.0)[0],
        "lon": make.at(30_000.0)[1],
    }
    rows = [
        {"subscriber": "a", "old_area": 4100, "at_s": -60.0, **before},
        {"subscriber": "a", "old_area": 61001, "old_rat": GSM},
    ]
    batch = make.signalling(*rows)
    (finding,) = make.found(UnknownOldArea(), batch, make.register(far), until_s=1e6)
    assert finding.values["stayed"] == stayed
