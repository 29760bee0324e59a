"""Which cells are unknown, in which grade, and where the register can't know."""

from typing import Any

import pytest

from detectors.columns import Batch
from detectors.finding import Identity
from detectors.rules.unknown_cell import UnknownCell
from detectors.vocabulary import GSM, LTE, NR, UMTS

NETWORK = 3
DEVICE_PORT = 3


def found(make: Any, register: Any = None, **row: Any) -> list[Any]:
    return make.found(UnknownCell(), make.measurements(row), register)


def grades(findings: list[Any]) -> list[str]:
    return [finding.values["grade"] for finding in findings]


@pytest.mark.parametrize("rat", [GSM, UMTS, LTE, NR])
def test_registered_cells_say_nothing(make: Any, rat: int) -> None:
    assert found(make, rat=rat) == []


@pytest.mark.parametrize("rat", [GSM, UMTS, LTE, NR])
def test_an_area_that_no_cell_has(make: Any, rat: int) -> None:
    (finding,) = found(make, rat=rat, area=777, cell=5)
    assert grades([finding]) == ["unknown_area"]
    assert (finding.weight, finding.cap) == (1.5, 4.5)


@pytest.mark.parametrize("rat", [UMTS, LTE, NR])
def test_a_known_cell_under_another_area(make: Any, rat: int) -> None:
    (finding,) = found(make, rat=rat, area=777)
    assert grades([finding]) == ["wrong_area"]
    assert (finding.weight, finding.cap) == (0.8, 3.0)


def test_in_gsm_a_cell_number_belongs_to_its_area(make: Any) -> None:
    assert grades(found(make, rat=GSM, area=777)) == ["unknown_area"]


def test_an_unknown_cell_of_a_known_area(make: Any) -> None:
    assert grades(found(make, cell=1999)) == ["unknown_cell"]


def test_the_finding_carries_what_locating_needs(make: Any) -> None:
    (finding,) = found(
        make, area=777, cell=5, arfcn=1300, pci=77, timing_advance=9, ta_step_m=39.04, rat=NR
    )
    assert finding.claimed == Identity("nr", 460, 0, 777, 5, 1300, 77)
    assert (finding.signal_dbm, finding.timing_advance, finding.ta_step_m) == (-85.0, 9.0, 39.04)
    assert (finding.place.accuracy_m, finding.place.reach_m) == (10.0, None)
    assert finding.seen_on is None
    assert finding.values["heard_only"] == 0


@pytest.mark.parametrize(("accuracy_m", "reach_m"), [(800.0, 800.0), (None, 2000.0)])
def test_a_position_from_the_network_only_says_about_where(
    make: Any, accuracy_m: float | None, reach_m: float
) -> None:
    (finding,) = found(make, area=777, position_source=NETWORK, accuracy_m=accuracy_m)
    assert (finding.place.accuracy_m, finding.place.reach_m) == (None, reach_m)


@pytest.mark.parametrize(
    ("rat", "area"),
    [(rat, area) for rat in (GSM, UMTS, LTE) for area in (0, 0xFFFE, 0xFFFF)]
    + [(NR, 0), (NR, 0xFFFFFE)],
)
def test_reserved_areas(make: Any, rat: int, area: int) -> None:
    assert found(make, rat=rat, area=area, cell=5) == []


@pytest.mark.parametrize(
    ("rat", "cell"), [(GSM, 0xFFFF), (UMTS, 0xFFFFFFF), (LTE, 0xFFFFFFF), (NR, 0xFFFFFFFFF)]
)
def test_a_cell_of_all_ones_is_not_known(make: Any, rat: int, cell: int) -> None:
    assert found(make, rat=rat, cell=cell) == []


def test_all_ones_of_another_rat_are_a_number_like_any(make: Any) -> None:
    assert grades(found(make, rat=LTE, cell=0xFFFF)) == ["unknown_cell"]


def test_a_network_that_the_register_does_not_list(make: Any) -> None:
    assert found(make, mcc=262, area=777) == []
    assert found(make, mnc=1, area=777) == []


def test_far_from_all_listed_cells_of_the_network_the_list_may_be_incomplete(make: Any) -> None:
    lat, lon = make.at(30_000.0)
    assert found(make, area=777, lat=lat, lon=lon) == []


def test_where_no_place_is_told_the_network_must_be_listed_in_that_rat(make: Any) -> None:
    only_lte = make.register_of({"rat": LTE, "area": 4100, "cell": 1001})
    placeless = {"area": 777, "cell": 5, "lat": None, "lon": None}
    (finding,) = found(make, only_lte, **placeless)
    assert finding.place is None
    assert found(make, only_lte, rat=GSM, **placeless) == []
    assert found(make, only_lte, mnc=1, **placeless) == []


def test_near_listed_cells_any_rat_shows_that_the_register_knows_the_quarter(make: Any) -> None:
    only_lte = make.register_of({"rat": LTE, "area": 4100, "cell": 1001})
    assert grades(found(make, only_lte, rat=GSM, area=777, cell=5)) == ["unknown_area"]


def test_an_empty_register_says_nothing(make: Any) -> None:
    assert found(make, make.register_of(), area=777) == []


def test_a_cell_is_judged_as_of_the_event(make: Any) -> None:
    retired = {"rat": LTE, "area": 4100, "cell": 1999, "valid_to_ms": make.t0_ms + 60_000}
    assert found(make, make.register(retired), cell=1999, at_s=59) == []
    assert len(found(make, make.register(retired), cell=1999, at_s=61)) == 1


def test_one_cell_under_several_networks(make: Any) -> None:
    shared = {"rat": LTE, "mnc": 1, "area": 4100, "cell": 1001}
    assert found(make, make.register(shared), mnc=1) == []


def test_a_report_about_a_cell_that_is_only_heard(make: Any) -> None:
    (finding,) = found(make, area=777, serving=False, signal_dbm=-99.0)
    assert finding.signal_dbm == -99.0


def heard(make: Any, **near: Any) -> list[Any]:
    whole = {"rat": GSM, "mcc": 460, "mnc": 0, "area": 61001, "cell": 7}
    return found(make, neighbours=[{**whole, **near}])


def test_a_neighbour_in_a_list_is_seen_with_its_own_level(make: Any) -> None:
    (finding,) = heard(make, arfcn=60, pci=12, signal_dbm=-71.0)
    assert finding.claimed == Identity("gsm", 460, 0, 61001, 7, 60, 12)
    assert (finding.signal_dbm, finding.timing_advance) == (-71.0, None)
    assert finding.values == {"grade": "unknown_area", "heard_only": 1}


@pytest.mark.parametrize("missing", ["rat", "mcc", "mnc", "area", "cell"])
def test_half_a_neighbour_is_none(make: Any, missing: str) -> None:
    assert heard(make, **{missing: None}) == []


def test_known_and_reserved_neighbours_are_none(make: Any) -> None:
    area, cell = make.cells[GSM]
    assert heard(make, area=area, cell=cell) == []
    assert heard(make, area=0xFFFE) == []
    assert heard(make, cell=0xFFFF) == []


def test_neighbours_belong_to_their_own_report(make: Any) -> None:
    strange = [{"rat": GSM, "mcc": 460, "mnc": 0, "area": 61001, "cell": 7}]
    batch = make.measurements({}, {"neighbours": strange}, {})
    findings = make.found(UnknownCell(), batch)
    assert [(f.who, f.source.offset) for f in findings] == [("d1", 1)]


def test_an_sms_that_came_in_on_a_strange_cell(make: Any) -> None:
    strange = {"rat": GSM, "area": 61001, "cell": 7}
    batch = make.sms(strange, {**strange, "source": 2}, {**strange, "source": 3}, {})
    (finding,) = make.found(UnknownCell(), batch)
    assert (finding.who, finding.claimed) == ("d0", Identity("gsm", 460, 0, 61001, 7))
    assert finding.signal_dbm is None


@pytest.mark.parametrize("missing", ["rat", "mcc", "mnc", "area", "cell"])
def test_half_an_identity_of_an_sms_is_none(make: Any, missing: str) -> None:
    batch = make.sms({"rat": GSM, "area": 61001, "cell": 7, missing: None})
    assert make.found(UnknownCell(), batch) == []


def test_a_diagnostic_port_sees_the_rogue_cell_itself(make: Any) -> None:
    strange = {"rat": GSM, "area": 61001, "cell": 7}
    batch = make.signalling(
        {**strange, "source": DEVICE_PORT}, {**strange, "source": 1}, {**strange, "source": 2}
    )
    (finding,) = make.found(UnknownCell(), batch)
    assert (finding.space, finding.who) == ("subscriber", "d0")


def test_caps_keep_it_from_deciding_alone(make: Any) -> None:
    rule = UnknownCell()
    assert max(rule.cap, rule.weak_cap) < 7.0


def fires(make: Any) -> list[Batch]:
    """Unknown cells in all three kinds of messages, one in a neighbour list."""
    cell = {"rat": GSM, "area": 61001, "cell": 7}
    heard = {"neighbours": [{"mcc": 460, "mnc": 0, **cell}]}
    return [
        make.measurements({}, cell, heard, {**cell, **heard}, {"cell": 1999}),
        make.sms({}, cell, cell),
        make.signalling({**cell, "source": 3}, {}, {**cell, "source": 3}),
    ]


def silent(make: Any) -> list[Batch]:
    return [make.measurements({}, {}), make.sms({}, {}), make.signalling({}, {})]
