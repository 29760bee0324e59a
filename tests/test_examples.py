"""What docstrings show is what comes out.

Here, and not by pytest's own search for examples: that one imports and searches all modules in each
process of a run, where one in five holds any.
"""

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("geo", "detectors", "streams", "field", "replay", "cellhound")
#: The page's packages of npm bring files of Python along.
FOREIGN = ROOT / "field/console/web"
_EXAMPLE = re.compile("^ *>>> ", re.MULTILINE)


def modules_with_examples() -> list[str]:
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    shown = [
        file.relative_to(ROOT).with_suffix("")
        for file in files
        if FOREIGN not in file.parents and _EXAMPLE.search(file.read_text())
    ]
    return [".".join(file.parts).removesuffix(".__init__") for file in shown]


@pytest.mark.parametrize("module", modules_with_examples())
def test_examples_come_out_as_shown(module: str) -> None:
    failed, attempted = doctest.testmod(import_module(module))
    assert attempted > 0
    assert failed == 0


def test_there_are_examples() -> None:
    assert len(modules_with_examples()) > 200
