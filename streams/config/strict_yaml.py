"""YAML files as records, strictly: every key that is wrong is written down with its path.

`msgspec.convert` stops at the first problem; whoever mends a file wants to know them all. Settings
and scenarios are both read by this.
"""

import types
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
import yaml
from msgspec import inspect

#: Characters of a wrong value that are shown.
_MOST_SHOWN = 120


def read_yaml(path: Path, error_type: type[Exception]) -> Any:
    """What a YAML file holds. Raises ``error_type`` with a sentence where it can't be read."""
    try:
        return _loaded(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise error_type(f"{path}: can't be read ({error.strerror}). Name a YAML file.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise error_type(f"{path}: is not YAML: {error}") from error
    except RecursionError as error:
        raise error_type(f"{path}: is nested too deep to be read.") from error


def _loaded(text: str) -> Any:
    """By the reader in C where there is one, in a tenth of the time; of what is wrong the other one
    says more."""
    with suppress(AttributeError, yaml.YAMLError):
        return yaml.load(text, yaml.CSafeLoader)
    return yaml.safe_load(text)


def listed(names: str, problems: Sequence[str]) -> str:
    """All problems of some files as the text of an error."""
    return f"{names} can't be used:\n" + "\n".join(f"  {problem}" for problem in problems)


def convert(tree: Any, kind: type[msgspec.Struct], path: str, problems: list[str]) -> Any:
    """``tree`` as ``kind``, or ``None`` after writing down all that is wrong with it."""
    if not isinstance(tree, dict):
        problems.append(f"{path or 'top level'}: must be a mapping")
        return None
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    before = len(problems)
    values: dict[str, Any] = {}
    for key, value in tree.items():
        at = f"{path}.{key}" if path else str(key)
        if key in fields:
            values[key] = _value(value, fields[key].type, at, problems)
        elif key != kind.__struct_config__.tag_field:
            problems.append(f"{at}: no such key; known keys are {', '.join(fields)}")
    for name, field in fields.items():
        if field.required and name not in tree:
            at = f"{path}.{name}" if path else name
            problems.append(f"{at}: is missing; it has no default")
    if len(problems) > before:
        return None
    try:
        return kind(**values)
    except ValueError as error:  # What a struct itself has against values that fit one by one.
        problems.append(f"{path}: {error}" if path else str(error))
        return None


def _value(tree: Any, kind: Any, path: str, problems: list[str]) -> Any:
    """One value of any type; records within it are looked into one by one."""
    before = len(problems)
    records = [one for one in _choices(kind) if _is_record(one)]
    if records and not (tree is None and types.NoneType in _choices(kind)):
        return _record(tree, records, path, problems)
    item = next((item for one in _choices(kind) if (item := _item_of_records(one))), None)
    if item is not None and isinstance(tree, list):
        tree = [_value(one, item, f"{path}[{at}]", problems) for at, one in enumerate(tree)]
        if len(problems) > before:
            return None
    elif item is not None:
        problems.append(f"{path}: must be a list")
        return None
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        problems.append(f"{path}: {_why_not(error, kind)}, got {_shown(tree)}")
        return None


def _record(
    tree: Any, records: Sequence[type[msgspec.Struct]], path: str, problems: list[str]
) -> Any:
    """A record, chosen by its tag where there are several kinds."""
    tag_field = records[0].__struct_config__.tag_field
    if tag_field is None or not isinstance(tree, dict):
        return convert(tree, records[0], path, problems)
    by_tag = {str(one.__struct_config__.tag): one for one in records}
    tag = tree.get(tag_field)
    if not isinstance(tag, str) or tag not in by_tag:
        what = f"no such kind: {tag!r}" if tag_field in tree else "is missing"
        problems.append(f"{path}.{tag_field}: {what}; known are {', '.join(by_tag)}")
        return None
    return convert(tree, by_tag[tag], path, problems)


def _choices(kind: Any) -> list[Any]:
    """The types that a value may have: those of a union, else the type itself."""
    if get_origin(kind) is Annotated:
        return _choices(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return [one for part in get_args(kind) for one in _choices(part)]
    return [kind]


def _is_record(kind: Any) -> bool:
    """Whether values of a type are mappings of fields; some records are written as lists."""
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return False
    return not kind.__struct_config__.array_like


def _shown(tree: Any) -> str:
    """A wrong value, or the beginning of a long one."""
    text = repr(tree)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]} .."


def _item_of_records(kind: Any) -> Any:
    """The type of the items of a list of records, else ``None``."""
    if get_origin(kind) not in (list, tuple):
        return None
    item = get_args(kind)[0]
    return item if any(_is_record(one) for one in _choices(item)) else None


def _why_not(error: msgspec.ValidationError, kind: Any) -> str:
    """What is allowed, where that is short, else the message of `msgspec`."""
    if listed := list(_listed_texts(kind)):
        return f"must be one of {', '.join(listed)}"
    allowed = [_allowed(one) for one in _members(inspect.type_info(kind))]
    if all(allowed):
        return f"must be {', or '.join(allowed)}"
    return f"{str(error)[0].lower()}{str(error)[1:]}"


def _listed_texts(kind: Any) -> Iterator[str]:
    """The words that a type lists, also as items of a tuple; nothing where it isn't of words."""
    if get_origin(kind) is Literal:
        yield from map(str, get_args(kind))
    elif get_origin(kind) in (list, tuple, Union, types.UnionType, Annotated):
        for part in get_args(kind):
            yield from _listed_texts(part)


def _members(kind: inspect.Type) -> Sequence[inspect.Type]:
    """The alternatives of a union, else the type itself, without descriptions."""
    if isinstance(kind, inspect.Metadata):
        return _members(kind.type)
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _allowed(kind: inspect.Type) -> str:
    """What a value of this type may be, in words; nothing where that would take many."""
    if isinstance(kind, inspect.FloatType | inspect.IntType):
        number = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
        bounds = (
            *(("at least", kind.ge), ("above", kind.gt)),
            *(("at most", kind.le), ("below", kind.lt)),
        )
        limits = [f"{text} {limit:.16g}" for text, limit in bounds if limit is not None]
        return f"{number} {' and '.join(limits)}".rstrip()
    if isinstance(kind, inspect.StrType):
        return "" if kind.pattern or kind.min_length or kind.max_length else "text"
    words = {inspect.BoolType: "true or false", inspect.NoneType: "null"}
    if isinstance(kind, inspect.TupleType) and len(kind.item_types) == 2:
        return "a list of two numbers" if all(map(_is_number, kind.item_types)) else ""
    return words.get(type(kind), "")


def _is_number(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.FloatType | inspect.IntType)
