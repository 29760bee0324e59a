"""Numbers that ring many strangers, and those whose work that is."""

from typing import Any

import pytest

from detectors.model.codes import INTERNATIONAL
from detectors.model.finding import Finding
from detectors.rules.caller_rate.rule import CallerRate
from detectors.rules.caller_rate.samples import BANK, FIRM, couriers, register, strangers


def found(make: Any, rows: list[dict[str, Any]], **settings: Any) -> list[Finding]:
    findings: list[Finding] = make.found(
        CallerRate(**settings), make.calls(*rows), register(make), until_s=90_000.0
    )
    return findings


def test_the_first_finding_comes_before_the_twentieth_call(make: Any) -> None:
    findings = found(make, strangers(20, "d1"))
    assert findings[0].values["calls"] <= 14
    assert findings[0].family == "pace"


def test_weights_grow_and_are_bounded(make: Any) -> None:
    findings = found(make, strangers(120, "d1", 30.0))
    weights = [finding.weight for finding in findings]
    assert weights == sorted(weights)
    assert weights[0] < 1.0 < weights[-1] == CallerRate().most_weight


def test_who_goes_on_gives_some_findings_not_one_a_call(make: Any) -> None:
    findings = found(make, strangers(600, "d1", 6.0))
    assert 16 <= len(findings) <= 30


def test_ten_an_hour_that_are_hours_apart_are_no_pace(make: Any) -> None:
    assert found(make, strangers(30, "d1", 1800.0)) == []


def test_a_courier_is_found_with_thrice_as_many(make: Any) -> None:
    (batch,) = couriers(make)
    assert make.found(CallerRate(), batch) == []
    rows = strangers(90, "d1", 40.0, area=7.0)
    rows = [{**row, "cell": float(n % 9)} for n, row in enumerate(rows)]
    on_round, still = found(make, rows), found(make, strangers(90, "d1", 40.0))
    assert 0 < on_round[-1].weight < still[-1].weight


def test_one_who_moves_and_rings_all_over_the_country_is_no_courier(make: Any) -> None:
    rows = strangers(24, "d1", area=7.0)
    rows = [
        {**row, "cell": float(n % 9), "callee_region": f"{n % 5}"} for n, row in enumerate(rows)
    ]
    assert found(make, rows) != []


def test_a_banks_number_from_abroad_is_vouched_for_by_nobody(make: Any) -> None:
    rows = strangers(140, "d1", 30.0, **BANK)
    assert found(make, rows) == []
    assert found(make, [{**row, "ingress": INTERNATIONAL} for row in rows]) != []


@pytest.mark.parametrize("count", [40, 300])
def test_a_firms_line_never_comes_to_much(make: Any, count: int) -> None:
    findings = found(make, strangers(count, "d1", 10.0, **FIRM))
    assert all(finding.weight <= CallerRate().firm_most_weight for finding in findings)
    assert bool(findings) == (count > 60)


def test_a_line_without_right_to_its_trunk_is_not_taken_for_the_firm(make: Any) -> None:
    assert found(make, strangers(20, "d1", **FIRM)) == []
    elsewhere = {**FIRM, "trunk": "pbx-2"}
    ended = {"duration_ms": 8_000.0, "released_by": 2}
    assert found(make, strangers(40, "d1", **elsewhere, **ended))[-1].weight > 2.5
    unlisted = {**FIRM, "caller_prefix": 8610624, "trunk": "pbx-2"}
    assert found(make, strangers(40, "d1", **unlisted))[-1].weight == CallerRate().firm_most_weight


def test_that_a_row_names_another_trunk_is_no_reason_to_weigh_pace_more(make: Any) -> None:
    """A dialler whose row is out of date: `number_rights` has said so, and two calls that somebody
    ends say nothing yet."""
    rows = strangers(40, "d1", **{**FIRM, "trunk": "pbx-2", "answered": False})
    for row in rows[:2]:
        row |= {"answered": True, "duration_ms": 8_000.0, "released_by": 2}
    for count in (20, 40):
        assert found(make, rows[:count])[-1].weight < 2.3
    assert found(make, rows[2:])[-1].weight == CallerRate().firm_most_weight


def test_a_line_of_home_that_comes_from_abroad_and_is_hung_up_on_is_no_firms(make: Any) -> None:
    ended = {"duration_ms": 8_000.0, "released_by": 2}
    rows = strangers(40, "d1", **FIRM, ingress=INTERNATIONAL, **ended)
    assert found(make, rows) == []
    elsewhere = [{**row, "trunk": "gateway-1"} for row in rows]
    assert found(make, elsewhere)[-1].weight > CallerRate().firm_most_weight
    diverted = [{**row, "redirecting": "d9"} for row in elsewhere]
    assert found(make, diverted)[-1].weight <= CallerRate().firm_most_weight


def test_a_short_number_from_abroad_is_no_firms(make: Any) -> None:
    """A line of home there may be a firm's whose row the list lacks; a short number has no firm
    there, since no network abroad can have it."""
    short = {"caller_prefix": 8695533, "caller_digits": 7, "caller_length": 7.0}
    abroad = {"trunk": "gateway-1", "ingress": INTERNATIONAL}
    line = {**FIRM, "caller_prefix": 8610624, **abroad}
    shown, firm = (found(make, strangers(20, "d1", **each)) for each in ({**short, **abroad}, line))
    person = found(make, strangers(20, "d1"))
    assert [each.weight for each in shown] == [each.weight for each in person]
    assert shown[-1].weight > firm[-1].weight
    # At home it is its firm's to ring many.
    assert max(each.weight for each in found(make, strangers(20, "d1", **short))) <= firm[-1].weight


def test_an_owners_own_calls_hide_nobody_who_shows_its_number(make: Any) -> None:
    """A firm is spoken with all day; those whom a fraud abroad rings in its name hang up."""
    home = strangers(60, "d1", 10.0, **FIRM, duration_ms=60_000.0, released_by=1)
    abroad = {**FIRM, "trunk": "gateway-1", "ingress": INTERNATIONAL}
    rows = strangers(20, "d1", 30.0, **abroad, duration_ms=6_000.0, released_by=2)
    shown = [{**row, "at_s": 900.0 + row["at_s"], "callee": f"v{n}"} for n, row in enumerate(rows)]
    assert found(make, home) == []
    assert found(make, [*home, *shown])[-1].weight > CallerRate().firm_most_weight


def test_an_unlisted_centre_abroad_that_is_spoken_with_stays_a_firm(make: Any) -> None:
    """Of its calls callees end half, after a while; a fraud's they end at once."""
    line = {**FIRM, "trunk": "gateway-1", "ingress": INTERNATIONAL}
    rows = strangers(60, "d1", duration_ms=45_000.0, **line)
    centre = [{**row, "released_by": 1 + n % 2} for n, row in enumerate(rows)]
    assert all(each.weight < CallerRate().firm_most_weight for each in found(make, centre))
    fraud = [{**row, "released_by": 2, "duration_ms": 8_000.0} for row in rows]
    assert found(make, fraud)[-1].weight == CallerRate().most_weight


def test_each_new_callee_is_judged_before_the_twentieth_call(make: Any) -> None:
    findings = found(make, strangers(20, "d1"))
    assert [finding.values["calls"] for finding in findings] == list(range(10, 21))


def test_faster_than_by_hand_weighs_more_from_the_first_on(make: Any) -> None:
    by_hand, machine = (found(make, strangers(16, "d1", apart_s)) for apart_s in (60.0, 6.0))
    assert machine[0].weight > by_hand[0].weight + 1.0
    unhurried = found(make, strangers(16, "d1", 6.0), by_hand_an_hour=1000.0)
    assert [each.weight for each in unhurried] == [each.weight for each in by_hand]


def test_a_firms_dialler_may_be_faster(make: Any) -> None:
    slow, fast = (found(make, strangers(90, "d1", apart_s, **FIRM)) for apart_s in (60.0, 6.0))
    assert [each.weight for each in slow] == [each.weight for each in fast]


def test_who_is_spoken_with_weighs_less_the_longer_it_goes_on(make: Any) -> None:
    """A seller of whose calls callees end half; one whose calls they end all stays where it was."""
    rows = strangers(60, "d1", duration_ms=45_000.0)
    seller = [{**row, "released_by": 1 + n % 2} for n, row in enumerate(rows)]
    hung_up = strangers(60, "d1", duration_ms=8_000.0, released_by=2)
    plain = found(make, seller, excuse_spoken_with=False)
    assert plain[-1].weight == CallerRate().most_weight
    assert found(make, seller) == []
    assert [each.weight for each in found(make, hung_up)] == [each.weight for each in plain]


def test_a_withheld_number_is_nobodys(make: Any) -> None:
    assert found(make, [{**row, "caller": None} for row in strangers(40, "d1")]) == []


def test_a_call_that_is_recorded_twice_is_one(make: Any) -> None:
    rows = strangers(9, "d1")
    twice = [{**row, "call_ref": f"r{n}"} for n, row in enumerate(rows) for _ in range(2)]
    assert found(make, twice) == []


def test_findings_say_what_ties_the_number_to_others(make: Any) -> None:
    finding = found(make, strangers(12, "d1", terminal="t-1", area=7.0, cell=3.0, rat=3))[-1]
    assert finding.of_calls is not None
    assert "terminal:t-1" in finding.of_calls.links
    assert "cell:lte-None-None-7-3" in finding.of_calls.links
    assert not any(link.startswith("manner:") for link in finding.of_calls.links)
    assert finding.of_calls.calls == (f"ref-d1-{finding.ts}",)
