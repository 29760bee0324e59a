"""Trees of YAML as records, strictly: every key that is wrong is written down with its path.

`msgspec.convert` stops at the first problem; whoever starts a service wants to hear them all.
"""

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

Kinds = dict[str, type[msgspec.Struct]]


def convert(tree: Any, kind: type[msgspec.Struct], path: str, problems: list[str]) -> Any:
    """``tree`` as ``kind``, or ``None`` after writing down all that is wrong with it."""
    if not isinstance(tree, dict):
        problems.append(f"{path}: must be a mapping")
        return None
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    values: dict[str, Any] = {}
    before = len(problems)
    for key, value in tree.items():
        at = f"{path}.{key}" if path else str(key)
        if key not in fields:
            problems.append(f"{at}: no such key; known keys are {', '.join(fields)}")
        elif isinstance(fields[key].type, type) and issubclass(fields[key].type, msgspec.Struct):
            values[key] = convert(value, fields[key].type, at, problems)
        elif kinds := _tagged(fields[key].type):
            values[key] = _converted_list(value, kinds, at, problems)
        else:
            try:
                values[key] = msgspec.convert(value, fields[key].type)
            except msgspec.ValidationError as error:
                problems.append(f"{at}: {_why_not(error, fields[key].type)}, got {value!r}")
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


def _why_not(error: msgspec.ValidationError, kind: Any) -> str:
    """What `msgspec` has against a value; the words that may stand there, where they are listed."""
    words = _words(kind)
    if words:
        return f"must be one of {', '.join(words)}"
    return f"{str(error)[0].lower()}{str(error)[1:]}"


def _words(kind: Any) -> list[str]:
    """The words that a type lists, also as items of a tuple; nothing where it isn't of words."""
    if get_origin(kind) is Literal:
        return [str(word) for word in get_args(kind)]
    if get_origin(kind) in (tuple, Union, types.UnionType, Annotated):
        return [word for part in get_args(kind) for word in _words(part)]
    return []


def _tagged(kind: Any) -> Kinds:
    """The records by tag, where a type is a tuple of tagged ones; else nothing."""
    if get_origin(kind) is not tuple:
        return {}
    item = get_args(kind)[0]
    choices = get_args(item) if get_origin(item) in (Union, types.UnionType) else (item,)
    if not all(isinstance(one, type) and issubclass(one, msgspec.Struct) for one in choices):
        return {}
    tags = {str(one.__struct_config__.tag): one for one in choices}
    return {} if "None" in tags else tags


def _converted_list(tree: Any, kinds: Kinds, path: str, problems: list[str]) -> Any:
    if not isinstance(tree, list):
        problems.append(f"{path}: must be a list")
        return ()
    return tuple(
        _converted_item(item, kinds, f"{path}[{at}]", problems) for at, item in enumerate(tree)
    )


def _converted_item(tree: Any, kinds: Kinds, path: str, problems: list[str]) -> Any:
    if not isinstance(tree, dict):
        problems.append(f"{path}: must be a mapping")
        return None
    field = next(iter(kinds.values())).__struct_config__.tag_field
    assert field is not None
    tag = tree.get(field)
    if not isinstance(tag, str) or tag not in kinds:
        what = f"no such kind: {tag!r}" if field in tree else "is missing"
        problems.append(f"{path}.{field}: {what}; known are {', '.join(kinds)}")
        return None
    rest = {key: value for key, value in tree.items() if key != field}
    return convert(rest, kinds[tag], path, problems)
