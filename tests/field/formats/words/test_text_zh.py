"""Chinese sentences of the rules: one for each, about nothing that the rule doesn't give."""

import importlib.util
import re
import typing
from pathlib import Path
from typing import Any

import pytest

from detectors.features.plan.unlisted_cells import GRADES
from detectors.features.rule import AnyRule
from detectors.model.finding import Finding
from detectors.rules import RULES
from detectors.rules.broadcast_lure.rule import LURES
from detectors.rules.identity_exposure.rule import _SENTENCES as EXPOSURES
from detectors.rules.impossible_distance.rule import _REASONS as DISTANCES
from detectors.rules.impossible_network.rule import _REASONS as NETWORKS
from field.formats.words import terms_zh
from field.formats.words.text_en import ENGLISH
from field.formats.words.text_zh import CHINESE, SENTENCES

TESTS = Path(__file__).parents[3] / "detectors"
CLAIMED = "GSM 460-00 LAC 61234"
#: Values that the rules' own sample traces don't bring out, by what stands in the rules' files.
BRANCHES: dict[str, list[dict[str, Any]]] = {
    "broadcast_lure": [{"lures": " ".join(LURES)}, {"lures": ""}],
    "identity_exposure": [
        {"kind": "ratio", "share": 0.75},
        *({"kind": "unproven", "reason": reason} for reason in EXPOSURES),
        {"kind": "unproven", "reason": "another"},
    ],
    "impossible_distance": [{"reason": reason, "site_distance_m": 41_200} for reason in DISTANCES],
    "impossible_network": [{"reason": reason} for reason in NETWORKS],
    "security_downgrade": [{"aspect": "authentication", "algorithm": None}],
    "transient_cell": [{"age_s": 600}],
    "unknown_cell": [{"grade": grade} for grade in GRADES if grade],
}


class Watched(dict[str, Any]):
    """Values that note which of them are asked for."""

    def __init__(self, values: dict[str, Any], asked: set[str]) -> None:
        super().__init__(values)
        self.asked = asked

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)


def loaded(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def findings() -> dict[str, list[Finding]]:
    """What each rule finds in the trace of its own tests that fires."""
    contract = loaded("contract_of_rules", TESTS / "test_rule_contract.py")
    make = loaded("town_of_rules", TESTS / "conftest.py").Make()
    return {
        rule.name: contract.found(rule(), contract.TRACES[rule.name][0](make), make)
        for rule in RULES
    }


def samples(findings: dict[str, list[Finding]], name: str) -> list[dict[str, Any]]:
    return [dict(finding.values) for finding in findings[name]] + BRANCHES.get(name, [])


every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def test_every_rule_has_a_sentence_and_nothing_else_has() -> None:
    assert sorted(SENTENCES) == sorted(terms_zh.NAMES_ZH) == [rule.name for rule in RULES]


@every_rule
def test_a_sentence_names_only_what_the_rule_gives(
    rule: type[AnyRule], findings: dict[str, list[Finding]]
) -> None:
    assert findings[rule.name]
    given = {name for values in samples(findings, rule.name) for name in values}
    asked: set[str] = set()
    for values in samples(findings, rule.name):
        CHINESE.explained(rule.name, "7 部手机", CLAIMED, Watched(values, asked))
    assert asked <= given


@every_rule
def test_it_asks_for_what_the_english_sentence_asks_for(
    rule: type[AnyRule], findings: dict[str, list[Finding]]
) -> None:
    for values in samples(findings, rule.name):
        english: set[str] = set()
        chinese: set[str] = set()
        ENGLISH.explained(rule.name, "7 phones", CLAIMED, Watched(values, english))
        CHINESE.explained(rule.name, "7 部手机", CLAIMED, Watched(values, chinese))
        assert chinese == english


@every_rule
def test_it_has_the_figures_of_the_english_sentence(
    rule: type[AnyRule], findings: dict[str, list[Finding]]
) -> None:
    for values in samples(findings, rule.name):
        english = ENGLISH.explained(rule.name, "7 phones", CLAIMED, values)
        chinese = CHINESE.explained(rule.name, "7 部手机", CLAIMED, values)
        assert english is not None
        assert chinese is not None
        figures = [re.findall(r"-?\d+(?:\.\d+)?", text) for text in (english, chinese)]
        assert sorted(figures[0]) == sorted(figures[1])
        assert re.search(r"[\u4e00-\u9fff]", chinese)
        assert not re.search(r"[，。；：、（）] | [，。；：、（）]|[_{}]|None", chinese)
        if CLAIMED in english:
            assert CLAIMED in chinese


@every_rule
def test_it_is_said_without_any_values(rule: type[AnyRule]) -> None:
    told = CHINESE.explained(rule.name, "7 部手机", CHINESE.no_identity, {})
    assert told
    assert "None" not in told


def test_the_words_of_findings_are_all_translated() -> None:
    assert set(terms_zh.LURES_ZH) == set(LURES)
    assert set(terms_zh.EXPOSURES_ZH) == set(EXPOSURES)
    assert set(terms_zh.DISTANCES_ZH) == set(DISTANCES[1:])
    assert set(terms_zh.NETWORKS_ZH) == set(NETWORKS[1:])
    assert set(terms_zh.GRADES_ZH) == set(GRADES[1:])


def test_both_languages_have_the_same_words() -> None:
    for field in ("kinds", "severities", "identity", "lines"):
        assert set(getattr(ENGLISH, field)) == set(getattr(CHINESE, field))
    for field in typing.get_type_hints(type(ENGLISH)):
        one, other = getattr(ENGLISH, field), getattr(CHINESE, field)
        if isinstance(one, str):
            assert fields_of(one) == fields_of(other), field
    for key, text in ENGLISH.lines.items():
        assert fields_of(text) == fields_of(CHINESE.lines[key]), key
    assert len(ENGLISH.points) == len(CHINESE.points) == 8


def fields_of(template: str) -> list[str]:
    return sorted(re.findall(r"\{[a-z_]*\}", template))
