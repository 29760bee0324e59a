"""The library, which the build makes where there is a Rust compiler, as it is loaded."""

import ctypes
from hashlib import sha256
from pathlib import Path
from typing import Final

LIBRARY: Final = Path(__file__).with_name("plain.so")


def loaded(path: Path = LIBRARY) -> ctypes.CDLL | None:
    """The library at a path; ``None`` where there is none, or one of other sources than those
    beside it, such as after an update without a build: their structures might differ."""
    try:
        library = ctypes.CDLL(str(path))
        library.plain_digest.restype = ctypes.c_char_p
        digest = library.plain_digest()
        sources = b"".join(each.read_bytes() for each in sorted(path.parent.glob("*.rs")))
    except (OSError, AttributeError):
        return None
    return library if digest == sha256(sources).hexdigest().encode() else None


#: That of this process.
OURS: Final = loaded()
