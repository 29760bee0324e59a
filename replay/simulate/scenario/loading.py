"""Scenario files: YAML in, a checked `Scenario` out, or one sentence that says what to mend."""

import re
from pathlib import Path

import msgspec
import yaml
from msgspec import inspect

from replay.simulate.scenario.scenario import Scenario, ScenarioError

_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>\$.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")


def load_scenario(path: Path) -> Scenario:
    """The scenario in a YAML file.

    Raises `ScenarioError` where the file is missing, is no YAML, or says something it may not.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: the scenario cannot be read ({error}).") from error
    try:
        tree = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path}: this is no valid YAML: {_one_line(str(error))}.") from error
    try:
        return msgspec.convert(tree, Scenario)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{path}: {_explained(str(error))}") from error


def _explained(message: str) -> str:
    """A msgspec complaint as a sentence with the key's path and what it may hold.

    >>> _explained("Object contains unknown field `phone` - at `$.people`")[:50]
    'people: Object contains unknown field `phone`. All'
    """
    found = _AT.match(message)
    what, path = (found["what"], found["path"] or "$") if found else (message, "$")
    key = path.removeprefix("$").removeprefix(".") or "top level"
    allowed = _allowed(_type_at(path))
    return f"{key}: {_one_line(what)}." + (f" Allowed: {allowed}." if allowed else "")


def _type_at(path: str) -> inspect.Type | None:
    """The declared type at a msgspec path such as ``$.rogues[0].place``."""
    here: inspect.Type | None = inspect.type_info(Scenario)
    for name, _index in _STEP.findall(path):
        here = _inside(here, name)
    return here


def _inside(here: inspect.Type | None, name: str) -> inspect.Type | None:
    """One step down: into the field ``name``, or into a list where ``name`` is empty."""
    for kind in _members(here):
        if not name and isinstance(kind, inspect.ListType | inspect.VarTupleType):
            return kind.item_type
        if not name and isinstance(kind, inspect.TupleType):
            return kind.item_types[0]
        if name and isinstance(kind, inspect.StructType):
            for field in kind.fields:
                if field.name == name:
                    return field.type
                if name == kind.tag_field:
                    return here
    return None


def _members(kind: inspect.Type | None) -> list[inspect.Type]:
    """The alternatives of a union, else the type itself."""
    if isinstance(kind, inspect.UnionType):
        return list(kind.types)
    return [] if kind is None else [kind]


def _allowed(kind: inspect.Type | None) -> str:
    """What a key of this type may hold, in words."""
    return ", or ".join(text for text in map(_allowed_one, _members(kind)) if text)


def _allowed_one(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.StructType):
        names = ", ".join(field.name for field in kind.fields)
        return f"{kind.tag_field} {kind.tag} with keys {names}" if kind.tag else f"keys {names}"
    if isinstance(kind, inspect.LiteralType):
        return ", ".join(str(value) for value in kind.values)
    if isinstance(kind, inspect.FloatType | inspect.IntType):
        word = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
        bounds = (("at least", kind.ge), ("above", kind.gt), ("at most", kind.le))
        limits = [f"{text} {limit:g}" for text, limit in bounds if limit is not None]
        return f"{word} {' and '.join(limits)}".rstrip()
    words = {
        inspect.StrType: "text",
        inspect.BoolType: "true, false",
        inspect.NoneType: "null",
        inspect.ListType: "a list",
        inspect.VarTupleType: "a list",
        inspect.TupleType: "a list of two numbers",
    }
    return words.get(type(kind), "")


def _one_line(text: str) -> str:
    return " ".join(text.split())
