"""Numbers of home that are shown from abroad: their owners at home, storms, and honest reasons."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from detectors.features.facts import Origin
from detectors.model.codes import INTERCONNECT, INTERNATIONAL, ROAMING_CHECKS, code_of
from detectors.model.finding import Finding, Observation, Source
from detectors.model.rare_messages import NumberRow
from detectors.register.register import Register
from detectors.rules.impersonated_number import rung
from detectors.rules.impersonated_number.rule import ImpersonatedNumber
from detectors.rules.impersonated_number.rung import Rung, unpacked
from detectors.rules.impersonated_number.samples import FIXED, shown, storm
from tests.detectors.test_rule_contract import found as found_in
from tests.detectors.test_rule_contract import judged

PBX = {**FIXED, "trunk": "pbx-001"}


def found(
    make: Any, *rows: dict[str, Any], rule: ImpersonatedNumber | None = None
) -> list[Finding]:
    batch = make.calls(*sorted(rows, key=lambda row: row["at_s"]))
    return found_in(rule or ImpersonatedNumber(), [batch], make)


def passed(rule: ImpersonatedNumber, batch: Any, make: Any, part: int = 0) -> list[Observation]:
    """What a partition lets through of some calls."""
    facts, state = replace(make.facts(batch), origin=Origin("calls", part)), rule.new_state()
    screened = rule.screen(state, facts).observations
    return [*screened, *rule.sums_due(state, 1 << 60, facts.origin)]


def own(number: str = "x", at_s: float = 100.0) -> dict[str, Any]:
    """A call of the owner, by the line that is its own."""
    return {"caller": number, **PBX, "at_s": at_s}


def refs(findings: list[Finding]) -> list[str]:
    return [ref for each in findings for ref in (each.of_calls.calls if each.of_calls else ())]


def test_a_storm_of_strangers_shows_that_the_number_is_somebody_elses(make: Any) -> None:
    findings = found(make, *shown(), *storm())
    assert refs(findings) == ["x-a0", "x-a1", "x-a2", "x-a3"]
    for finding in findings:
        assert finding.of_calls is not None
        assert (finding.of_calls.number, finding.of_calls.role) == ("x", "impersonated")


def test_calls_after_the_storm_are_found_at_once(make: Any) -> None:
    later = [{**row, "call_ref": f"later-{n}"} for n, row in enumerate(shown(at_s=1200.0))]
    assert set(refs(found(make, *shown(), *storm(), *later))) >= {f"later-{n}" for n in range(4)}


def test_the_owners_own_calls_show_it_without_a_storm(make: Any) -> None:
    before, after = (found(make, *shown(), own(at_s=at_s)) for at_s in (-100.0, 900.0))
    assert refs(before) == refs(after) == ["x-a0", "x-a1", "x-a2", "x-a3"]
    assert {each.values["at_home"] for each in [*before, *after]} == {"yes"}


def test_both_weigh_more_than_either(make: Any) -> None:
    storms, owners, both = (
        max(each.weight for each in found(make, *shown(at_s=1200.0), *rows))
        for rows in (storm(), [own()], [*storm(), own()])
    )
    assert both > max(storms, owners)
    assert both <= ImpersonatedNumber().max_weight


def test_the_owners_calls_are_named_by_no_finding(make: Any) -> None:
    findings = found(make, *shown(), {**own(), "call_ref": "own"}, *storm())
    assert "own" not in refs(findings)


def test_few_who_ring_are_no_storm(make: Any) -> None:
    assert found(make, *shown(), *storm(count=3)) == []
    assert found(make, *shown(), *storm(count=4)) != []


def test_one_who_rings_again_and_again_is_no_storm(make: Any) -> None:
    rows = [{**row, "caller": "p0"} for row in storm(count=30)]
    assert found(make, *shown(), *rows) == []


def test_a_storm_counts_whichever_partitions_the_callers_lie_in(make: Any) -> None:
    rule = ImpersonatedNumber()
    parts = [
        shown(),
        storm(count=2),
        [{**row, "caller": f"q{n}"} for n, row in enumerate(storm(count=2))],
    ]
    observations = []
    for number, rows in enumerate(parts):
        observations += passed(rule, make.calls(*rows), make, number)
    assert {each.values["callers"] for each in judged(rule, observations)} == {4}


def test_numbers_of_operators_at_home_count_as_owners(make: Any) -> None:
    assert found(make, *shown(), {**own(), "ingress": INTERCONNECT}) != []


def test_mobile_numbers_count_where_the_register_has_them_at_home(make: Any) -> None:
    mobile = {"caller_prefix": 8613912, "caller_length": 13.0}
    rung = storm(callee_prefix=8621555)
    assert found(make, *shown(**mobile), *rung) == []
    at_home = {**mobile, "roaming_check": code_of("home", ROAMING_CHECKS)}
    assert found(make, *shown(**at_home), *rung) != []


def test_roamers_and_diverted_calls_are_left_out(make: Any) -> None:
    rule = ImpersonatedNumber(excuse_roamers=False)
    for reason in ({"redirecting": "r"}, {"roaming_check": code_of("abroad", ROAMING_CHECKS)}):
        assert found(make, *shown(**reason), *storm()) == []
        assert found(make, *shown(**reason), *storm(), rule=rule) != []


def test_registered_centres_are_left_out(make: Any) -> None:
    row = NumberRow(
        rx_ts=0,
        source=Source("number.register", 0, 0, -1),
        number="x",
        number_class="fixed",
        rights=("gateway-01",),
    )
    book = Register.empty().with_numbers(Register.empty().numbers.updated([row]))
    batch = make.calls(*shown(), *storm())
    assert make.findings(ImpersonatedNumber(), batch, register=book) == []
    rule = ImpersonatedNumber(excuse_registered=False)
    assert make.findings(rule, batch, register=book) != []


def test_what_is_rung_as_often_every_hour_is_a_habit(make: Any) -> None:
    usual = [
        {**row, "caller": f"{hour}-{row['caller']}"}
        for hour in range(3)
        for row in storm(at_s=3600.0 * hour, count=9)
    ]
    late = shown(at_s=3600.0 * 2 - 100.0)
    assert found(make, *usual, *late) == []
    assert found(make, *usual, *late, rule=ImpersonatedNumber(excuse_usual=False)) != []


def test_a_number_counts_once_for_each_who_rings_it(make: Any) -> None:
    twice = [
        {**row, "at_s": row["at_s"] + 700.0, "call_ref": f"again-{n}"}
        for n, row in enumerate(storm())
    ]
    observations = passed(ImpersonatedNumber(), make.calls(*storm(), *twice), make)
    assert sum(len(unpacked(str(each.values["rung"]))) for each in observations) == 9


def test_hours_are_counted_by_themselves_and_the_busiest_numbers_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, hour = Rung(), 3_600_000
    known.take(np.array([7] * 4 + [9] * 2, dtype="<u4"), hour)
    known.take(np.array([7] * 7, dtype="<u4"), hour + 30_000)
    assert [known.storm(7, hour + 30_000, usual) for usual in (False, True)] == [7, 4]
    assert known.storm(9, hour + 30_000, usual=True) == 2
    assert [known.storm(7, at * hour, usual=False) for at in (2, 3)] == [7, 0]
    known.take(np.array([7], dtype="<u4"), 5 * hour)
    assert known.storm(9, 5 * hour - 1, usual=False) == 0
    monkeypatch.setattr(rung, "_MOST", 4)
    known.take(np.array([1, 2, 2, 3, 3, 3, 4], dtype="<u4"), 5 * hour)
    assert [known.storm(name, 5 * hour - 1, usual=False) for name in (1, 2, 3, 4)] == [0, 2, 3, 0]


def test_nothing_is_sent_of_hotlines_and_of_machines(make: Any) -> None:
    hotline = storm(callee_prefix=110, callee_length=3.0, callee_digits=3, count=20)
    machines = storm(caller_prefix=8610648, caller_length=15.0, count=20)
    for rows in (hotline, machines):
        assert passed(ImpersonatedNumber(), make.calls(*rows), make) == []


def test_only_calls_from_abroad_are_shown(make: Any) -> None:
    rule = ImpersonatedNumber()
    kinds = []
    for ingress in (INTERNATIONAL, INTERCONNECT):
        facts = make.facts(make.calls(*shown(ingress=ingress)))
        kinds.append([each.kind for each in rule.screen(rule.new_state(), facts).observations])
    assert kinds == [["shown"] * 4, []]
