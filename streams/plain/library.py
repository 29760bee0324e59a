"""The library of this folder, as it is loaded; ``None`` where it wasn't made of these sources."""

from importlib.resources import files
from typing import Final

from detectors.native.library import loaded

#: That of this process.
OURS: Final = loaded(files("streams.plain"))
