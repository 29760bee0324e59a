"""Laying out the room of a new rule."""

import ast
from pathlib import Path

import pytest

from tools.new_rule import lay_out


def test_a_room_is_laid_out_whole_and_says_what_it_wants(tmp_path: Path) -> None:
    written = lay_out("two_sims", tmp_path)
    assert [path.name for path in written] == [
        *("__init__.py", "parameters.toml", "rule.py", "samples.py", "words.toml")
    ]
    for path in written:
        text = path.read_text("utf-8")
        if path.suffix == ".py":
            assert ast.get_docstring(ast.parse(text))
        assert "$" not in text
        assert ("TODO" in text) is (path.name != "__init__.py")
    assert "class TwoSims(Rule[" in (tmp_path / "two_sims" / "rule.py").read_text("utf-8")


def test_a_room_that_is_there_is_left_alone(tmp_path: Path) -> None:
    lay_out("two_sims", tmp_path)
    with pytest.raises(FileExistsError):
        lay_out("two_sims", tmp_path)


@pytest.mark.parametrize("name", ["", "TwoSims", "two-sims", "sims", "two_", "../two_sims"])
def test_other_names_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="should be words in lower case"):
        lay_out(name, tmp_path)
    assert list(tmp_path.iterdir()) == []
