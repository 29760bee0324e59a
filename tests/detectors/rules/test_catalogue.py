"""The catalogue page says what the rules say."""

from pathlib import Path

import msgspec
import pytest

from detectors.features.rule import AnyRule
from detectors.rules import RULES
from detectors.rules.catalogue import catalogue

PAGE = Path(__file__).parents[3] / "docs" / "rules.md"


def chapter(rule: type[AnyRule]) -> str:
    return catalogue((rule,)).partition(f"\n## {rule.name}\n")[2]


def test_the_page_is_up_to_date() -> None:
    written = PAGE.read_text("utf-8") if PAGE.is_file() else ""
    assert written == catalogue(), (
        "docs/rules.md is stale; rewrite it: python -m detectors.rules.catalogue > docs/rules.md"
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_chapter_has_everything_that_a_rule_declares(rule: type[AnyRule]) -> None:
    text = chapter(rule)
    assert f"Version {rule.version}, family {rule.family}, reads " in text
    lines = text.splitlines()
    for field in msgspec.structs.fields(rule):
        head = f"| `{field.name}` | {field.default} | "
        assert any(line.startswith(head) for line in lines) is (field.name != "enabled")
    rows = [line.split(" | ") for line in lines if line.startswith("| `")]
    assert all(len(row) == 6 and all(row) for row in rows)
    assert "Why an honest network may" in text
    assert text.count("```") == 2


def test_every_rule_has_a_chapter_and_a_line_in_the_overview() -> None:
    lines = catalogue().splitlines()
    assert [line[3:] for line in lines if line.startswith("## ")] == [r.name for r in RULES]
    assert all(any(line.startswith(f"| [{r.name}](#{r.name}) |") for line in lines) for r in RULES)


def test_the_page_ends_in_one_line_break() -> None:
    assert catalogue().endswith("|\n")
