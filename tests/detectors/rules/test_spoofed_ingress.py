"""Numbers of home from abroad, and whoever rings home from there."""

from typing import Any

import pytest

from detectors.model.codes import INTERNATIONAL
from detectors.model.finding import Finding
from detectors.rules.spoofed_ingress.rule import SpoofedIngress
from detectors.rules.spoofed_ingress.samples import (
    ABROAD,
    BANK,
    DETACHED,
    HOME,
    LINE,
    MOBILE,
    NOWHERE,
    PROTECTED,
    SHARED,
    SILENT,
    UNASKED,
    register,
)

HOUR_S = 3600.0
#: A number that is free to ring, from abroad.
FREE = {**LINE, "caller_prefix": 8680012}


def found(make: Any, *rows: Any, rule: SpoofedIngress | None = None) -> list[Finding]:
    """What is found of calls, with the list of the samples."""
    each = [{"call_ref": f"c{n}", **row} for n, row in enumerate(rows)]
    calls = make.calls(*each)
    findings: list[Finding] = make.findings(
        rule or SpoofedIngress(), calls, register=register(make)
    )
    return findings


def reasons(findings: list[Finding]) -> list[Any]:
    return [finding.values["reason"] for finding in findings]


@pytest.mark.parametrize(
    ("row", "reason", "weight"),
    [
        *((LINE, "fixed_number", 2.5), (BANK, "short_number", 3.0), (SHARED, "shared_cost", 3.0)),
        *((SILENT, "silent_number", 3.0), (PROTECTED, "protected_number", 2.0)),
    ],
)
def test_numbers_that_no_phone_abroad_has(make: Any, row: Any, reason: str, weight: float) -> None:
    (finding,) = found(make, row)
    assert (finding.values["reason"], finding.weight) == (reason, weight)
    assert finding.of_calls is not None
    assert f"trunk:{row['trunk']}" in finding.of_calls.links


@pytest.mark.parametrize(
    ("answer", "weight"), [(HOME, 1.5), (DETACHED, 1.5), (NOWHERE, 2.5), (UNASKED, 0.4), (0, 0.4)]
)
def test_a_mobile_number_weighs_by_what_its_home_register_says(
    make: Any, answer: int, weight: float
) -> None:
    (finding,) = found(make, {**MOBILE, "roaming_check": answer})
    assert finding.weight == weight


def test_a_roamer_is_none(make: Any) -> None:
    assert found(make, {**MOBILE, "roaming_check": ABROAD}) == []


def test_a_second_call_at_home_weighs_more_and_needs_no_question(make: Any) -> None:
    answers = [{**MOBILE, "caller": "d-1", "roaming_check": each} for each in (HOME, HOME, UNASKED)]
    assert [finding.weight for finding in found(make, *answers)] == [1.5, 2.5, 2.5]


def test_a_number_of_nobody_stays_nobodys_where_it_is_not_asked_again(make: Any) -> None:
    answers = [{**MOBILE, "caller": "d-1", "roaming_check": each} for each in (NOWHERE, UNASKED, 0)]
    findings = found(make, *answers)
    assert reasons(findings) == ["nobodys"] * 3
    assert {finding.of_calls.role for finding in findings if finding.of_calls} == {"caller"}


def test_whom_the_register_had_at_home_once_is_somebody(make: Any) -> None:
    given = NOWHERE, HOME, UNASKED
    answers = [{**MOBILE, "caller": "d-1", "roaming_check": each} for each in given]
    assert reasons(found(make, *answers)) == ["nobodys", "not_abroad", "not_abroad"]


def test_two_records_of_a_call_are_one_answer(make: Any) -> None:
    twice = [{**MOBILE, "caller": "d-1", "call_ref": "c"} for _ in range(2)]
    assert [finding.weight for finding in found(make, *twice)] == [1.5, 1.5]


def test_who_was_abroad_is_there_for_two_hours(make: Any) -> None:
    def calls(later_s: float) -> list[Any]:
        fixed = {**MOBILE, "caller": "d-1"}
        return [{**fixed, "roaming_check": ABROAD}, {**fixed, "at_s": later_s}]

    assert found(make, *calls(HOUR_S)) == []
    assert reasons(found(make, *calls(3 * HOUR_S))) == ["not_abroad"]


def test_unasked_ones_are_found_seldom(make: Any) -> None:
    many = [{**MOBILE, "caller": "d-1", "roaming_check": UNASKED} for _ in range(20)]
    assert len(found(make, *many)) == 5


def test_a_mobile_number_of_which_nobody_asked_is_only_shown(make: Any) -> None:
    answers = {UNASKED: True, HOME: False, NOWHERE: False}
    for answer, shown in answers.items():
        (finding,) = found(make, {**MOBILE, "roaming_check": answer})
        assert finding.of_calls is not None
        assert finding.of_calls.only_shown is shown


def test_a_failed_verification_adds(make: Any) -> None:
    failed = {**MOBILE, "roaming_check": UNASKED, "verstat": "TN-Validation-Failed"}
    (finding,) = found(make, failed)
    assert finding.weight == pytest.approx(0.9)
    assert found(make, {"verstat": "TN-Validation-Failed"}) == []


def test_a_diverted_call_shows_who_was_diverted(make: Any) -> None:
    by = {"redirecting": "d-9", "redirecting_digits": 7, "redirecting_length": 13.0}
    assert found(make, {**LINE, **by, "redirecting_prefix": 8613912}) == []
    # A line of home diverts nothing from abroad.
    lines = {**by, "redirecting_prefix": 8610620, "redirecting_length": 12.0}
    assert reasons(found(make, {**LINE, **lines})) == ["fixed_number"]


def test_a_registered_centre_has_its_own_gateway(make: Any) -> None:
    assert found(make, {**LINE, "caller": "d-centre"}) == []
    other = {**LINE, "caller": "d-centre", "trunk": "gateway-02"}
    assert reasons(found(make, other)) == ["fixed_number"]


def test_a_line_that_the_list_has_is_its_owners_who_is_not_there(make: Any) -> None:
    """A stranger's line is a caller, since nobody is known to own it; a listed one isn't, and no
    subscriber whom the home register has at home."""
    rows = [
        LINE,
        {**LINE, "caller": "d-centre", "trunk": "gateway-02"},
        PROTECTED,
        {**MOBILE, "caller": "d-1"},
        {**MOBILE, "caller": "d-2", "roaming_check": NOWHERE},
    ]
    roles = [finding.of_calls.role for finding in found(make, *rows) if finding.of_calls]
    assert roles == ["caller", *3 * ["impersonated"], "caller"]


def test_a_short_number_has_an_owner_whether_the_list_has_it_or_not(make: Any) -> None:
    """The plan gives each to an institution; a line of nobody known is whoever shows it."""
    never = {**BANK, "caller": "d-9", "released_by": 2, "duration_ms": 6_000.0}
    rows = [{**never, "callee": f"c{n}", "at_s": 30.0 * n} for n in range(24)]
    assert make.register().numbers.rows == {}
    about = [finding.of_calls for finding in make.findings(SpoofedIngress(), make.calls(*rows))]
    assert {each.role for each in about if each is not None} == {"impersonated"}
    roles = [finding.of_calls.role for finding in found(make, SHARED) if finding.of_calls]
    assert roles == ["caller"]


@pytest.mark.parametrize("row", [LINE, SHARED, FREE])
def test_what_a_centre_abroad_may_have_a_right_to_is_only_shown_however_its_calls_end(
    make: Any, row: Any
) -> None:
    ended = {**row, "caller": "d-1", "released_by": 2, "duration_ms": 6_000.0}
    calls = [{**ended, "callee": f"c{n}", "at_s": 30.0 * n} for n in range(24)]
    about = [finding.of_calls for finding in found(make, *calls)]
    assert [each.only_shown for each in about if each is not None] == 24 * [True]


def test_whoever_goes_on_has_every_call_for_long_and_some_after(make: Any) -> None:
    rows = [{**LINE, "caller": "d-1", "at_s": float(n)} for n in range(400)]
    assert len(found(make, *rows)) == 256 + (400 - 256) // 4


def test_a_withheld_number_claims_nothing(make: Any) -> None:
    assert found(make, {"caller": None, "ingress": INTERNATIONAL, "roaming_check": HOME}) == []


def test_a_line_that_is_spoken_with_stands_for_itself(make: Any) -> None:
    """A centre that no row names: callees end half of its calls, none of them soon."""
    line = {**LINE, "caller": "d-1", "duration_ms": 50_000.0}
    centre = [
        {**line, "callee": f"c{n}", "at_s": 30.0 * n, "released_by": 1 + n % 2} for n in range(24)
    ]
    about = [finding.of_calls for finding in found(make, *centre)]
    assert [each.spoken_with for each in about if each is not None] == 15 * [False] + 9 * [True]
    hung_up = [{**row, "released_by": 2, "duration_ms": 6_000.0} for row in centre]
    assert not any(f.of_calls.spoken_with for f in found(make, *hung_up) if f.of_calls)
    never = SpoofedIngress(spoken_with_calls=1000)
    assert not any(f.of_calls.spoken_with for f in found(make, *centre, rule=never) if f.of_calls)


def test_who_shows_a_banks_number_is_not_spoken_for_by_the_bank(make: Any) -> None:
    bank = {"caller": "d-bank", "duration_ms": 50_000.0, "released_by": 1}
    at_home = [{**LINE, **bank, "trunk": "pbx-1", "ingress": 3, "at_s": 9.0 * n} for n in range(20)]
    abroad = [{**LINE, **bank, "at_s": 200.0 + n} for n in range(4)]
    rows = [{**row, "callee": f"c{n}"} for n, row in enumerate((*at_home, *abroad))]
    for number in ("d-bank", "d-1"):
        about = [f.of_calls for f in found(make, *({**row, "caller": number} for row in rows))]
        assert [each.spoken_with for each in about if each is not None] == 4 * [False]


def test_a_firm_that_rings_all_day_hides_no_call_from_abroad(make: Any) -> None:
    """Of who goes on one call in four is a finding; that is counted of who is abroad alone."""
    bank = {**BANK, "caller": "d-9"}
    home = [{**bank, "trunk": "pbx-1", "ingress": 3, "at_s": float(n)} for n in range(400)]
    abroad = [{**bank, "at_s": 500.0 + n} for n in range(8)]
    assert reasons(found(make, *home, *abroad)) == 8 * ["short_number"]
