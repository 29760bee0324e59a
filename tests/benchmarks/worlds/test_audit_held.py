"""Named rows of a register are counted as right or wrong by the truth, sites once."""

from collections import Counter

from benchmarks.register_audit import held

FLAWS = [
    {"key": "a-1", "problem": "displaced", "offset_m": 2000.0},
    {"key": "a-2", "problem": "displaced", "offset_m": 2000.0},
    {"key": "c-1", "problem": "renamed", "registered": "c-9"},
]
SITES = {("1", "1"): ["a-1", "a-2"], ("2", "2"): ["b-1"], ("3", "3"): ["d-1", "d-2"]}


def row(key: str, kind: str, off_m: str = "") -> dict[str, str]:
    return {"key": key, "kind": kind, "off_m": off_m}


def test_each_kind_is_right_by_its_own_truths() -> None:
    rows = [row("a-1", "site_displaced", "1900.0"), row("a-2", "retired"), row("c-9", "renamed")]
    found = held(FLAWS, rows, SITES, Counter())
    assert (found.kinds["site_displaced"], found.kinds["retired"]) == ([1, 0], [0, 1])
    assert found.kinds["renamed"] == [1, 0]


def test_sites_count_by_the_reports_of_all_their_cells() -> None:
    seen = Counter({"a-1": 20, "a-2": 10, "b-1": 8, "d-1": 4, "d-2": 3})
    rows = [row("a-2", "site_displaced", "1900.0"), row("b-1", "cell_displaced", "500.0")]
    found = held(FLAWS, rows, SITES, seen)
    assert (found.displaced, found.named) == (1, 1)
    # The site of seven reports is not judged.
    assert (found.right, found.accused) == (1, 1)
    seen["a-2"] = 9
    assert held(FLAWS, rows, SITES, seen).displaced == 0


def test_how_far_off_a_site_seems_is_held_against_how_far_it_is() -> None:
    seen = Counter({"a-1": 40})
    found = held(FLAWS, [row("a-1", "site_displaced", "1900.0")], SITES, seen)
    assert found.off_m == [100.0]
