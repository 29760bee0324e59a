"""A rogue station must win against chance and against a wrong row of the register."""

from typing import Any

import pytest

from detectors.model.finding import Finding, Identity

LTE = Identity("lte", 460, 0, 4100, 1001)
GSM, UMTS = 1, 2


def received_afar(make: Any, count: int = 12) -> list[Finding]:
    """Phones that receive the town's LTE cell where it can't be, by two rules."""
    return [
        make.finding(n, at_s=120.0 + 5.0 * n, detector=detector, claimed=LTE, weight=1.6,
                     place=make.place(2500.0))
        for n in range(count)
        for detector in ("impossible_distance", "odd_shape")
    ]  # fmt: skip


DISPLACED = ((10, 2500.0, 3), (10, 2500.0, GSM), (10, 2500.0, UMTS))
CLONED = ((20, 2500.0, 3), (20, 0.0, 3), (10, 0.0, GSM), (10, 0.0, UMTS))


def test_a_displaced_site_is_no_alert_however_many_see_it(make: Any) -> None:
    assert make.chance(received_afar(make, 40)) == 0.0
    assert make.chance([*make.site_reports(*DISPLACED), *received_afar(make, 40)]) == 0.0


def test_a_cell_alive_at_two_places_is_one(make: Any) -> None:
    assert make.chance([*make.site_reports(*CLONED), *received_afar(make)]) > 0.9


def test_what_else_happens_to_phones_speaks_for_a_clone_of_an_unreported_cell(make: Any) -> None:
    lost = [
        make.finding(n, at_s=130.0 + 5.0 * n, detector=detector, claimed=None, weight=2.0)
        for n in range(12)
        for detector in ("phantom_sms", "vanish_and_return")
    ]
    assert make.chance([*received_afar(make), *lost]) > 0.9


def test_unknown_areas_are_no_evidence_that_a_registered_cell_is_cloned(make: Any) -> None:
    strays = [
        make.finding(50 + n, at_s=200.0 * n, detector="unknown_old_area", weight=2.0,
                     claimed=make.claimed(area=61000 + n % 5), place=make.place(2500.0))
        for n in range(15)
    ]  # fmt: skip
    findings = sorted([*received_afar(make, 40), *strays], key=lambda f: f.rx_ts)
    assert make.chance([*make.site_reports(*DISPLACED), *findings]) == 0.0


def test_an_alert_names_its_hypotheses_and_they_add_up(make: Any) -> None:
    alerts = make.alerts([*make.site_reports(*CLONED), *received_afar(make)])
    for alert in alerts:
        names = [one.name for one in alert.hypotheses]
        assert sorted(names) == ["chance", "rogue_station", "wrong_register_row"]
        assert sum(one.probability for one in alert.hypotheses) == pytest.approx(1.0, abs=1e-3)
        chances = {one.name: one.probability for one in alert.hypotheses}
        assert chances["rogue_station"] == alert.probability
    (row,) = [one for one in alerts[-1].hypotheses if one.name == "wrong_register_row"]
    assert "LTE 460-00 TAC 4100 cell 1001" in row.explanation
