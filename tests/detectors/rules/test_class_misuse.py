"""Numbers that do what their class doesn't, and firms, couriers and alarms that do it honestly."""

from typing import Any

import pytest

from detectors.model.codes import INTERNATIONAL
from detectors.model.finding import Finding
from detectors.rules.class_misuse.rule import ClassMisuse
from detectors.rules.class_misuse.samples import FREE, SHARED, register, thing, virtual


def found(make: Any, *rows: Any, rule: ClassMisuse | None = None) -> list[Finding]:
    """What is found of calls, with the list of the samples."""
    findings: list[Finding] = make.findings(
        rule or ClassMisuse(), make.calls(*rows), register=register(make)
    )
    return findings


@pytest.mark.parametrize(("callees", "findings"), [(1, 0), (6, 0), (7, 1), (12, 6), (13, 7)])
def test_a_thing_that_rings_more_than_a_chain_of_alarms(
    make: Any, callees: int, findings: int
) -> None:
    weights = [finding.weight for finding in found(make, *thing(callees))]
    assert len(weights) == findings
    assert set(weights) <= {1.2, 2.0}
    assert weights[12 - 6 :] == [2.0] * max(callees - 12, 0)


def test_a_thing_that_rings_its_owner_again_and_again_is_in_order(make: Any) -> None:
    assert found(make, *({**row, "callee": "owner"} for row in thing(50))) == []


def test_what_it_rang_is_forgotten_after_two_hours(make: Any) -> None:
    rows = [{**row, "at_s": 3600.0 * 2 * n} for n, row in enumerate(thing(20))]
    assert found(make, *rows) == []


@pytest.mark.parametrize(("row", "reason"), [(SHARED, "shared_cost"), (FREE, "service")])
def test_numbers_that_only_receive_calls(make: Any, row: Any, reason: str) -> None:
    (finding,) = found(make, row)
    assert finding.values["reason"] == reason
    assert finding.weight < 1.0
    # From abroad it is for another rule.
    assert found(make, {**row, "ingress": INTERNATIONAL}) == []


def test_a_firm_that_shows_its_400_number_is_listed(make: Any) -> None:
    assert found(make, {**SHARED, "caller": "d-firm"}) == []


def test_virtual_operators_numbers_weigh_only_by_what_they_do(make: Any) -> None:
    assert found(make, *virtual(40)) == []
    (finding,) = found(make, *virtual(70))
    assert (finding.values["reason"], finding.values["rung"]) == ("virtual", 64)
    assert finding.weight < 1.0
    assert found(make, *virtual(70, region="21")) == []


def test_numbers_that_only_receive_calls_are_tied_by_turns_alone(make: Any) -> None:
    """Firms whose rows are missing are odd in the same way, on the same trunk."""
    row = {**SHARED, "trunk": "interconnect-1", "callee_region": "10"}
    calls = [{**row, "caller": "d-1", "callee": f"c{n}", "at_s": 30.0 * n} for n in range(40)]
    findings = found(make, *calls)
    assert len(findings) == 32
    links = [link.partition(":")[0] for f in findings if f.of_calls for link in f.of_calls.links]
    assert "turn" in links
    assert "manner" not in links
    trunkless = found(make, {**SHARED, "trunk": None})[0].of_calls
    assert trunkless is not None
    assert not any(link.startswith("turn:") for link in trunkless.links)


def test_cards_of_whose_calls_nobody_says_whence_they_came_share_nothing(make: Any) -> None:
    """Two riders with cards for things, into one region: neither has a trunk."""
    rows = [*thing(14, "d-one"), *thing(14, "d-other")]
    own = [{**row, "callee_region": "10"} for row in rows]
    for trunk, manners in ((None, 0), ("pbx-1", 1)):
        calls = make.calls(*({**row, "trunk": trunk} for row in own))
        findings = make.findings(ClassMisuse(), calls)
        links = {link for each in findings if each.of_calls for link in each.of_calls.links}
        shared = {link for link in links if link.startswith("manner:")}
        assert len({finding.who for finding in findings}) == 2
        assert len({link for link in shared if "many" in link}) == manners
