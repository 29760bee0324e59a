"""How many bytes the objects take that something holds, found by following references."""

import sys
from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

import msgspec
import numpy as np

#: What is held by everybody, and what has nothing inside.
_SHARED: Final = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)
_PLAIN: Final = (int, float, str, bytes)
#: The allocators of Python and of the C library give bytes out by sixteens.
_STEP: Final = 16


def sizes(parts: Iterable[tuple[str, Any]]) -> dict[str, int]:
    """Bytes of each named part; what several hold counts where it comes first."""
    seen: set[int] = set()
    found: dict[str, int] = {}
    for name, part in parts:
        found[name] = found.get(name, 0) + _size(part, seen)
    return found


def _size(part: Any, seen: set[int]) -> int:
    size, left = 0, [part]
    while left:
        one = left.pop()
        if one is None or isinstance(one, _SHARED) or id(one) in seen:
            continue
        seen.add(id(one))
        # Of a numpy array that looks into another one this is its head alone.
        size += -(-sys.getsizeof(one) // _STEP) * _STEP
        if type(one) not in _PLAIN:
            left += _inside(one)
    return size


def _inside(one: Any) -> Iterator[Any]:
    if isinstance(one, np.ndarray):
        yield one.base
        if one.dtype == np.object_:
            yield from one.ravel().tolist()
    elif isinstance(one, dict):
        yield from one.keys()
        yield from one.values()
    elif isinstance(one, list | tuple | set | frozenset):
        yield from one
    yield from (getattr(one, name, None) for name in _fields(type(one)))
    if (own := getattr(one, "__dict__", None)) is not None:
        yield own


def _fields(kind: type) -> list[str]:
    if issubclass(kind, msgspec.Struct):
        return list(kind.__struct_fields__)
    slots = (each.__dict__.get("__slots__", ()) for each in kind.__mro__)
    return [name for each in slots for name in ((each,) if isinstance(each, str) else each)]
