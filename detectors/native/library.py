"""Libraries of our own, which the build makes where there is a Rust compiler: how one is loaded."""

import ctypes
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
        sources = sorted(folder.iterdir(), key=attrgetter("name"))
        texts = [each.read_bytes() for each in sources if each.name.endswith(".rs")]
    except (OSError, AttributeError):
        return None
    return library if digest() == sha256(b"".join(texts)).hexdigest().encode() else None


#: That of this folder, in this process.
OURS: Final = loaded(files("detectors.native"))
