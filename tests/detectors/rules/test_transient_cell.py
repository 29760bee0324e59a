"""When an unknown cell is new, and when it only looks so."""

from typing import Any

import pytest

from detectors.model.codes import GSM, LTE
from detectors.model.finding import Finding
from detectors.rules.ground_samples import drawn_after, watched
from detectors.rules.transient_cell.rule import TransientCell
from detectors.rules.transient_cell.samples import ONE_IN, strange


def found(make: Any, rows: list[dict[str, Any]], **over: Any) -> list[Finding]:
    batch = make.measurements(*sorted(rows, key=lambda row: row["at_s"]))
    findings: list[Finding] = make.found(TransientCell(**over), batch)
    return findings


def test_a_cell_that_begins_where_phones_were_listening(make: Any) -> None:
    findings = found(make, watched(make, 40, ONE_IN) + strange(2400.0, 1, 2))
    assert [finding.who for finding in findings] == ["d1", "d2"]
    assert {(finding.weight, finding.cap) for finding in findings} == {(2.785, 2.785)}
    assert {finding.rx_ts for finding in findings} == {make.t0_ms + 2_410_000}
    assert findings[0].claimed.area == 61001


def test_a_cell_of_an_area_that_is_known_is_more_often_honest(make: Any) -> None:
    findings = found(
        make, watched(make, 40, ONE_IN) + strange(2400.0, 1, 2, area=make.cells[GSM][0])
    )
    assert {(finding.weight, finding.cap) for finding in findings} == {(0.784, 0.784)}


def test_one_phone_says_nothing(make: Any) -> None:
    assert found(make, watched(make, 40, ONE_IN) + strange(2400.0, 1, 1, 1)) == []


def test_two_phones_in_two_places_say_nothing(make: Any) -> None:
    lat, lon = make.at(6000.0)
    rows = strange(2400.0, 1) + strange(2410.0, 2, lat=lat, lon=lon)
    assert found(make, watched(make, 40, ONE_IN) + rows) == []


def test_a_registered_cell_is_never_new(make: Any) -> None:
    rows = strange(2400.0, 1, 2, rat=LTE, area=4100, cell=1001)
    assert found(make, watched(make, 40, ONE_IN) + rows) == []


def test_where_nobody_listened_nothing_is_new(make: Any) -> None:
    assert found(make, watched(make, 15, ONE_IN) + strange(2400.0, 1, 2)) != []
    late = watched(make, 10, ONE_IN) + strange(2400.0, 1, 2)
    assert found(make, late) == []
    assert len(found(make, late, excuse_unwatched=False)) == 2


def test_a_minute_of_listening_is_needed(make: Any) -> None:
    listening = [{"device": f"w{n}", "at_s": drawn_after(make, 10.0 * n, ONE_IN)} for n in range(5)]
    assert found(make, listening + strange(55.0, 1, 2)) == []
    assert len(found(make, listening + strange(90.0, 1, 2))) == 2


def test_a_phone_with_a_wrong_clock_does_not_make_a_cell_older(make: Any) -> None:
    wrong = strange(100.0, 3, rx_s=2600.0)
    rows = watched(make, 40, ONE_IN) + strange(2400.0, 1, 2)
    assert [f.who for f in found(make, [*rows, *wrong])] == ["d1", "d2"]


def test_a_cell_that_was_there_from_the_beginning(make: Any) -> None:
    rows = watched(make, 60, ONE_IN)
    for minute in range(1, 60, 5):
        rows += strange(60.0 * minute, minute, minute + 1)
    assert found(make, rows) == []


def test_a_cell_that_stays_is_no_longer_new(make: Any) -> None:
    rows = watched(make, 240, ONE_IN)
    for minute in range(40, 240, 10):
        rows += strange(60.0 * minute + 30.0, minute, minute + 1)
    lasting = found(make, rows)
    assert lasting
    assert max(finding.ts for finding in lasting) <= make.t0_ms + 101 * 60_000
    assert max(f.ts for f in found(make, rows, excuse_lasting=False)) > make.t0_ms + 200 * 60_000


def test_one_that_comes_back_is_new_again_but_less_so(make: Any) -> None:
    rows = watched(make, 240, ONE_IN) + strange(2400.0, 1, 2) + strange(10_000.0, 3, 4)
    weights = {finding.who: finding.weight for finding in found(make, rows)}
    assert 0.0 < weights["d3"] < weights["d1"]


@pytest.mark.parametrize("mixed", [{"cell": 12}, {"area": 4201, "cell": 11}])
def test_a_modem_that_mixes_two_cells(make: Any, mixed: dict[str, int]) -> None:
    listed = make.register({"rat": GSM, "area": 4201, "cell": 12})
    rows = watched(make, 40, ONE_IN) + strange(2400.0, 1, 2, **{"area": 4200, **mixed})
    batch = make.measurements(*rows)
    assert make.found(TransientCell(), batch, listed) == []
    assert len(make.found(TransientCell(excuse_mixed=False), batch, listed)) == 2


@pytest.mark.parametrize("made_up", [{"cell": 13}, {"area": 777, "cell": 11}])
def test_a_made_up_half_is_no_mixture(make: Any, made_up: dict[str, int]) -> None:
    listed = make.register({"rat": GSM, "area": 4201, "cell": 12})
    rows = watched(make, 40, ONE_IN) + strange(2400.0, 1, 2, **{"area": 4200, **made_up})
    assert len(make.found(TransientCell(), make.measurements(*rows), listed)) == 2


def test_an_old_report_is_no_longer_found(make: Any) -> None:
    rows = watched(make, 60, ONE_IN) + strange(2400.0, 1) + strange(3100.0, 2)
    assert [finding.who for finding in found(make, rows)] == ["d2"]


def test_a_rarely_received_cell_weighs_little(make: Any) -> None:
    rows = watched(make, 40, ONE_IN) + strange(2000.0, 1) + strange(5400.0, 2)
    findings = found(make, rows)
    assert findings
    assert max(finding.weight for finding in findings) < 0.6


def test_a_device_says_the_same_once_in_five_minutes(make: Any) -> None:
    rows = watched(make, 40, ONE_IN) + strange(2400.0, 1, 2, 1, 2, 1, 2)
    assert len(found(make, rows)) == 2


@pytest.mark.parametrize("late_s", [0.0, 20.0])
def test_the_second_phone_brings_findings_of_both(make: Any, late_s: float) -> None:
    rows = watched(make, 40, ONE_IN) + strange(2400.0, 1) + strange(2410.0, 2, rx_s=2410.0 + late_s)
    due = make.t0_ms + 2_410_000 + round(late_s * 1000)
    assert [finding.rx_ts for finding in found(make, rows)] == [due, due]
