"""Foreign numbers that ring once and are rung back, and honest ones that are too."""

from dataclasses import replace
from typing import Any

import pytest

from detectors.features.facts import Origin
from detectors.model.finding import Finding
from detectors.rules.rung_back.pairs import unpacked
from detectors.rules.rung_back.rule import RungBack
from detectors.rules.rung_back.samples import back, of, once


def found(make: Any, *rows: dict[str, Any], **settings: Any) -> list[Finding]:
    findings: list[Finding] = make.findings(RungBack(**settings), of(make, list(rows)))
    return findings


def test_one_who_rings_back_speaks_against_a_number_that_rang_six(make: Any) -> None:
    (finding,) = found(make, *once("w1", 6), *back("w1", 1))
    assert finding.of_calls is not None
    assert (finding.of_calls.number, finding.of_calls.role) == ("w1", "caller")
    assert "trunk:gw-1" in finding.of_calls.links
    assert 1.3 < finding.weight < RungBack().most_weight


def test_numbers_of_a_trunk_count_together(make: Any) -> None:
    one = found(make, *once("w1", 3), *back("w1", 1))
    both = found(make, *once("w1", 3), *once("w2", 3), *back("w1", 1))
    assert one == []
    assert [(each.who, each.values["all_people"]) for each in both] == [("w1", 6)]


def test_where_the_trunk_is_unknown_each_stands_for_itself(make: Any) -> None:
    rows = [*once("w1", 3, trunk=None), *once("w2", 3, trunk=None), *back("w1", 1)]
    assert found(make, *rows) == []


def test_a_number_that_was_rung_back_is_judged_again_when_it_rings_others(make: Any) -> None:
    later = [{**row, "callee": f"q{n}", "call_ref": f"q{n}"} for n, row in enumerate(once("w1", 4))]
    later = [{**row, "at_s": row["at_s"] + 3000.0} for row in later]
    findings = found(make, *once("w1", 3), *back("w1", 1), *later)
    assert [each.values["people"] for each in findings] == [6, 7]


def test_who_rings_back_twice_is_one(make: Any) -> None:
    again = [{**row, "at_s": 1600.0, "call_ref": "again"} for row in back("w1", 1)]
    findings = found(make, *once("w1", 6), *back("w1", 1), *again)
    assert [each.values["back"] for each in findings] == [1]


def test_who_wasnt_rung_says_nothing(make: Any) -> None:
    rows = [{**row, "caller": f"other-{n}"} for n, row in enumerate(back("w1", 3))]
    assert found(make, *once("w1", 6), *rows) == []


def test_one_who_returns_calls_speaks_in_some_of_them(make: Any) -> None:
    spoken = once("w1", 3, at_s=105.0, answered=True, duration_ms=60_000.0)
    spoken = [{**row, "callee": f"s{n}", "call_ref": f"s{n}"} for n, row in enumerate(spoken)]
    assert found(make, *once("w1", 6), *spoken, *back("w1", 1)) == []


def test_who_called_just_before_the_ring_knows_the_number(make: Any) -> None:
    """Both in one half-minute, whose calls come together when it is over."""
    rows = [*once("w1", 6, at_s=100.0), *back("w1", 1, at_s=99.0)]
    assert found(make, *rows) == []


def test_the_day_after_nobody_rings_back(make: Any) -> None:
    assert found(make, *once("w1", 6), *back("w1", 1, at_s=50_000.0)) == []


def test_no_number_of_a_pair_is_sent(make: Any) -> None:
    rule, batch = RungBack(), of(make, [*once("w1", 2), *back("w1", 2)])
    facts = replace(make.facts(batch), origin=Origin("calls", 0))
    state = rule.new_state()
    rule.screen(state, facts)
    sent = rule.sums_due(state, 1 << 60, facts.origin)
    assert sum(len(unpacked(str(each.values["called"]))) for each in sent) == 2
    assert all(each.of_calls is None and not each.who for each in sent)


@pytest.mark.parametrize("text", ["?", "AAAA"])
def test_what_no_worker_sends_is_refused(make: Any, text: str) -> None:
    rule, batch = RungBack(), of(make, back("w1", 1))
    facts, state = make.facts(batch), rule.new_state()
    rule.screen(state, facts)
    (sent,) = rule.sums_due(state, 1 << 60, Origin("calls", 0))
    sent.values["called"] = text
    with pytest.raises(ValueError, match=r".+"):
        rule.observe(rule.new_zone_state(), sent)
