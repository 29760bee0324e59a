"""What code and settings cite stands in this repository: rows of docs/science.md, pages, files."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: What cites: `geo` and the benchmarks have names of their own that look like codes.
ROOMS = ("detectors", "streams", "field", "replay", "configs", "tests", "docs")
_CITED = re.compile(r"docs/science\.md,\s*((?:(?:,|and|to)?\s*(?:[A-FR]\d{1,2}|1F)\b,?\s*)+)")
_CODE = re.compile(r"\b(?:[A-FR]\d{1,2}|1F)\b")
#: An innocent cause or a rule of ours; F8 is also the type of a column of numbers.
_LIKE_A_CODE = re.compile(r"(?<![\w\"'/.])(?:F(?!8\b)\d{1,2}|R\d{1,2})\b(?![\w\"'(])")
_PAGE = re.compile(r"\bdocs/([\w./-]+\.(?:md|json|yaml))\b")
#: What is no part of this repository, under any name.
_ELSEWHERE = re.compile(
    r"(?:detection|localisation|robustness) notes|message contract|\bthe contract's\b", re.I
)


def rows() -> list[tuple[str, str]]:
    """The anchors and codes of docs/science.md, in order."""
    text = (ROOT / "docs" / "science.md").read_text("utf-8")
    return re.findall(r'^(?:\| )?<a id="([^"]+)"></a>(?:(\w+) \|)?', text, re.M)


KNOWN = {anchor for anchor, _ in rows()}


def texts() -> dict[str, str]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so what is committed is not known")
    listed = subprocess.run(
        ["git", "ls-files", "-z", *ROOMS, "benchmarks", "*.md"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = [name.decode() for name in listed.stdout.split(b"\0") if name]
    kinds = (".py", ".md", ".yaml", ".toml", ".js")
    return {
        name: (ROOT / name).read_text("utf-8")
        for name in names
        if name.endswith(kinds) and (ROOT / name).is_file() and name != "tests/test_citations.py"
    }


TEXTS = texts()


def without_line_ends(text: str) -> str:
    """As one line, without the marks of comments: a citation may be wrapped."""
    return re.sub(r"\s*\n\s*#?\s*", " ", text)


def test_codes_that_are_cited_have_their_row() -> None:
    cited = {
        (name, code)
        for name, text in TEXTS.items()
        for run in _CITED.findall(without_line_ends(text))
        for code in _CODE.findall(run)
    }
    assert len(cited) > 40
    assert sorted((name, code) for name, code in cited if code.lower() not in KNOWN) == []


def test_whatever_looks_like_a_code_is_one() -> None:
    rooms = ("detectors/", "replay/", "configs/", "docs/rules.md", "docs/explanations.md")
    found = {
        (name, code)
        for name, text in TEXTS.items()
        if name.startswith(rooms)
        for code in _LIKE_A_CODE.findall(text)
    }
    assert len(found) > 100
    assert sorted((name, code) for name, code in found if code.lower() not in KNOWN) == []


def test_every_row_stands_once_under_an_anchor_of_its_own() -> None:
    coded = [(anchor, code) for anchor, code in rows() if code]
    assert [anchor for anchor, _ in rows() if anchor not in dict(coded)] == ["1f"]
    assert all(anchor == code.lower() for anchor, code in coded)
    lasts = {"A": 28, "B": 14, "C": 18, "D": 18, "E": 12, "F": 73, "R": 12}
    assert [code for _, code in coded] == [
        f"{letter}{number}" for letter, last in lasts.items() for number in range(1, last + 1)
    ]


def test_pages_that_are_named_are_there() -> None:
    named = {
        (name, page)
        for name, text in TEXTS.items()
        if not name.startswith("tests/")
        for page in _PAGE.findall(text)
    }
    assert ("detectors/benign/catalogue.py", "science.md") in named
    missing = {page for _, page in named if not (ROOT / "docs" / page).is_file()}
    assert missing == set()


def test_links_between_pages_lead_to_a_heading() -> None:
    pages = {name for name in TEXTS if name.startswith("docs/") and name.endswith(".md")}
    wrong = []
    for name in sorted(pages | {"README.md"}):
        for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[name]):
            if target.startswith(("http:", "https:", "mailto:", "geo:")):
                continue
            path, _, anchor = target.partition("#")
            file = ((ROOT / name).parent / path).resolve() if path else ROOT / name
            if not file.exists() or (anchor and anchor not in _headings(file)):
                wrong.append(f"{name}: {target}")
    assert wrong == []


def _headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    text = page.read_text("utf-8")
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    made = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
    return made | set(re.findall(r'<a id="([^"]+)"', text))


def test_nothing_is_cited_that_does_not_ship() -> None:
    found = [
        f"{name}: {match}"
        for name, text in TEXTS.items()
        for match in _ELSEWHERE.findall(without_line_ends(text))
    ]
    assert found == []
