"""When the serving cell is too strong beside its neighbours, and what excuses it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from detectors.model.codes import CELL_KINDS, GSM, LTE, code_of
from detectors.register.register import Register
from detectors.rules import ROOMS
from detectors.rules.odd_shape.rule import OddShape
from detectors.rules.odd_shape.samples import bare, row, town

WORDS = ROOMS["odd_shape"].words
NETWORK = 3


def named(level_dbm: float, number: int) -> dict[str, Any]:
    cell = {"rat": LTE, "mcc": 460, "mnc": 0, "area": 4100, "cell": 2001 + number}
    return {**cell, "signal_dbm": level_dbm}


def found(
    make: Any, register: Any = None, far_m: float = 3000.0, rule: Any = None, **over: Any
) -> list[Any]:
    batch = make.measurements(row(make, far_m, **over))
    findings: list[Any] = make.found(rule or OddShape(), batch, register or town(make))
    return findings


def test_a_clone_amid_the_neighbours_of_another_place(make: Any) -> None:
    (finding,) = found(make)
    assert (finding.weight, finding.cap, finding.claimed.cell) == (1.8, 5.0, 1001)
    assert finding.values["neighbours"] == 3
    assert finding.values["neighbours_distance_m"] == pytest.approx(402, abs=5)
    assert finding.values["site_distance_m"] == pytest.approx(3000, abs=5)
    assert finding.values["excess_db"] == pytest.approx(35, abs=2)


def test_a_temporary_cell_goes_where_it_is_needed(make: Any) -> None:
    goes = code_of("temporary", CELL_KINDS)
    assert found(make, town(make, kind=code_of("macro", CELL_KINDS)))
    assert found(make, town(make, kind=goes)) == []


def test_a_temporary_neighbour_says_nothing_of_the_place(make: Any) -> None:
    goes = code_of("temporary", CELL_KINDS)
    near = [named(-92.0, number) for number in range(3)]
    listed = town(make)
    assert found(make, listed, neighbours=near)
    moved = replace(listed.rows, kind=np.where(listed.rows.cell > 2000, goes, listed.rows.kind))
    assert found(make, Register.from_rows(moved), neighbours=near) == []


def test_the_honest_cell_at_that_distance_is_weak(make: Any) -> None:
    assert found(make, signal_dbm=-107.0) == []


def test_next_to_its_mast_a_cell_may_be_strong(make: Any) -> None:
    assert found(make, far_m=200.0, signal_dbm=-60.0) == []


def test_what_is_common_to_all_cells_says_nothing(make: Any) -> None:
    loud = [bare(level, n) for n, level in enumerate((-66.0, -64.0, -67.0))]
    assert len(found(make, signal_dbm=-80.0)) == 1
    assert found(make, signal_dbm=-80.0, neighbours=loud) == []


def test_the_grades_of_excess(make: Any) -> None:
    assert found(make, signal_dbm=-98.0) == []
    assert [f.weight for f in found(make, signal_dbm=-94.0)] == [1.0]
    assert [f.weight for f in found(make, signal_dbm=-86.0)] == [1.8]


def test_neighbours_may_be_known_by_identity(make: Any) -> None:
    assert len(found(make, neighbours=[named(-92.0, 0), named(-90.0, 1)])) == 1


def test_two_known_neighbours_are_needed(make: Any) -> None:
    assert found(make, neighbours=[]) == []
    assert found(make, neighbours=[bare(-92.0, 0)]) == []
    assert found(make, neighbours=[bare(-92.0, 0), bare(-92.0, 7), bare(-92.0, 8)]) == []
    assert found(make, neighbours=[bare(-92.0, n, rat=GSM) for n in range(3)]) == []
    assert len(found(make, neighbours=[bare(-92.0, 0), bare(-92.0, 1)])) == 1


def test_a_code_means_the_nearest_cell_of_the_network(make: Any) -> None:
    lat, lon = make.at(5_000.0, 9_000.0)
    again = {"rat": LTE, "area": 4100, "lat": lat, "lon": lon, "arfcn": 1300.0}
    more = [{**again, "cell": 3001 + n, "pci": 10.0 + n} for n in range(3)]
    rows: list[dict[str, Any]] = [{"rat": LTE, "area": 4100, "cell": 1001}]
    for number, (east_m, north_m) in enumerate(((3400, 0), (2700, 300), (3000, -400))):
        place = dict(zip(("lat", "lon"), make.at(east_m, north_m), strict=True))
        rows.append({**again, **place, "cell": 2001 + number, "pci": 10.0 + number})
    assert len(found(make, make.register_of(*rows, *more))) == 1
    assert found(make, make.register_of(rows[0], *more)) == []
    others = [{**each, "mnc": 1} for each in rows[1:]]
    assert found(make, make.register_of(rows[0], *others)) == []


def test_a_known_azimuth_sharpens_the_judgement(make: Any) -> None:
    towards, away = town(make, azimuth_deg=90.0), town(make, azimuth_deg=270.0)
    assert found(make, towards, signal_dbm=-98.0) == []
    assert len(found(make, away, signal_dbm=-98.0)) == 1


def test_only_the_serving_cell_at_a_place_of_the_phones_own(make: Any) -> None:
    assert found(make, serving=False) == []
    assert found(make, position_source=NETWORK) == []
    assert found(make, lat=None, lon=None) == []
    assert found(make, cell=1999) == []


def test_f7_a_repeater_brings_the_delay_of_the_way(make: Any) -> None:
    repeated = {"timing_advance": 38}
    assert found(make, **repeated) == []
    assert len(found(make, rule=OddShape(excuse_repeater=False), **repeated)) == 1
    assert len(found(make, timing_advance=3)) == 1


def crowd(make: Any, *advances: int | None, **rule: Any) -> list[str]:
    """Phones a second apart, 50 m from each other, with these timing advances: who is found."""
    rows = [row(make, 3000.0 + 50.0 * n, timing_advance=ta) for n, ta in enumerate(advances)]
    findings = make.found(OddShape(**rule), make.measurements(*rows), town(make))
    return [finding.who for finding in findings]


def test_f7_what_two_phones_report_of_a_repeater_holds_for_all_there(make: Any) -> None:
    assert crowd(make, None, 41, None, 39) == []
    assert crowd(make, None, 41, None, 39, excuse_repeater=False) == ["d0", "d1", "d2", "d3"]
    assert crowd(make, None, 41, None, None) == ["d0", "d2", "d3"]
    assert crowd(make, None, 41, None, 39, carried_m=20.0) == ["d0", "d2"]


def test_f7_short_advances_outweigh_a_few_long_ones(make: Any) -> None:
    assert crowd(make, None, 41, 2, 39, 3, None) == ["d0", "d2", "d4", "d5"]


def test_what_is_found_waits_for_its_timing_advance(make: Any) -> None:
    (finding,) = found(make)
    assert finding.rx_ts == make.t0_ms + 15_000
    late = [row(make), *(row(make, timing_advance=40, at_s=20.0 + n) for n in range(2))]
    assert len(make.found(OddShape(), make.measurements(*late), town(make))) == 1


def test_f19_in_a_tower_all_cells_are_far_and_strong(make: Any) -> None:
    rows: list[dict[str, Any]] = [{"rat": LTE, "area": 4100, "cell": 1001}]
    for number in range(3):
        lat, lon = make.at(5_500.0, 300.0 * number)
        codes = {"arfcn": 1300.0, "pci": 10.0 + number}
        rows.append({"rat": LTE, "area": 4100, "cell": 2001 + number, "lat": lat, "lon": lon})
        rows[-1] |= codes
    faint: dict[str, Any] = {"neighbours": [bare(-110.0, n) for n in range(3)], "signal_dbm": -70.0}
    register = make.register_of(*rows)
    assert found(make, register, **faint) == []
    assert len(found(make, register, rule=OddShape(excuse_high=False), **faint)) == 1
    assert len(found(make, **faint)) == 1  # the same levels amid near neighbours


def test_a_crowd_estimate_may_be_elsewhere(make: Any) -> None:
    (finding,) = found(make, town(make, changeable=1.0))
    assert (finding.weight, finding.cap) == (0.5, 2.0)
    believed = OddShape(excuse_estimate=False)
    assert found(make, town(make, changeable=1.0), rule=believed)[0].weight > 0.5
    lat, lon = make.at(-12_000.0)
    far = town(make, changeable=1.0, lat=lat, lon=lon)
    assert found(make, far) == []
    assert len(found(make, town(make, lat=lat, lon=lon))) == 1


def test_a_register_without_codes_or_places(make: Any) -> None:
    assert found(make, town(make, lat=None, lon=None)) == []
    assert found(make, make.register_of({"rat": LTE, "area": 4100, "cell": 1001})) == []


def test_what_it_says(make: Any) -> None:
    (finding,) = found(make)
    text = WORDS["en"].sentence("1 phone", "the cell", finding.values)
    assert text.startswith("1 phone had the cell 37 dB stronger beside its neighbours than 3.0 km")
