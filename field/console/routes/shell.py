"""Which files make the page up: what its worker keeps for a time without a network.

The version is the digest of all of them, so that any other file is another version, and two
consoles of one release have the same.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from field.alerts.life_cycle import FOR_PAGE

_NAMED: Final = re.compile(r'(?:href|src)="(/static/[^"]+)"')
#: Asked for by the page itself.
_ASKED: Final = (
    *("/static/life_cycle.json", "/static/words/en.json", "/static/words/zh.json"),
    *("/static/mainland.json", "/static/help/en.json", "/static/help/zh.json"),
)
#: Not part of the page that they bring.
_NOT_OF_IT: Final = ("sw.js",)


@dataclass(frozen=True)
class Shell:
    """The page's files by their addresses; it opens without ``more`` too: the map's parts."""

    version: str
    files: tuple[str, ...]
    more: tuple[str, ...]


def shell_of(static: Path, words: bytes = b"") -> Shell:
    """What lies in the folder now; ``words`` are those that are no file's."""
    paths = sorted(path for path in static.rglob("*") if path.is_file())
    seen = tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths)
    return _shell(static, seen, words)


@lru_cache(maxsize=4)
def _shell(static: Path, seen: tuple[tuple[str, int, int], ...], words: bytes) -> Shell:
    digest = hashlib.sha256(FOR_PAGE + words)
    more = []
    for name, _, _ in seen:
        path = Path(name).relative_to(static).as_posix()
        if path not in _NOT_OF_IT:
            digest.update(path.encode() + b"\0" + Path(name).read_bytes())
        if path.startswith("vendor/") and not path.endswith(".txt"):
            more.append(f"/static/{path}")
    frame = (static / "index.html").read_text("utf-8")
    # Parts of others may be missing where npm was.
    named = [path for path in _NAMED.findall(frame) if not path.startswith("/static/vendor/")]
    return Shell(digest.hexdigest()[:16], (*named, *_ASKED), tuple(more))
