"""When a listed cell begins where it isn't, and when it only looks so."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from detectors.model.codes import CELL_KINDS, GSM, LTE, code_of
from detectors.model.finding import Finding
from detectors.register.register import Register
from detectors.rules.ground_samples import drawn_after, watched
from detectors.rules.sudden_cell.rule import SuddenCell
from detectors.rules.sudden_cell.samples import ONE_IN, register, sudden


def found(make: Any, rows: list[dict[str, Any]], **over: Any) -> list[Finding]:
    batch = make.measurements(*sorted(rows, key=lambda row: row["at_s"]))
    findings: list[Finding] = make.found(SuddenCell(**over), batch, register(make))
    return findings


def test_a_cell_of_elsewhere_begins_for_several_phones(make: Any) -> None:
    findings = found(make, watched(make, 40, ONE_IN) + sudden(2400.0, 1, 2, 3, 4))
    assert [finding.who for finding in findings] == ["d1", "d2", "d3", "d4"]
    assert {(f.weight, f.cap, f.values["how"]) for f in findings} == {(3.25, 6.5, "elsewhere")}
    assert {finding.rx_ts for finding in findings} == {make.t0_ms + 2_415_000}


@pytest.mark.parametrize("code", [{"pci": 300}, {"pci": 300, "arfcn": 1350}])
def test_a_cell_of_here_with_another_code(make: Any, code: dict[str, int]) -> None:
    findings = found(
        make, watched(make, 40, ONE_IN) + sudden(2400.0, 1, 2, 3, 4, cell=1001, **code)
    )
    assert {finding.values["how"] for finding in findings} == {"otherwise"}
    assert len(findings) == 4


def test_a_single_cell_may_have_been_given_another_code(make: Any) -> None:
    """Whether it was is the commoner question than whether one poses as it with another code."""
    rows = watched(make, 40, ONE_IN) + sudden(2400.0, 1, 2, 3, 4, cell=1001, pci=300)
    assert {round(f.cap, 1) for f in found(make, rows)} == {3.9}
    assert {f.cap for f in found(make, rows, excuse_retuned=False)} == {6.5}


@pytest.mark.parametrize("where", [{"cell": 1001}, {"cell": 1001, "arfcn": 1350}])
def test_a_cell_of_here_as_planned_or_another_carrier_of_it(
    make: Any, where: dict[str, int]
) -> None:
    assert found(make, watched(make, 40, ONE_IN) + sudden(2400.0, 1, 2, 3, 4, **where)) == []


def test_neighbours_of_gsm_on_another_channel(make: Any) -> None:
    near = {"rat": GSM, "mcc": 460, "mnc": 0, "area": 4200, "cell": 11, "arfcn": 80, "pci": 7}
    rows = sudden(2400.0, 1, 2, 3, 4, cell=1001, neighbours=[near])
    assert {f.claimed.rat for f in found(make, watched(make, 40, ONE_IN) + rows)} == {"gsm"}


def test_three_phones_say_nothing(make: Any) -> None:
    assert found(make, watched(make, 40, ONE_IN) + sudden(2400.0, 1, 2, 3, 1, 2, 3)) == []


def test_a_wrong_row_is_wrong_from_the_first_report_on(make: Any) -> None:
    rows = watched(make, 60, ONE_IN)
    for minute in range(1, 60, 4):
        rows += sudden(60.0 * minute, minute, minute + 1)
    assert found(make, rows) == []


def test_the_faster_phones_come_the_surer_it_is(make: Any) -> None:
    fast = found(make, watched(make, 40, ONE_IN) + sudden(2400.0, 1, 2, 3, 4))
    slow = [row for n in range(1, 5) for row in sudden(2400.0 + 300.0 * n, n)]
    caps = {finding.cap for finding in found(make, watched(make, 70, ONE_IN) + slow)}
    assert 0.0 < max(caps) < max(finding.cap for finding in fast)


def test_what_lasts_is_no_longer_sudden(make: Any) -> None:
    rows = watched(make, 240, ONE_IN)
    for minute in range(40, 240, 5):
        rows += sudden(60.0 * minute, *range(minute, minute + 5))
    late_ms = make.t0_ms + 101 * 60_000
    assert max(f.ts for f in found(make, rows)) < late_ms
    assert max(f.ts for f in found(make, rows, excuse_lasting=False)) > late_ms


def test_where_nobody_listened_nothing_is_sudden(make: Any) -> None:
    rows = sudden(2400.0, 1, 2, 3, 4)
    assert found(make, rows) == []
    # Only what is passed over then is looked at without the excuse.
    assert found(make, [*watched(make, 5, ONE_IN), *rows], excuse_unwatched=False) != []


def of_sites(sites: int, at_s: float = 2400.0) -> list[dict[str, Any]]:
    return [
        row
        for n in range(1, sites + 1)
        for row in sudden(at_s + 30.0 * n, *range(10 * n, 10 * n + 4), cell=2000 + n)
    ]


def test_many_sites_at_once_have_an_honest_cause(make: Any) -> None:
    cells = {f.claimed.cell for f in found(make, watched(make, 40, ONE_IN) + of_sites(3))}
    assert cells == {2001, 2002}
    every = found(make, watched(make, 40, ONE_IN) + of_sites(3), excuse_many=False)
    assert {f.claimed.cell for f in every} == {2001, 2002, 2003}


def test_a_phone_whose_place_is_the_networks_says_nothing(make: Any) -> None:
    rows = sudden(2400.0, 1, 2, 3, 4, position_source=3)
    assert found(make, watched(make, 40, ONE_IN) + rows) == []


def test_a_temporary_cell_goes_where_it_is_needed(make: Any) -> None:
    listed, goes = register(make), code_of("temporary", CELL_KINDS)
    rows = make.measurements(*watched(make, 40, ONE_IN), *sudden(2400.0, 1, 2, 3, 4))
    moved = replace(listed.rows, kind=np.full(len(listed.rows), goes, dtype=np.uint8))
    assert len(make.found(SuddenCell(), rows, listed)) == 4
    assert make.found(SuddenCell(), rows, Register.from_rows(moved)) == []


def test_a_wrong_clock_does_not_make_it_older(make: Any) -> None:
    wrong = sudden(100.0, 9, rx_s=2600.0)
    at_s = drawn_after(make, 2390.0, ONE_IN)
    rows = [
        *watched(make, 40, ONE_IN),
        {"device": "w", "at_s": at_s},
        *sudden(2400.0, 1, 2, 3, 4),
        *wrong,
    ]
    assert {finding.cap for finding in found(make, rows)} == {6.5}


def test_it_never_decides_alone() -> None:
    assert SuddenCell().cap < 7.0


@pytest.mark.parametrize(
    ("listed_h", "others", "cap"), [(-30.0, 40, 6.5), (-2.0, 40, 3.0), (-2.0, 4, 6.5)]
)
def test_a_cell_that_has_just_been_listed_begins_for_that(
    make: Any, listed_h: float, others: int, cap: float
) -> None:
    """Then only that its row is wrong is odd. Where many rows are as new the register is."""
    rows = make.measurements(*watched(make, 40, ONE_IN), *sudden(2400.0, 1, 2, 3, 4))
    far, about = make.at(4000.0), make.at(9000.0)
    new = {"rat": LTE, "area": 4100, "cell": 2001, "lat": far[0], "lon": far[1]}
    old = {"rat": LTE, "area": 4100, "lat": about[0], "lon": about[1]}
    listed = make.register(
        {**new, "valid_from_ms": make.t0_ms + listed_h * 3_600_000},
        *({**old, "cell": 3000 + n} for n in range(others)),
    )
    assert {round(f.cap, 1) for f in make.found(SuddenCell(), rows, listed)} == {cap}
    assert {f.cap for f in make.found(SuddenCell(excuse_new=False), rows, listed)} == {6.5}


def riding(make: Any, *who: int, mps: float) -> list[dict[str, Any]]:
    """Phones that have come from the east in half a minute, and report the cell one by one."""
    rows = []
    for n, number in enumerate(who):
        at_s = 2400.0 + 5.0 * n
        for before_s, cell in ((30.0, {"cell": 1001}), (0.0, {"cell": 2001})):
            lat, lon = make.at(100.0 + mps * (before_s - 5.0 * n))
            about = {"device": f"d{number}", "at_s": at_s - before_s, "lat": lat, "lon": lon}
            rows.append({**about, "arfcn": 1300, "pci": 7, **cell})
    return rows


def test_phones_that_travel_together_are_one_witness(make: Any) -> None:
    rows = watched(make, 40, ONE_IN)
    assert found(make, rows + riding(make, 1, 2, 3, 4, 5, 6, mps=20.0)) == []
    assert len(found(make, rows + riding(make, 1, 2, 3, 4, mps=0.0))) == 4
    assert len(found(make, rows + riding(make, 1, 2, 3, 4, mps=20.0), excuse_fellows=False)) == 4


def test_three_who_stand_beside_those_who_ride_are_enough(make: Any) -> None:
    rows = watched(make, 40, ONE_IN) + riding(make, 1, 2, 3, 4, mps=20.0)
    rows += riding(make, 5, 6, 7, mps=0.0)
    assert len(found(make, rows)) == 7
