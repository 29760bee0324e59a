"""Notebooks are stored as they were written: without outputs, which their runs in tests make."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def test_the_pages_lead_to_each() -> None:
    library = (ROOT / "docs" / "library.md").read_text("utf-8")
    assert [path.stem for path in NOTEBOOKS] == ["first-trace", "rules-and-worlds"]
    assert all(f"(notebooks/{path.name})" in library for path in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_is_stored_and_no_error_is_let_pass(path: Path) -> None:
    notebook = json.loads(path.read_text("utf-8"))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    for cell in notebook["cells"]:
        assert cell["metadata"] == {}  # Tags could make a run pass over what fails.
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_run_of_all_tests_has_the_notebook(path: Path, pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getoption("nbmake")
    assert "docs/notebooks" in pytestconfig.getini("testpaths")
    assert path.parent == ROOT / "docs" / "notebooks"
