"""The house rules that a reader relies on: rooms, imports one way, purity, one name for a rule."""

import ast
import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from detectors.features.rule import AnyRule
from detectors.rules import RULES

ROOT = Path(__file__).parents[1]
ROOMS = ("geo", "detectors", "streams", "field", "replay")
PURE = ("geo", "detectors")
#: Modules that read a clock, draw lots, or touch the world outside.
IMPURE = frozenset(
    (
        *("time", "datetime", "zoneinfo", "random", "secrets", "uuid", "os", "sys", "io"),
        *("pathlib", "tempfile", "logging", "warnings", "socket", "asyncio", "threading"),
        *("subprocess", "urllib", "importlib.resources"),
    )
)
IMPURE_CALLS = frozenset(("open", "input", "eval", "exec", "print", "__import__"))
#: `numpy` and friends bring their own chance and files.
IMPURE_ATTRIBUTES = frozenset(("random", "load", "save", "fromfile", "tofile", "loadtxt", "memmap"))
#: A module as a program prints; what it does as a module is still pure.
PROGRAMS = frozenset(("detectors/rules/catalogue.py", "detectors/benign/catalogue.py"))
#: Reads tables or a library beside the code once: they ship with it and are part of it.
PACKAGE_DATA = {f"detectors/{n}.py" for n in ("model/tables", "networks/names", "native/library")}

PARTS = (*ROOMS, "cellhound", "benchmarks", "tests")
MOST_FILES, MOST_LINES = 12, 300
#: Folders that may hold more than twelve files, and why.
MANY_FILES = {
    "benchmarks": "programs that are run by their names; what they share lies in folders",
    "configs/suites/attacks": "scenarios, one a way to attack",
    "configs/suites/benign": "scenarios, one an honest oddity",
    "docs": "pages, one a subject; README lists them",
    "docs/schema": "generated, one a topic",
    "tests/detectors/rules": "one test a rule, under its name",
}
_REASON = "Long because"
#: Words of no standard meaning in names. A field of `fbs.health` keeps its name.
DIALECT = re.compile(r"(^|_|[a-z](?=[A-Z]))(?i:told|tell(s|ing)?|hear(d|s|ing)?|said)(_|$|[A-Z])")
KEPT_NAMES = {"heard_ms"}
Room = tuple[str, dict[str, ast.Module]]
#: Comments and texts of JavaScript; what stands in a template is code.
TEXT_IN_SCRIPT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)


def sources(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a file imports anywhere in it, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.fixture(scope="module", params=ROOMS)
def room(request: pytest.FixtureRequest) -> Room:
    """A room's name, and its files as they are parsed, by name."""
    trees = {named(path): ast.parse(path.read_text("utf-8")) for path in sources(request.param)}
    assert trees
    return request.param, trees


def impurities(tree: ast.Module) -> list[str]:
    """What in a source reads a clock, draws lots or touches the world outside."""
    found = [name for name in imported(tree) if {name, name.partition(".")[0]} & IMPURE]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found += [node.func.id] if node.func.id in IMPURE_CALLS else []
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            library = node.value.id in ("np", "numpy")
            found += [f"numpy.{node.attr}"] if library and node.attr in IMPURE_ATTRIBUTES else []
        elif isinstance(node, ast.Global):
            found += [f"global {name}" for name in node.names]
    return found


def tracked() -> list[Path]:
    """All files that are or would be committed."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so what is committed is not known")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = (ROOT / name.decode() for name in listed.stdout.split(b"\0") if name)
    return [path for path in paths if path.is_file()]


def texts() -> list[tuple[str, str]]:
    """Tracked files that are text, without those that others wrote."""
    return [
        (named(path), path.read_text("utf-8", errors="ignore"))
        for path in tracked()
        if path.name != "LICENSE" and b"\0" not in path.read_bytes()[:4096]
    ]


@pytest.mark.parametrize("name", [*ROOMS, "cellhound"])
def test_a_name_means_ours_and_no_package_of_the_same_name(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).resolve().is_relative_to(ROOT.resolve())


def test_no_folder_of_tests_is_a_package() -> None:
    """It would shadow the room of the same name."""
    assert [named(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_imports_point_one_way() -> None:
    """The contracts of pyproject.toml, as `make imports` checks them."""
    program = Path(sys.executable).parent / "lint-imports"
    if not program.is_file():
        pytest.skip("import-linter is not installed")
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    assert f"{len(contracts['contracts'])} kept, 0 broken" in done.stdout


def test_no_room_imports_one_above_it_or_the_door(room: Room) -> None:
    name, trees = room
    above = {*ROOMS[ROOMS.index(name) + 1 :], "cellhound", "tests"}
    roots = {path: {one.partition(".")[0] for one in imported(trees[path])} for path in trees}
    assert {path: wrong for path in roots if (wrong := roots[path] & above)} == {}


def test_the_door_imports_rooms_only_when_a_command_is_called() -> None:
    called = set()
    for path in sources("cellhound"):
        tree = ast.parse(path.read_text("utf-8"))
        at_start = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        roots = {name.partition(".")[0] for node in at_start for name in imported(node)}
        assert roots <= {"click", "cellhound", *sys.stdlib_module_names}, path
        called |= set(imported(tree)) - {name for node in at_start for name in imported(node)}
    assert called & {"replay.detect", "streams.worker.worker"}  # they are somewhere


@pytest.mark.parametrize("room", PURE, indirect=True)
def test_geometry_and_detectors_are_pure(room: Room) -> None:
    may = dict.fromkeys(PROGRAMS, "print") | dict.fromkeys(PACKAGE_DATA, "importlib.resources")
    found = {path: {*impurities(tree)} - {may.get(path)} for path, tree in room[1].items()}
    assert {path: impure for path, impure in found.items() if impure} == {}


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "from os.path import join",
        "def f():\n    from datetime import datetime",
        "text = open('x').read()",
        "import numpy as np\nrng = np.random.default_rng()",
        "import numpy as np\nnp.save('x', 1)",
        "n = 0\ndef f():\n    global n\n    n += 1",
    ],
)
def test_the_test_of_purity_sees(text: str) -> None:
    assert impurities(ast.parse(text))


def test_every_module_opens_with_a_docstring(room: Room) -> None:
    assert [path for path, tree in room[1].items() if not ast.get_docstring(tree)] == []


def test_every_folder_of_code_says_what_it_holds() -> None:
    """By the docstring of its `__init__.py`, which the test of modules asks for where it is."""
    folders = {path.parent for path in sources(*ROOMS, "cellhound")}
    assert [named(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_no_folder_holds_more_than_a_dozen_files() -> None:
    held = Counter(named(path.parent) for path in tracked() if path.parent != ROOT)
    many = {folder for folder, files in held.items() if files > MOST_FILES}
    pictures = {folder for folder in many if folder.startswith("docs/screens")}
    assert many - pictures - set(MANY_FILES) == set()
    assert set(MANY_FILES) - many == set(), "these need no exception any more"


def test_a_long_file_has_a_reason_at_its_head() -> None:
    kinds = {".py", ".js", ".mjs", ".css"}
    texts_of = {
        path: path.read_text("utf-8")
        for path in tracked()
        if path.suffix in kinds and named(path).partition("/")[0] in PARTS
    }
    long = [path for path, text in texts_of.items() if text.count("\n") > MOST_LINES]
    assert long
    assert [named(path) for path in long if _REASON not in head_of(path, texts_of[path])] == []


def head_of(path: Path, text: str) -> str:
    """The docstring of a module, or the comment at the top of a script."""
    if path.suffix == ".py":
        return ast.get_docstring(ast.parse(text)) or ""
    if path.suffix == ".css":
        return text.partition("*/")[0]
    return "\n".join(takewhile(lambda line: line.startswith("//"), text.splitlines()))


@pytest.mark.parametrize("part", PARTS)
def test_names_are_of_standard_words(part: str) -> None:
    found = [
        f"{named(path)}: {name}"
        for path in sources(part)
        for name in sorted(set(names_in(ast.parse(path.read_text("utf-8")))) - KEPT_NAMES)
        if DIALECT.search(name)
    ]
    assert found == []


def test_names_in_scripts_are_of_standard_words() -> None:
    scripts = [path for path in tracked() if path.suffix in {".js", ".mjs"}]
    codes = {named(path): TEXT_IN_SCRIPT.sub("", path.read_text("utf-8")) for path in scripts}
    names = [(name, path) for path in codes for name in re.findall(r"[a-zA-Z_]\w*", codes[path])]
    assert len(names) > 10_000
    assert [each for each in names if DIALECT.search(each[0])] == []


def names_in(tree: ast.AST) -> Iterator[str]:
    """All identifiers of a file: those that it gives, and those that it uses."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.keyword):
            yield node.arg or ""
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_one_name_everywhere(rule: type[AnyRule]) -> None:
    assert rule.__module__ == f"detectors.rules.{rule.name}.rule"
    assert rule.__name__ == "".join(word.capitalize() for word in rule.name.split("_"))
    assert f"\n## {rule.name}\n" in (ROOT / "docs" / "rules.md").read_text("utf-8")


def test_nothing_committed_names_the_computer_it_was_written_on() -> None:
    # Checkouts lie in many places; only a path that nobody would write by chance counts.
    places = [str(ROOT), str(ROOT.parent / "shared")]
    places += ["/" + "root/", "/" + "work/", "bash" + "_jobs"]
    found = [
        f"{name}: {place}"
        for name, text in texts()
        for place in places
        if re.search(rf"(?<![\w.$}}]){re.escape(place)}", text)
    ]
    assert found == []


def test_the_lock_file_and_the_build_name_no_place_to_fetch_from() -> None:
    locks = {"requirements.lock", "requirements-run.lock", "pyproject.toml"}
    files = {name: text for name, text in texts() if name in locks}
    assert set(files) == locks
    place = re.compile(r"(?m)^\s*--(index-url|extra-index-url|find-links|trusted)")
    for name, text in files.items():
        assert not place.search(text), name
        assert "://" not in text, name
    pom = (ROOT / "configs" / "kafka" / "pom.xml").read_text("utf-8")
    assert "<repositor" not in pom


def test_no_file_ends_without_a_line_break_or_carries_stray_whitespace() -> None:
    wrong = [
        name
        for name, text in texts()
        if text and (not text.endswith("\n") or re.search(r"(?m)[ \t]+$", text) or "\r" in text)
    ]
    assert wrong == []
