"""docs/design.md stays true: each function, file and program that it names is there."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "design.md").read_text("utf-8")
ROOMS = "geo|detectors|streams|field|replay|cellhound"
#: Dotted names of functions, classes, their members and tables: `room.module.name`.
NAMES = sorted(set(re.findall(rf"`((?:{ROOMS})(?:\.\w+)+)`", TEXT)))
#: Topics that begin with the name of a room.
TOPICS = frozenset(("field.measurements", "field.feedback"))
FILES = sorted(set(re.findall(rf"(?:{ROOMS}|tests|benchmarks|docs)/[\w/]+\.(?:py|md|js)", TEXT)))
WAY = TEXT[TEXT.index("## A message, function by function") : TEXT.index("## Words")]


def resolved(name: str) -> Any:
    """What a dotted name means; raises ImportError or AttributeError for nothing."""
    parts = name.split(".")
    for at in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:at]))
        except ModuleNotFoundError:
            continue
        for part in parts[at:]:
            found = getattr(found, part)
        return found
    raise ImportError(name)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in TOPICS])
def test_a_name_means_something(name: str) -> None:
    assert resolved(name) is not None


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_there(path: str) -> None:
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("program", sorted(set(re.findall(r"python -m ([\w.]+)", TEXT))))
def test_a_program_is_there(program: str) -> None:
    assert (ROOT / f"{program.replace('.', '/')}.py").is_file()


def test_the_way_of_a_message_goes_through_both_stages() -> None:
    named = re.findall(rf"`((?:{ROOMS})(?:\.\w+)+)`", WAY)
    assert len(named) > 30
    for room in ("streams", "detectors", "geo"):
        assert any(name.startswith(f"{room}.") for name in named)


@pytest.mark.parametrize(
    "name",
    [
        "detectors.correlate.lifecycle.Lifecycle.tell",
        "detectors.correlate.nothing",
        "streams.worker.output.Nobody.send",
    ],
)
def test_the_test_of_names_sees(name: str) -> None:
    with pytest.raises((ImportError, AttributeError)):
        resolved(name)
