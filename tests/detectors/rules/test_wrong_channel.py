"""Which channels and codes contradict the register, and what makes them innocent."""

from typing import Any

import pytest

from detectors.model.codes import GSM, LTE
from detectors.model.finding import Finding, Identity
from detectors.register.register import Register
from detectors.rules.wrong_channel.rule import WrongChannel
from detectors.rules.wrong_channel.samples import CLONE, register

ALL_SAMPLED = {"sample_one_in": 1}


def found(make: Any, *rows: dict[str, Any], **over: Any) -> list[Finding]:
    batch = make.measurements(*rows)
    findings: list[Finding] = make.found(WrongChannel(**over), batch, register(make))
    return findings


def test_as_planned_says_nothing(make: Any) -> None:
    assert found(make, {"arfcn": 1300, "pci": 7}, {"arfcn": 1300}, {"pci": 7}, {}) == []


def test_another_code(make: Any) -> None:
    (finding,) = found(make, CLONE)
    assert (finding.weight, finding.cap, finding.values["twice"]) == (0.8, 3.0, 0)
    assert finding.claimed == Identity("lte", 460, 0, 4100, 1001, 1300, 300)
    assert (finding.values["planned_arfcn"], finding.values["planned_pci"]) == (1300, 7)
    assert finding.rx_ts == make.t0_ms + 45_000


def test_a_register_without_plans_says_nothing(make: Any) -> None:
    assert make.found(WrongChannel(), make.measurements(CLONE), make.register()) == []


def test_an_unknown_cell_is_for_others(make: Any) -> None:
    assert found(make, {**CLONE, "cell": 1999}) == []


def test_a_neighbour_with_its_identity(make: Any) -> None:
    near = {"rat": LTE, "mcc": 460, "mnc": 0, "area": 4100, "cell": 2001, **CLONE}
    (finding,) = found(make, {"neighbours": [{**near, "signal_dbm": -88.0}]})
    assert (finding.claimed.cell, finding.signal_dbm) == (2001, -88.0)


def test_a_device_counts_once_in_a_quarter_of_an_hour(make: Any) -> None:
    rows = [{**CLONE, "device": "d0", "at_s": float(s)} for s in (0, 100, 899, 901)]
    assert len(found(make, *rows)) == 2


@pytest.mark.parametrize("carrier", [{"arfcn": 1350, "pci": 7}, {"arfcn": 1350}])
def test_a_secondary_carrier_of_the_same_code(make: Any, carrier: dict[str, int]) -> None:
    assert found(make, carrier) == []
    assert len(found(make, carrier, excuse_aggregation=False)) == 1


def test_another_carrier_with_another_code_is_no_aggregation(make: Any) -> None:
    assert len(found(make, {"arfcn": 1350, "pci": 300})) == 1


def test_a_gsm_phone_in_a_call_hops(make: Any) -> None:
    hopping = {"rat": GSM, "arfcn": 80, "pci": 7}
    assert found(make, hopping) == []
    assert len(found(make, hopping, excuse_aggregation=False)) == 1


def test_neighbours_in_gsm_never_hop(make: Any) -> None:
    near = {"rat": GSM, "mcc": 460, "mnc": 0, "area": 4200, "cell": 11, "arfcn": 80, "pci": 7}
    assert len(found(make, {"neighbours": [near]})) == 1


def next_door(make: Any) -> Register:
    """The register with a cell of code 300 near by."""
    every = {"rat": LTE, "arfcn": 1300.0}
    here = {"area": 4100, "cell": 1001, "pci": 7.0, **every}
    rows: Register = make.register_of(here, {"area": 4100, "cell": 2001, "pci": 300.0, **every})
    return rows


HERE, THERE = {"cell": 1001, "pci": 7}, {"cell": 2001, "pci": 300}


@pytest.mark.parametrize("between", [{"cell": 1001, "pci": 300}, {"cell": 2001, "pci": 7}])
def test_cell_and_code_that_a_moving_phone_writes_one_after_the_other(
    make: Any, between: dict[str, int]
) -> None:
    batch = make.measurements(HERE, between, THERE, device="d0", arfcn=1300)
    assert make.found(WrongChannel(), batch, next_door(make)) == []
    alarm = make.found(WrongChannel(excuse_half_update=False), batch, next_door(make))
    assert [finding.source.offset for finding in alarm] == [1]


def test_half_an_update_lasts_one_report(make: Any) -> None:
    between = {"cell": 1001, "pci": 300}
    batch = make.measurements(HERE, between, between, device="d0", arfcn=1300)
    findings = make.found(WrongChannel(), batch, next_door(make))
    assert [finding.source.offset for finding in findings] == [2]


@pytest.mark.parametrize("change", [{"pci": 301}, {"at_s": 60.0}, {"device": "d9"}])
def test_a_code_that_is_no_half_update(make: Any, change: dict[str, Any]) -> None:
    between = {"cell": 1001, "pci": 300, **change}
    batch = make.measurements({**HERE, "device": "d0"}, {"device": "d0", **between}, arfcn=1300)
    assert len(make.found(WrongChannel(), batch, next_door(make))) == 1


def retuned(sites: int) -> list[dict[str, Any]]:
    return [
        {**CLONE, "cell": 2000 + number, "at_s": 5.0 * number} for number in range(1, sites + 1)
    ]


def test_a_night_in_which_many_sites_are_retuned(make: Any) -> None:
    assert found(make, *retuned(3)) == []
    assert len(found(make, *retuned(3), excuse_retune=False)) == 3


def test_two_sites_are_no_retune(make: Any) -> None:
    assert len(found(make, *retuned(2))) == 2


def test_sites_still_reported_as_planned_were_not_retuned(make: Any) -> None:
    planned = [
        {"cell": 2000 + number, "arfcn": 1300, "pci": 7, "at_s": 40.0, "device": f"p{number}"}
        for number in (1, 2, 3)
    ]
    findings = found(make, *retuned(3), *planned, **ALL_SAMPLED)
    assert [finding.values["twice"] for finding in findings] == [1, 1, 1]


def test_sites_one_after_the_other_are_no_retune(make: Any) -> None:
    rows = [
        {**CLONE, "cell": 2000 + number, "at_s": 400.0 * number, "device": f"d{number}"}
        for number in (1, 2, 3)
    ]
    assert len(found(make, *rows)) == 3


def steady(minutes: int) -> list[dict[str, Any]]:
    return [
        {**CLONE, "at_s": 60.0 * minute, "device": f"d{minute}"} for minute in range(minutes + 1)
    ]


def test_a_row_that_is_out_of_date(make: Any) -> None:
    stale = found(make, *steady(90))
    assert max(finding.ts for finding in stale) < make.t0_ms + 3_600_000
    assert len(found(make, *steady(90), excuse_stale_row=False)) == 91


def test_a_cell_still_reported_as_planned_is_not_out_of_date(make: Any) -> None:
    planned = {"arfcn": 1300, "pci": 7, "at_s": 5330.0, "device": "p"}
    rows = sorted([*steady(90), planned], key=lambda row: row["at_s"])
    late = [f for f in found(make, *rows, **ALL_SAMPLED) if f.ts > make.t0_ms + 5_300_000]
    assert late
    assert {finding.weight for finding in late} == {1.8}


def test_as_planned_and_otherwise_in_one_report(make: Any) -> None:
    near = {"rat": LTE, "mcc": 460, "mnc": 0, "area": 4100, "cell": 1001, **CLONE}
    (finding,) = found(make, {"arfcn": 1300, "pci": 7, "neighbours": [near]})
    assert (finding.weight, finding.cap, finding.values["twice"]) == (1.8, 6.0, 1)


def test_as_planned_before_but_not_since_is_not_twice(make: Any) -> None:
    rows = [{"arfcn": 1300, "pci": 7}, {**CLONE, "at_s": 20.0}]
    (finding,) = found(make, *rows, **ALL_SAMPLED)
    assert finding.values["twice"] == 0


@pytest.mark.parametrize(("later_s", "twice"), [(14.0, 0), (16.0, 1)])
def test_clocks_of_phones_differ_by_seconds(make: Any, later_s: float, twice: int) -> None:
    rows = [CLONE, {"arfcn": 1300, "pci": 7, "at_s": later_s}]
    (finding,) = found(make, *rows, **ALL_SAMPLED)
    assert finding.values["twice"] == twice


def test_two_other_codes_in_turn(make: Any) -> None:
    other = {"arfcn": 1300, "pci": 301}
    turns = [{**code, "at_s": 20.0 * n} for n, code in enumerate((CLONE, other, CLONE, other))]
    assert {f.weight for f in found(make, *turns[:2])} == {0.8}
    assert {f.weight for f in found(make, *turns)} == {1.8}


def test_it_never_decides_alone(make: Any) -> None:
    rule = WrongChannel()
    assert max(rule.cap, rule.twice_cap) < 7.0
