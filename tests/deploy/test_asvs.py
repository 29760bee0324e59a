"""The threat model and the table of ASVS: complete, and what they name is there."""

import re
from collections import Counter
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_DOCS = _ROOT / "docs"
_STATES = ("passes", "partly", "fails", "not applicable")
#: ASVS 4.0.3, levels 1 and 2: how many requirements a section has, or which, where some are of
#: level 3 alone or were taken out.
_SECTIONS: dict[str, int | tuple[int, ...]] = {
    **{"1.1": 7, "1.2": 4, "1.4": (1, 4, 5), "1.5": 4, "1.6": 4, "1.7": 2, "1.8": 2, "1.9": 2},
    **{"1.10": 1, "1.11": 2, "1.12": (2,), "1.14": 6},
    **{"2.1": 12, "2.2": 3, "2.3": 3, "2.4": 6, "2.5": 7, "2.6": 3, "2.7": 6, "2.8": 7, "2.9": 3},
    **{"2.10": 4, "3.1": 1, "3.2": 4, "3.3": 4, "3.4": 5, "3.5": 3, "3.7": 1},
    **{"4.1": (1, 2, 3, 5), "4.2": 2, "4.3": 3, "5.1": 5, "5.2": 8, "5.3": 10, "5.4": 3, "5.5": 4},
    **{"6.1": 3, "6.2": 6, "6.3": 2, "6.4": 2, "7.1": 4, "7.2": 2, "7.3": (1, 3, 4), "7.4": 3},
    **{"8.1": 4, "8.2": 3, "8.3": 8, "9.1": 3, "9.2": 4, "10.2": 2, "10.3": 3, "11.1": 8},
    **{"12.1": 3, "12.2": 1, "12.3": 6, "12.4": 2, "12.5": 2, "12.6": 1},
    **{"13.1": (1, 3, 4, 5), "13.2": (1, 2, 3, 5, 6), "13.3": 2, "13.4": 2},
    **{"14.1": 4, "14.2": 6, "14.3": (2, 3), "14.4": 7, "14.5": 4},
}
_ROW = re.compile(r"(?m)^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$")


def rows() -> list[tuple[str, str, str, str]]:
    return _ROW.findall((_DOCS / "asvs.md").read_text("utf-8"))


def test_every_requirement_of_levels_1_and_2_has_one_row_in_order() -> None:
    expected = [
        f"{section}.{number}"
        for section, held in _SECTIONS.items()
        for number in (range(1, held + 1) if isinstance(held, int) else held)
    ]
    assert len(expected) == 260
    assert [row[0] for row in rows()] == expected


def test_every_row_has_a_status_and_a_test_or_a_reason() -> None:
    assert not [row for row in rows() if row[2] not in _STATES]
    assert not [row for row in rows() if len(row[3].split()) < 2 and "tests/" not in row[3]]


def test_the_sums_are_those_of_the_rows() -> None:
    text = (_DOCS / "asvs.md").read_text("utf-8")
    sums = dict(re.findall(r"(?m)^\| (V\d+|all)\b[^|]*\| (\d+ \| \d+ \| \d+ \| \d+) \|$", text))
    for chapter, written in sums.items():
        found = Counter(
            row[2] for row in rows() if chapter in ("all", f"V{row[0].partition('.')[0]}")
        )
        assert written == " | ".join(str(found[state]) for state in _STATES), chapter
    assert len(sums) == 15


@pytest.mark.parametrize("page", ["asvs.md", "threat-model.md", "operations.md", "releasing.md"])
def test_every_test_and_page_that_is_named_is_there(page: str) -> None:
    text = (_DOCS / page).read_text("utf-8")
    named = set(re.findall(r"`((?:tests|docs|deploy)/[\w./-]+)`", text))
    linked = {
        (_DOCS / target).resolve()
        for target in re.findall(r"\]\(([\w./-]+\.md)(?:#[^)]*)?\)", text)
    }
    assert named
    assert [name for name in sorted(named) if not (_ROOT / name).exists()] == []
    assert [path for path in linked if not path.exists()] == []


def test_each_letter_of_stride_has_its_tests() -> None:
    text = (_DOCS / "threat-model.md").read_text("utf-8")
    titles = ("Spoofing", "Tampering", "Repudiation", "Information", "Denial", "Elevation")
    for title in titles:
        section = re.search(rf"\n## {title}.*?(?=\n## )", text, re.DOTALL)
        assert section is not None
        lines = [line for line in section[0].splitlines() if line.startswith("| ")][1:]
        assert lines
        assert all("`tests/" in line for line in lines), title
    assert "\n## What is not defended\n" in text
