"""Libraries of our own, which the build makes where there is a Rust compiler: how one is loaded."""

import ctypes
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from operator import attrgetter
from typing import Final


class NativeError(RuntimeError):
    """The library could not do what it was asked to: a bug."""


def loaded(folder: Traversable) -> ctypes.CDLL | None:
    """The library in a folder of that name; ``None`` where there is none, or one of other sources
    than those beside it, such as after an update without a build: its structures might differ."""
    try:
        library = ctypes.CDLL(str(folder.joinpath(f"{folder.name}.so")))
        digest = library[f"{folder.name}_digest"]
        digest.restype = ctypes.c_char_p
        texts = [each.read_bytes() for each in _sources(folder)]
    except (OSError, AttributeError):
        return None
    return library if digest() == sha256(b"".join(texts)).hexdigest().encode() else None


def _sources(folder: Traversable) -> Iterator[Traversable]:
    """In order, as `hatch_build.compile_library` has them."""
    for each in sorted(folder.iterdir(), key=attrgetter("name")):
        if each.is_dir():
            yield from _sources(each)
        elif each.name.endswith(".rs"):
            yield each


#: That of this folder, in this process.
OURS: Final = loaded(files("detectors.native"))
