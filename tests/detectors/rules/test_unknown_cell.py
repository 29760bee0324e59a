"""Which cells are unknown, in which grade, and where the register can't know."""

from typing import Any

import pytest

from detectors.model.codes import GSM, LTE, NR, UMTS
from detectors.model.finding import Identity
from detectors.rules.unknown_cell.rule import UnknownCell

NETWORK = 3
DEVICE_PORT = 3


def found(make: Any, register: Any = None, **row: Any) -> list[Any]:
    return make.found(UnknownCell(), make.measurements(row), register)


def listed(make: Any, **near: Any) -> list[Any]:
    whole = {"rat": GSM, "mcc": 460, "mnc": 0, "area": 61001, "cell": 7}
    return found(make, neighbours=[{**whole, **near}])


def grades(findings: list[Any]) -> list[str]:
    return [finding.values["grade"] for finding in findings]


@pytest.mark.parametrize("rat", [GSM, UMTS, LTE, NR])
def test_registered_cells_say_nothing(make: Any, rat: int) -> None:
    assert found(make, rat=rat) == []


@pytest.mark.parametrize("rat", [GSM, UMTS, LTE, NR])
def test_an_area_that_no_cell_has(make: Any, rat: int) -> None:
    (finding,) = found(make, rat=rat, area=777, cell=5)
    assert grades([finding]) == ["unknown_area"]
    assert (finding.weight, finding.cap) == (1.5, 6.0)


@pytest.mark.parametrize("rat", [UMTS, LTE, NR])
def test_a_known_cell_under_another_area(make: Any, rat: int) -> None:
    """A wrong row has the area of others; one that nobody has is odd under whatever number."""
    others = make.register({"rat": rat}, {"rat": rat, "area": 777, "cell": 9})
    (finding,) = found(make, others, rat=rat, area=777)
    assert grades([finding]) == ["wrong_area"]
    assert (finding.weight, finding.cap) == (0.8, 3.0)
    (finding,) = found(make, rat=rat, area=777)
    assert grades([finding]) == ["wrong_area"]
    assert (finding.weight, finding.cap) == (1.5, 6.0)


@pytest.mark.parametrize("area", [0xFFFE, 0xFFFF])
def test_a_modem_may_name_no_area_of_nr_by_the_values_of_16_bits(make: Any, area: int) -> None:
    assert found(make, rat=NR, area=area) == []
    (finding,) = found(make, rat=NR, area=area, cell=5)
    assert grades([finding]) == ["unknown_cell"]
    assert finding.weight == 0.5
    # Where the operator has such an area, it is one like any other.
    own = make.register({"rat": NR, "area": area, "cell": 9}, {"rat": NR, "area": 4100})
    assert grades(found(make, own, rat=NR, area=area)) == ["wrong_area"]


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


def test_without_a_place_the_network_must_be_listed_in_that_rat(make: Any) -> None:
    only_lte = make.register_of({"rat": LTE, "area": 4100, "cell": 1001})
    placeless = {"area": 777, "cell": 5, "lat": None, "lon": None}
    (finding,) = found(make, only_lte, **placeless)
    assert finding.place is None
    assert found(make, only_lte, rat=GSM, **placeless) == []
    assert found(make, only_lte, mnc=1, **placeless) == []


def test_a_register_of_one_rat_says_nothing_of_another(make: Any) -> None:
    only_lte = make.register_of({"rat": LTE, "area": 4100, "cell": 1001})
    batch = make.measurements({"rat": GSM, "area": 777, "cell": 5})
    assert make.found(UnknownCell(), batch, only_lte) == []
    alarm = make.found(UnknownCell(excuse_uncovered_rat=False), batch, only_lte)
    assert grades(alarm) == ["unknown_area"]


def test_one_listed_cell_of_the_rat_is_enough(make: Any) -> None:
    one_each = make.register_of(
        {"rat": LTE, "area": 4100, "cell": 1001}, {"rat": GSM, "area": 4200, "cell": 11}
    )
    assert grades(found(make, one_each, rat=GSM, area=777, cell=5)) == ["unknown_area"]


def moving(make: Any, rat: int, *cells: tuple[int, int]) -> Any:
    """One phone's reports a second apart, on these areas and cells in turn."""
    rows = ({"area": area, "cell": cell} for area, cell in cells)
    return make.measurements(*rows, rat=rat, device="d0")


def next_town(make: Any) -> Any:
    """The register with a second area of one cell in GSM and in LTE."""
    return make.register(
        {"rat": GSM, "area": 4201, "cell": 12}, {"rat": LTE, "area": 4101, "cell": 1002}
    )


@pytest.mark.parametrize(
    ("rat", "here", "there"), [(GSM, (4200, 11), (4201, 12)), (LTE, (4100, 1001), (4101, 1002))]
)
@pytest.mark.parametrize("half", ["area first", "cell first"])
def test_area_and_cell_that_a_moving_phone_writes_one_after_the_other(
    make: Any, rat: int, here: tuple[int, int], there: tuple[int, int], half: str
) -> None:
    between = (there[0], here[1]) if half == "area first" else (here[0], there[1])
    batch = moving(make, rat, here, between, there)
    assert make.found(UnknownCell(), batch, next_town(make)) == []
    alarm = make.found(UnknownCell(excuse_half_update=False), batch, next_town(make))
    assert [finding.source.offset for finding in alarm] == [1]


@pytest.mark.parametrize("strange", [(777, 11), (4200, 888), (777, 888)])
def test_a_made_up_half_is_no_half_update(make: Any, strange: tuple[int, int]) -> None:
    batch = moving(make, GSM, (4200, 11), strange)
    assert len(make.found(UnknownCell(), batch, next_town(make))) == 1


def test_half_an_update_lasts_one_report(make: Any) -> None:
    batch = moving(make, GSM, (4200, 11), (4201, 11), (4201, 11))
    findings = make.found(UnknownCell(), batch, next_town(make))
    assert [finding.source.offset for finding in findings] == [2]


def test_half_an_update_comes_seconds_after_the_other_half(make: Any) -> None:
    rows = [{"at_s": 0.0}, {"at_s": 16.0, "area": 4201}]
    batch = make.measurements(*rows, rat=GSM, device="d0")
    assert len(make.found(UnknownCell(), batch, next_town(make))) == 1


def test_one_site_that_several_networks_share(make: Any) -> None:
    partner = {"rat": LTE, "mnc": 1, "area": 9, "cell": 9}
    batch = make.measurements({"mnc": 1})
    assert make.found(UnknownCell(), batch, make.register(partner)) == []
    alarm = make.found(UnknownCell(excuse_shared=False), batch, make.register(partner))
    assert grades(alarm) == ["unknown_area"]


def test_another_networks_identity_is_shared_only_at_its_place(make: Any) -> None:
    lat, lon = make.at(60_000.0)
    partner = {"rat": LTE, "mnc": 1, "area": 9, "cell": 9, "lat": lat, "lon": lon}
    assert grades(found(make, make.register(partner), mnc=1, lat=lat, lon=lon)) == ["unknown_area"]
    near = make.register({**partner, "lat": 39.9, "lon": 116.4})
    assert len(found(make, near, mnc=1, area=4100, cell=777)) == 1


def test_a_cell_that_somebody_plugged_in(make: Any) -> None:
    femto = make.register({"rat": LTE, "area": 4100, "cell": 55, "kind": 4})
    batch = make.measurements({"cell": 56})
    (finding,) = make.found(UnknownCell(), batch, femto)
    assert finding.weight == UnknownCell().femto_weight
    (alarm,) = make.found(UnknownCell(excuse_femto=False), batch, femto)
    assert alarm.weight == UnknownCell().unknown_cell_weight


def test_among_femtocells_an_area_of_its_own_is_still_strange(make: Any) -> None:
    femto = make.register({"rat": LTE, "area": 4100, "cell": 55, "kind": 4})
    (finding,) = found(make, femto, area=777, cell=56)
    assert finding.weight == UnknownCell().unknown_area_weight


def test_an_empty_register_says_nothing(make: Any) -> None:
    assert found(make, make.register_of(), area=777) == []


def test_a_cell_is_judged_as_of_the_event(make: Any) -> None:
    retired = {"rat": LTE, "area": 4100, "cell": 1999, "valid_to_ms": make.t0_ms + 60_000}
    assert found(make, make.register(retired), cell=1999, at_s=59) == []
    assert len(found(make, make.register(retired), cell=1999, at_s=61)) == 1


def test_one_cell_under_several_networks(make: Any) -> None:
    shared = {"rat": LTE, "mnc": 1, "area": 4100, "cell": 1001}
    assert found(make, make.register(shared), mnc=1) == []


def test_a_report_about_a_cell_that_is_only_a_neighbour(make: Any) -> None:
    (finding,) = found(make, area=777, serving=False, signal_dbm=-99.0)
    assert finding.signal_dbm == -99.0


def test_a_neighbour_in_a_list_is_seen_with_its_own_level(make: Any) -> None:
    (finding,) = listed(make, arfcn=60, pci=12, signal_dbm=-71.0)
    assert finding.claimed == Identity("gsm", 460, 0, 61001, 7, 60, 12)
    assert (finding.signal_dbm, finding.timing_advance) == (-71.0, None)
    assert finding.values == {"grade": "unknown_area", "heard_only": 1}


@pytest.mark.parametrize("missing", ["rat", "mcc", "mnc", "area", "cell"])
def test_half_a_neighbour_is_none(make: Any, missing: str) -> None:
    assert listed(make, **{missing: None}) == []


def test_known_and_reserved_neighbours_are_none(make: Any) -> None:
    area, cell = make.cells[GSM]
    assert listed(make, area=area, cell=cell) == []
    assert listed(make, area=0xFFFE) == []
    assert listed(make, cell=0xFFFF) == []


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
