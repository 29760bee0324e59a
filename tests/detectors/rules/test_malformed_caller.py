"""Numbers that are none, and those that only plans don't have."""

from typing import Any

import pytest

from detectors.model.codes import INTERCONNECT, INTERNATIONAL, ONNET
from detectors.model.finding import Finding
from detectors.rules.class_misuse.samples import register
from detectors.rules.malformed_caller.rule import MalformedCaller
from detectors.rules.malformed_caller.samples import LONG


def found(make: Any, digits: str, ingress: int = INTERNATIONAL, **row: Any) -> list[Finding]:
    """What is found of one call by a number as signalled, of an unknown nature unless given."""
    number = {"caller_prefix": int(digits[:7]), "caller_digits": min(len(digits), 7)}
    fixed = {"caller_length": float(len(digits)), "caller_nai": 2.0, "number_class": 0}
    calls = make.calls({**number, **fixed, "ingress": ingress, "trunk": "t-1", **row})
    findings: list[Finding] = make.findings(MalformedCaller(), calls)
    return findings


@pytest.mark.parametrize(
    ("digits", "reason"),
    [
        *(("55", "too_short"), ("0000000", "zeros"), ("86555123455512345", "too_long")),
        *(("21055512345", "no_country"), ("5553", "too_short")),
    ],
)
def test_what_comes_from_abroad_and_no_plan_has(make: Any, digits: str, reason: str) -> None:
    (finding,) = found(make, digits)
    assert (finding.values["reason"], finding.weight) == (reason, 1.8)


@pytest.mark.parametrize("digits", ["8655506214", "8600055512345"])
def test_a_number_of_home_in_no_range_weighs_more_from_abroad(make: Any, digits: str) -> None:
    (finding,) = found(make, digits)
    assert (finding.values["reason"], finding.weight) == ("unallocated", 2.5)
    (inland,) = found(make, digits, INTERCONNECT, caller_nai=4.0)
    assert inland.weight < 1.0


@pytest.mark.parametrize("digits", ["447400512345", "8613912345678", "862162345678", "86110"])
def test_what_a_plan_has(make: Any, digits: str) -> None:
    assert found(make, digits, caller_nai=4.0) == []


def test_what_may_be_a_number_of_home_without_its_code_is_none_of_nobodys(make: Any) -> None:
    assert found(make, "13912345678") == []


def test_from_another_operator_it_weighs_little_and_seldom(make: Any) -> None:
    (finding,) = found(make, "8613912345678901", INTERCONNECT)
    assert finding.weight < 1.0
    rows = [
        {**LONG, "caller": "d-1", "ingress": INTERCONNECT, "call_ref": f"c{n}"} for n in range(20)
    ]
    findings = make.findings(MalformedCaller(), make.calls(*rows))
    assert [each.of_calls.calls[0] for each in findings] == ["c0", "c1", "c3", "c7", "c15"]


def test_from_abroad_each_call_is_one_more(make: Any) -> None:
    rows = [
        {**LONG, "caller": "d-1", "ingress": INTERNATIONAL, "call_ref": f"c{n}", "trunk": "g-1"}
        for n in range(20)
    ]
    findings = make.findings(MalformedCaller(), make.calls(*rows))
    assert len(findings) == 20
    assert findings[0].of_calls.links == (
        *("trunk:g-1", "prefix:8613912/16", "region:10"),
        "manner:malformed_caller|nobodys|g-1|10",
    )


def test_own_lines_show_what_they_like(make: Any) -> None:
    assert found(make, "417", ONNET) == []
    (finding,) = make.findings(MalformedCaller(excuse_exchange=False), make.calls(LONG))
    assert finding.weight < 1.0


def test_the_list_goes_before_the_plan(make: Any) -> None:
    calls = make.calls({**LONG, "caller": "d-firm", "ingress": INTERNATIONAL})
    assert make.findings(MalformedCaller(), calls)
    assert make.findings(MalformedCaller(), calls, register=register(make)) == []


def test_what_its_switch_has_a_class_for_is_in_order(make: Any) -> None:
    calls = make.calls({**LONG, "ingress": INTERCONNECT, "number_class": 2})
    assert make.findings(MalformedCaller(), calls) == []
    # Of a number from abroad no switch knows.
    abroad = make.calls({**LONG, "ingress": INTERNATIONAL, "number_class": 2})
    assert make.findings(MalformedCaller(), abroad)
