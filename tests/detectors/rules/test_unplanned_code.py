"""Which channels and codes are planned near by, and which of the others have just begun."""

from typing import Any

import numpy as np
import pytest

from detectors.model.codes import GSM, LTE
from detectors.model.finding import Finding
from detectors.register.register import Register
from detectors.rules.unplanned_code.rule import UnplannedCode
from detectors.rules.unplanned_code.samples import ODD, planned, receiving, register, watched


def found(
    make: Any, rows: list[dict[str, Any]], listed: Register | None = None, **over: Any
) -> list[Finding]:
    batch = make.measurements(*sorted(rows, key=lambda row: row["at_s"]))
    findings: list[Finding] = make.found(UnplannedCode(**over), batch, listed or register(make))
    return findings


def odd(make: Any, listed: Register | None = None, **near: Any) -> list[Finding]:
    """What three phones say that receive an odd neighbour in a watched place."""
    rows = watched(make, 40) + receiving(2400.0, 1, 2, 3, near={**ODD, **near})
    return found(make, rows, listed)


def test_a_code_that_begins_and_that_nobody_has(make: Any) -> None:
    findings = odd(make)
    assert [finding.who for finding in findings] == ["d1", "d2", "d3"]
    assert {(finding.weight, finding.cap) for finding in findings} == {(1.204, 1.4)}
    claimed, signal_dbm = findings[0].claimed, findings[0].signal_dbm
    assert (claimed.rat, claimed.area, claimed.arfcn, claimed.pci) == ("gsm", None, 60, 9)
    assert signal_dbm == -80.0


def test_two_phones_say_nothing(make: Any) -> None:
    assert found(make, watched(make, 40) + receiving(2400.0, 1, 2, 1, 2)) == []


def test_a_planned_code_says_nothing(make: Any) -> None:
    assert odd(make, pci=20) == []
    assert odd(make, pci=21) != []


def test_the_serving_cells_own_code(make: Any) -> None:
    rows = receiving(2400.0, 1, 2, 3, near={}, area=61001, cell=7, arfcn=60, pci=9)
    assert len(found(make, watched(make, 40) + rows)) == 3
    listed = receiving(2400.0, 1, 2, 3, near={}, area=4200, cell=11, arfcn=60, pci=9)
    assert found(make, watched(make, 40) + listed) == []


@pytest.mark.parametrize("missing", ["rat", "arfcn", "pci"])
def test_half_a_code_is_none(make: Any, missing: str) -> None:
    assert odd(make, **{missing: None}) == []


def test_another_networks_channel_says_nothing(make: Any) -> None:
    assert odd(make, arfcn=64) == []
    assert odd(make, mcc=460, mnc=1) == []


def test_a_channel_between_two_of_the_networks_own_is_its_own(make: Any) -> None:
    assert len(odd(make, arfcn=61)) == 3
    lte = make.register_of(
        *planned(make, 10, rat=LTE), *planned(make, 10, rat=LTE, area=1, arfcn=62.0)
    )
    assert odd(make, lte, rat=LTE, arfcn=61) == []


def test_where_the_register_plans_too_little_it_says_nothing(make: Any) -> None:
    assert odd(make, make.register_of(*planned(make, 5))) == []
    half = planned(make, 10) + planned(make, 3, area=4201, pci=None)
    assert odd(make, make.register_of(*half)) == []


def test_a_hole_in_the_register_is_there_from_the_first_report_on(make: Any) -> None:
    rows = watched(make, 60)
    for minute in range(1, 60, 5):
        rows += receiving(60.0 * minute, minute, minute + 1, minute + 2)
    assert found(make, rows) == []
    assert found(make, rows, excuse_lasting=False) != []


def test_a_code_that_begins_is_found_in_spite_of_older_ones(make: Any) -> None:
    rows = watched(make, 60) + receiving(2400.0, 1, 2, 3, near={**ODD, "pci": 10})
    for minute in range(1, 60, 5):
        rows += receiving(60.0 * minute, minute + 10, minute + 11)
    assert {finding.claimed.pci for finding in found(make, rows)} == {10}


def retuned(make: Any, codes: int, at_s: float, away_m: float = 4000.0) -> list[dict[str, Any]]:
    """So many codes that begin one after the other, each at a place of its own about the town."""
    rows = []
    for number in range(codes):
        angle = 2 * np.pi * number / codes
        place = (away_m * float(np.cos(angle)), away_m * float(np.sin(angle)))
        lat, lon = make.at(*place)
        rows += watched(make, 35, place=place)
        near = {**ODD, "pci": 50 + number}
        who = 100 + 2 * number
        rows += receiving(at_s + number, who, who + 1, near=near, lat=lat, lon=lon)
    return rows


def test_a_night_in_which_many_codes_are_planned_anew(make: Any) -> None:
    rows = watched(make, 40) + retuned(make, 6, 2300.0) + receiving(2400.0, 1, 2, 3)
    assert found(make, rows) == []
    assert {f.who for f in found(make, rows, excuse_retune=False)} == {"d1", "d2", "d3"}


def test_codes_of_one_place_are_one_transmitter(make: Any) -> None:
    rows = watched(make, 40) + retuned(make, 6, 2300.0, away_m=10.0) + receiving(2400.0, 1, 2, 3)
    assert {"d1", "d2", "d3"} <= {finding.who for finding in found(make, rows)}


def test_codes_left_behind_are_no_retune(make: Any) -> None:
    rows = watched(make, 60) + retuned(make, 6, 2300.0) + receiving(2800.0, 1, 2, 3)
    assert len(found(make, rows)) == 3


def on_a_hill(make: Any) -> Register:
    """The road, and the odd code some fifteen kilometres off."""
    lat, lon = make.at(0.0, 27_000.0)
    far = {"rat": GSM, "area": 4300, "cell": 1, "arfcn": 60.0, "pci": 9.0, "lat": lat, "lon": lon}
    listed: Register = make.register_of(*planned(make, 10), far)
    return listed


def test_from_a_height_one_receives_far(make: Any) -> None:
    ground = watched(make, 40, altitude_m=500.0)
    high = ground + receiving(2400.0, 1, 2, 3, altitude_m=560.0)
    assert found(make, high, on_a_hill(make)) == []
    assert len(found(make, high, on_a_hill(make), excuse_high=False)) == 3


@pytest.mark.parametrize("altitude_m", [540.0, None])
def test_on_the_ground_one_does_not(make: Any, altitude_m: float | None) -> None:
    ground = watched(make, 40, altitude_m=500.0)
    low = ground + receiving(2400.0, 1, 2, 3, altitude_m=altitude_m)
    assert len(found(make, low, on_a_hill(make))) == 3


def test_a_height_excuses_no_code_that_nobody_far_off_has(make: Any) -> None:
    ground = watched(make, 40, altitude_m=500.0)
    assert len(found(make, ground + receiving(2400.0, 1, 2, 3, altitude_m=900.0))) == 3


def test_a_position_from_the_network_says_nothing(make: Any) -> None:
    rows = watched(make, 40) + receiving(2400.0, 1, 2, 3, position_source=3)
    assert found(make, rows) == []


def test_lte_codes_as_well(make: Any) -> None:
    listed = make.register_of(*planned(make, 10, rat=LTE, arfcn=1300.0))
    near = {"rat": LTE, "arfcn": 1300, "pci": 404}
    rows = watched(make, 40) + receiving(2400.0, 1, 2, 3, near=near, rat=LTE, area=4100, cell=1)
    assert len(found(make, rows, listed)) == 3
