"""Falls down to GSM in one place, from the core's word and from the phones'."""

from typing import Any

import pytest

from detectors.model.codes import GSM, LTE, NR, UMTS
from detectors.model.finding import Identity
from detectors.rules.fallback_share.rule import FallbackShare
from detectors.rules.fallback_share.samples import ON_GSM, crowd, reports, up

NETWORK = 3


def found(make: Any, *rows: dict[str, Any], rule: Any = None) -> list[Any]:
    return make.found(rule or FallbackShare(), make.signalling(*rows))


def test_many_falls_in_one_place_fire_and_a_few_do_not(make: Any) -> None:
    findings = found(make, *crowd())
    assert len(findings) == 6
    assert (findings[0].weight, findings[0].cap) == (1.1, 3.0)
    assert findings[0].values == {"seen": 6, "expected": 0.2}
    assert found(make, *crowd(3)) == []


@pytest.mark.parametrize("rat", [LTE, NR])
def test_from_both_upper_rats(make: Any, rat: int) -> None:
    assert len(found(make, *crowd(before={"rat": rat}))) == 6


def test_what_is_no_fall(make: Any) -> None:
    assert found(make, *crowd(before=ON_GSM)) == []
    assert found(make, *crowd(before={"rat": UMTS, "area": 4300, "cell": 21})) == []
    assert found(make, *crowd(before={"rat": NR}, rat=LTE, area=4100, cell=1001)) == []
    assert found(make, *crowd(outcome=2)) == []


def test_one_that_comes_up_from_a_gsm_unseen_fell_as_well(make: Any) -> None:
    again = {"rat": LTE, "area": 4100, "cell": 1001}
    assert len(found(make, *crowd(old_rat=GSM, **again))) == 6
    assert found(make, *crowd(old_rat=LTE, **again)) == []


def test_calls_that_fall_back_are_excused(make: Any) -> None:
    calls = crowd(csfb=True)
    over = [up(f"s{n}", 700.0 + n, old_rat=GSM, old_area=4200) for n in range(6)]
    assert found(make, *calls, *over) == []
    assert len(found(make, *calls, *over, rule=FallbackShare(excuse_fallback=False))) >= 6
    assert len(found(make, *crowd(8), *calls)) >= 6  # others at the same time still count


def test_the_share_counts_not_the_number(make: Any) -> None:
    rule = FallbackShare(one_in=1, usual_share=0.03)
    people = [up(f"c{n}", 0.1 * n) for n in range(500)]
    people += [up(f"c{n}", 200.0 + 0.1 * n) for n in range(500)]
    assert found(make, *people, *crowd(), rule=rule) == []
    blind = FallbackShare(one_in=1, usual_share=0.03, excuse_crowd=False)
    assert len(found(make, *people, *crowd(), rule=blind)) == 6
    assert len(found(make, *people, *crowd(100), rule=rule)) > 30


def received(make: Any, *rows: dict[str, Any]) -> list[Any]:
    return make.found(FallbackShare(), make.measurements(*rows))


def test_phones_reports_count_and_claim_a_strange_cell(make: Any) -> None:
    findings = received(make, *reports())
    assert len(findings) == 6
    assert findings[0].claimed == Identity("gsm", 460, 0, 61001, 7)
    assert findings[0].space == "device"
    known = received(make, *reports(area=4200, cell=11))
    assert len(known) == 6
    assert known[0].claimed is None


def test_a_cell_only_received_or_placed_by_the_network_does_not_count(make: Any) -> None:
    assert received(make, *reports(serving=False)) == []
    assert received(make, *reports(position_source=NETWORK)) == []
    assert received(make, *reports(rat=UMTS)) == []
