"""Every innocent cause is dealt with; every excuse belongs to a cause and can be switched off."""

from pathlib import Path

import msgspec
import pytest

from detectors.benign.catalogue import EXPLANATIONS, page
from detectors.features.baselines.cluster_rule import ClusterRule
from detectors.features.rule import AnyRule
from detectors.rules import RULES
from streams.config.settings import load_settings

ROOT = Path(__file__).parents[3]
#: Excuses that all rules which count in clusters share; each cause names them where they matter.
SHARED = ("excuse_habit", "excuse_crowd", "excuse_restart", "excuse_repeats")


def test_all_causes_of_the_notes_are_there_and_met() -> None:
    assert [one.code for one in EXPLANATIONS] == [f"F{n}" for n in range(1, 38)]
    assert all(one.switches or one.otherwise for one in EXPLANATIONS)


@pytest.mark.parametrize("switch", sorted({s for e in EXPLANATIONS for s in e.switches}))
def test_every_switch_turns_something_off(switch: str) -> None:
    on, off = load_settings(env={}), load_settings(env={}, flags={switch: False})
    assert on != off


def test_every_excuse_of_a_rule_belongs_to_a_cause() -> None:
    named = {switch for one in EXPLANATIONS for switch in one.switches}
    orphans = [
        f"rules.{rule.name}.{field.name}"
        for rule in RULES
        for field in msgspec.structs.fields(rule)
        if field.name.startswith("excuse_") and field.name not in SHARED
        if f"rules.{rule.name}.{field.name}" not in named
    ]
    assert orphans == []


def test_the_page_is_up_to_date() -> None:
    shipped = (ROOT / "docs" / "explanations.md").read_text("utf-8")
    assert shipped == page(), (
        "rewrite with: python -m detectors.benign.catalogue > docs/explanations.md"
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_excuse_of_a_rule_is_named_in_its_tests(rule: type[AnyRule]) -> None:
    tests = ROOT / "tests" / "detectors"
    own = (tests / "rules" / f"test_{rule.name}.py").read_text("utf-8")
    shared = (tests / "features" / "baselines" / "test_cluster_rule.py").read_text("utf-8")
    untested = []
    for field in msgspec.structs.fields(rule):
        inherited = issubclass(rule, ClusterRule) and field.name in SHARED
        if field.name.startswith("excuse_") and field.name not in (shared if inherited else own):
            untested.append(field.name)
    assert untested == []
