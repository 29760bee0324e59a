"""Only reports of an incident's own transmitter pull at its place."""

from typing import Any

from detectors.context.zone_context import ZoneContext
from detectors.incident.report import Report
from detectors.model.finding import Finding
from detectors.place.linked_reports import linked
from detectors.place.location_input import LocationInput, strong_reports


def received(make: Any, first: int, count: int, **over: Any) -> list[Finding]:
    """Phones that received something, one every twenty seconds from 0 s or ``begin_s`` on."""
    begin_s, east_m = over.pop("begin_s", 0.0), over.pop("east_m", 0.0)
    return [
        make.finding(
            first + number,
            begin_s + 20.0 * number,
            place=make.place(east_m, 20.0 * number),
            signal_dbm=-80.0,
            **over,
        )
        for number in range(count)
    ]


def lured(make: Any, first: int = 0, count: int = 8, **over: Any) -> list[Finding]:
    """Phones of which each received the fake cell, and got what no mast sends."""
    return received(make, first, count, **over) + received(
        make, first, count, detector="broadcast_lure", **over
    )


def kept(make: Any, findings: list[Finding]) -> list[Report]:
    incident = make.incident(findings)
    return linked(incident, strong_reports(incident))


def claims_of(reports: list[Report]) -> set[int | None]:
    return {report.claimed.cell for report in reports if report.claimed is not None}


def unlisted(make: Any) -> list[Finding]:
    """Phones that received a cell which the register lacks, of an area that it has; of one of them
    something strong besides."""
    there = make.claimed(area=4301, cell=99)
    mast = received(make, 50, 20, east_m=900.0, claimed=there, weight=0.5)
    odd = received(make, 50, 1, east_m=900.0, claimed=there, detector="security_downgrade")
    return mast + odd


def test_a_mast_that_the_register_lacks_does_not_pull(make: Any) -> None:
    assert claims_of(kept(make, lured(make) + unlisted(make))) == {7}


def test_cells_of_an_area_that_the_register_lacks_bear_witness(make: Any) -> None:
    rogue = received(make, 0, 8, claimed=make.claimed(area=61001, cell=7), weight=1.5)
    there = make.claimed(area=4301, cell=99)
    odd = received(make, 50, 4, east_m=900.0, claimed=there, detector="security_downgrade")
    assert claims_of(kept(make, rogue + odd)) == {7}


def test_what_has_no_identity_counts_while_the_transmitter_is_on_the_air(make: Any) -> None:
    def returns(first: int, begin_s: float) -> list[Finding]:
        nameless = {"claimed": None, "detector": "vanish_and_return"}
        return received(make, first, 3, begin_s=begin_s, **nameless)

    reports = kept(make, lured(make) + unlisted(make) + returns(20, 60.0) + returns(30, -600.0))
    nameless = [report for report in reports if report.claimed is None]
    first = min(report.ts for report in reports if report.claimed is not None)
    assert len(nameless) == 3
    assert all(report.ts > first for report in nameless)


def test_two_rows_out_of_place_are_not_one_transmitter_after_the_other(make: Any) -> None:
    first, then = make.claimed(area=4301, cell=98), make.claimed(area=4302, cell=99)
    posing = {"detector": "impossible_distance", "family": "radio", "weight": 1.6}
    early = received(make, 50, 9, east_m=900.0, claimed=first, **posing)
    late = received(make, 0, 9, begin_s=500.0, claimed=then, **posing)
    harm = received(make, 0, 4, begin_s=500.0, claimed=then, detector="security_downgrade")
    assert claims_of(kept(make, early + late + harm)) == {99}


def test_a_registered_cell_out_of_place_does_not_pull_before_or_after_either(make: Any) -> None:
    there = make.claimed(area=4301, cell=99)
    late = received(make, 50, 9, begin_s=500.0, detector="impossible_distance", claimed=there)
    assert claims_of(kept(make, lured(make) + late)) == {7}


def test_an_incident_about_a_registered_cell_keeps_its_reports(make: Any) -> None:
    findings = received(make, 0, 9, detector="impossible_distance", weight=1.6)
    stray = make.finding(
        70, 30.0, detector="unknown_old_area", claimed=make.claimed(area=5, cell=None)
    )
    assert claims_of(kept(make, [*findings, stray])) == {7}


def test_a_stray_area_does_not_pull_and_the_own_area_does(make: Any) -> None:
    def came_back(who: int, area: int) -> Finding:
        back: Finding = make.finding(
            who, 40.0, detector="unknown_old_area", claimed=make.claimed(area=area, cell=None)
        )
        return back

    reports = kept(make, [*lured(make), came_back(60, 61001), came_back(61, 777)])
    areas = [report.claimed.area for report in reports if report.claimed is not None]
    assert 777 not in areas
    assert any(r.claimed is not None and r.claimed.cell is None for r in reports)


def test_the_next_identity_pulls_from_its_first_phone_on(make: Any) -> None:
    new = received(make, 40, 1, begin_s=300.0, claimed=make.claimed(area=61002, cell=8))
    assert claims_of(kept(make, lured(make) + new)) == {7, 8}


def test_two_carriers_at_one_place_pull_together_and_those_apart_do_not(make: Any) -> None:
    second = make.claimed(mnc=1, area=61002, cell=8)
    near = lured(make, 40, 8, begin_s=5.0, east_m=200.0, claimed=second)
    assert claims_of(kept(make, lured(make, 0, 12) + near)) == {7, 8}
    far = lured(make, 40, 8, begin_s=5.0, east_m=2500.0, claimed=second)
    assert claims_of(kept(make, lured(make, 0, 12) + far)) == {7}


def test_one_channel_and_code_are_one_whatever_they_claim(make: Any) -> None:
    one = make.claimed(arfcn=65, pci=12)
    other = make.claimed(area=61002, cell=8, arfcn=65, pci=12)
    assert claims_of(
        kept(make, lured(make, claimed=one) + received(make, 40, 2, claimed=other))
    ) == {
        7,
        8,
    }


def test_few_phones_are_all_believed(make: Any) -> None:
    mast = received(make, 50, 2, claimed=make.claimed(area=4301, cell=99))
    assert claims_of(kept(make, lured(make, 0, 2) + mast)) == {7, 99}


def test_an_incident_is_located_from_its_own_reports_alone(make: Any) -> None:
    known = LocationInput.of(make.incident(lured(make) + unlisted(make)), ZoneContext())
    assert claims_of(known.reports) == {7}
