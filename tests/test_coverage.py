"""docs/coverage.md stays true: what it calls built is there, what it calls planned isn't yet."""

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
#: What is planned, by name; whoever builds one of these rules gives it a link on the page.
PLANNED_RULES = {
    *("malformed_caller", "spoofed_ingress", "number_rights", "group_surge"),
    *("sim_box", "class_misuse"),
    *("impersonated_number", "account_takeover"),
    *("reputation", "victim_path"),
}
PLANNED_INPUTS = {
    *("call.signalling", "number.register", "subscriber.changes", "public.reports"),
    "number.reputation",
}
PLANNED_OUTPUTS = {"fraud.victims", "fraud.actions"}
ACTIONS = {"label", "block", "restore", "reverify", "stop_payment", "trace"}
FIELDS = {
    *("ingress", "roaming_check", "call_ref", "point", "trunk", "carrier", "rights", "trusted"),
    *("protected", "callback", "short_url", "url_domain", "source", "complaint", "police"),
}
BUILT = {rule.name for rule in RULES}


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
        named = set(NAMED.findall(rest)) & PLANNED_INPUTS
        assert named or "(messages.md#" in rest, "the input that it will read must be named"


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


def test_what_is_planned_is_not_built_and_what_is_built_is_linked() -> None:
    """A name in plain code is of something planned, of an action, or of a field."""
    plain = set(NAMED.findall(TEXT))
    assert plain <= PLANNED_RULES | PLANNED_INPUTS | PLANNED_OUTPUTS | ACTIONS | FIELDS
    assert not PLANNED_RULES & BUILT, "a rule that is built gets a link, and its row another state"


def test_the_readme_leads_to_it() -> None:
    assert "(docs/coverage.md)" in (ROOT / "README.md").read_text("utf-8")
