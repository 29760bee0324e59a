"""Numbers by trunks that aren't theirs, and lines that have moved."""

from typing import Any

from detectors.model.finding import Finding
from detectors.rules.number_rights.rule import NumberRights
from detectors.rules.number_rights.samples import ELSEWHERE, OTHERS, OWN, register

HOUR_S = 3600.0


def found(make: Any, *rows: Any, rule: NumberRights | None = None) -> list[Finding]:
    """What is found of calls, with the list of the samples."""
    calls = make.calls(*({"call_ref": f"c{n}", **row} for n, row in enumerate(rows)))
    findings: list[Finding] = make.findings(rule or NumberRights(), calls, register=register(make))
    return findings


def test_by_an_own_line_and_by_another_operators(make: Any) -> None:
    assert [finding.weight for finding in found(make, ELSEWHERE, OTHERS)] == [2.3, 2.3]
    (finding,) = found(make, ELSEWHERE)
    assert finding.values == {"trunk": "pbx-9", "way": "onnet"}
    assert finding.of_calls is not None
    assert "manner:number_rights|onnet|pbx-9|10" in finding.of_calls.links


def test_after_a_failure_all_calls_go_by_another_line(make: Any) -> None:
    assert found(make, OWN, ELSEWHERE, ELSEWHERE) == []
    assert (
        len(found(make, OWN, ELSEWHERE, ELSEWHERE, rule=NumberRights(excuse_failover=False))) == 2
    )


def test_both_lines_at_once_are_no_failure(make: Any) -> None:
    calls = [finding.of_calls for finding in found(make, OWN, ELSEWHERE, OWN, ELSEWHERE)]
    assert [each.calls for each in calls if each is not None] == [("c3",)]


def test_a_failure_is_remembered_for_two_hours(make: Any) -> None:
    assert found(make, OWN, {**ELSEWHERE, "at_s": HOUR_S}) == []
    assert len(found(make, OWN, {**ELSEWHERE, "at_s": 3 * HOUR_S})) == 1


def test_failures_of_many_lines_are_kept_apart(make: Any) -> None:
    shown = {**ELSEWHERE, "caller": "d-shown"}
    (finding,) = found(make, OWN, shown, ELSEWHERE)
    assert finding.who == "d-shown"


def test_owners_who_are_vouched_for_may_use_any_trunk(make: Any) -> None:
    trusted = {**ELSEWHERE, "caller": "d-trusted"}
    assert found(make, trusted) == []
    assert len(found(make, trusted, rule=NumberRights(excuse_trusted=False))) == 1


def test_a_line_that_rings_all_day_gives_few_findings(make: Any) -> None:
    rows = [{**ELSEWHERE, "at_s": 5.0 * n} for n in range(600)]
    assert len(found(make, *rows)) == 32 + 4
