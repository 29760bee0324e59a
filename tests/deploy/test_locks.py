"""The lock of those who only run it: whole, hashed, and a part of the developers' lock."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parents[2]


def pins(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Each package's version and hashes in a lock."""
    found = {}
    for block in re.split(r"\n(?=\S)", (_ROOT / name).read_text("utf-8").strip()):
        package, _, version = block.split()[0].partition("==")
        found[package] = (version, frozenset(re.findall(r"--hash=(sha256:[0-9a-f]{64})\b", block)))
    return found


def test_each_pin_is_that_of_the_developers() -> None:
    run, all_ = pins("requirements-run.lock"), pins("requirements.lock")
    assert run.items() <= all_.items()
    assert len(run) < len(all_)
    assert all(hashes for _, hashes in run.values())


def test_each_range_begins_with_the_pin_and_ends_before_what_may_be_different() -> None:
    """Nothing older was tested, and no exact version keeps a wheel from other packages."""
    pinned = pins("requirements.lock")
    ranges = ranges_of_the_project()
    assert len(ranges) > 50
    for text in ranges:
        wanted = Requirement(text)
        version = pinned[canonicalize_name(wanted.name)][0]
        assert f">={version}," in text, text
        assert {each.operator for each in wanted.specifier} == {">=", "<"}, text
        assert wanted.specifier.contains(version, prereleases=True), text


def ranges_of_the_project() -> list[str]:
    """What pyproject.toml needs, extras too."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    return [*project["dependencies"], *(text for extra in extras for text in extra)]


def test_nothing_that_runs_is_missing_and_nothing_else_is_there() -> None:
    """Who needs whom is read from the installed packages, which have the pinned versions."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    waiting = [(Requirement(text), Requirement(text).extras) for text in project["dependencies"]]
    needed: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted, extras = waiting.pop()
        node = (canonicalize_name(wanted.name), frozenset(extras))
        if node in needed:
            continue
        needed.add(node)
        for text in requires(wanted.name) or ():
            next_ = Requirement(text)
            if next_.marker is None or any(
                next_.marker.evaluate({"extra": extra}) for extra in (*extras, "")
            ):
                waiting.append((next_, next_.extras))
    assert {name for name, _ in needed} == set(pins("requirements-run.lock"))
