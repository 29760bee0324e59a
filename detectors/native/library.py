"""The library, which the build makes where there is a Rust compiler, as it is loaded."""

import ctypes
from hashlib import sha256
from importlib.resources import files
from typing import Final

_FOLDER: Final = files("detectors.native")
LIBRARY: Final = str(_FOLDER.joinpath("native.so"))


class NativeError(RuntimeError):
    """The library could not do what it was asked to: a bug."""


def loaded(path: str = LIBRARY) -> ctypes.CDLL | None:
    """The library at a path; ``None`` where there is none, or one of other sources than ours, such
    as after an update without a build: its structures might differ."""
    try:
        library = ctypes.CDLL(path)
        library.native_digest.restype = ctypes.c_char_p
        digest = library.native_digest()
        sources = sorted(
            (each for each in _FOLDER.iterdir() if each.name.endswith(".rs")),
            key=lambda each: each.name,
        )
        ours = sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()
    except (OSError, AttributeError):
        return None
    return library if digest == ours.encode() else None


#: That of this process.
OURS: Final = loaded()
