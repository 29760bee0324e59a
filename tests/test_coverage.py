"""docs/coverage.md stays true: what it calls built is there, and all that is built is on it."""

import re
from pathlib import Path

import pytest

from detectors.rules import RULES
from tools.contract.input_schemas import input_schemas
from tools.contract.output_schemas import output_schemas

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "coverage.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if re.match(r"\| \d", line)
]
STATES = {"built", "partly", "planned", "no"}
LINK = re.compile(r"\[([^\]]+)\]\(([^)#]*)(?:#([^)]*))?\)")
NAMED = re.compile(r"`([a-z_]+(?:\.[a-z]+)?)`")
ACTIONS = {"label", "block", "restore", "reverify", "stop_payment", "trace"}
FIELDS = {
    *("ingress", "roaming_check", "call_ref", "point", "trunk", "carrier", "rights", "trusted"),
    *(
        "protected",
        "callback",
        "short_url",
        "url_domain",
        "content_hash",
        "source",
        "complaint",
        "police",
    ),
}
BUILT = {rule.name for rule in RULES}
#: What these families look at are calls, numbers, texts and victims, never a station alone.
OF_CALLS = {"number", "pace", "outcome", "equipment", "report", "victim", "message"}
#: Topics by which what is found leaves, beside alerts.
OUTPUTS = {"fraud.victims", "fraud.actions"}


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made of them."""
    heads = re.findall(r"(?m)^#+ (.*)$", page.read_text("utf-8"))
    kept = (re.sub(r"[^\w\- ]", "", head.lower()) for head in heads)
    return {head.replace(" ", "-") for head in kept}


def test_each_row_is_there_once_and_whole() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 39))
    for row in ROWS:
        assert len(row) == 6, row
        assert set(row[3].split()) <= set("CSVRXB"), row
        assert row[4] in STATES, row
        assert all(row[1:]), row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_state_has_what_it_promises(row: list[str]) -> None:
    state, answer = row[4:]
    built, _, rest = answer.partition("Planned: ")
    if state in ("built", "partly"):
        assert LINK.search(built), "what runs today must be linked"
    if state == "partly":
        assert rest, "what is left must be named"
    if state == "planned":
        rest = answer
        assert "(rules.md" not in answer
    if state in ("partly", "planned"):
        assert "(messages.md#" in rest, "the input that it will read must be named"


@pytest.mark.parametrize(("word", "page", "anchor"), sorted(set(LINK.findall(TEXT))))
def test_what_is_linked_exists(word: str, page: str, anchor: str) -> None:
    path = ROOT / "docs" / page
    assert path.is_file()
    assert not anchor or anchor in anchors(path)
    if page == "rules.md" and anchor:
        assert word == anchor
        assert word in BUILT
    if page == "messages.md":
        assert word in input_schemas() | output_schemas()


def test_what_is_named_is_linked() -> None:
    """A name in plain code is of an action or a field; rules and topics have links."""
    assert set(NAMED.findall(TEXT)) <= ACTIONS | FIELDS


def test_all_rules_of_calls_and_all_that_they_give_are_on_it() -> None:
    linked = {word for word, _, _ in LINK.findall(TEXT)}
    assert {rule.name for rule in RULES if rule.family in OF_CALLS} <= linked
    assert linked >= OUTPUTS


def test_the_readme_leads_to_it() -> None:
    assert "(docs/coverage.md)" in (ROOT / "README.md").read_text("utf-8")
