"""Which files make the page up, and the frame that names them.

The version is the digest of all of them, so that any other file is another version, and two
consoles of one release have the same. Where ``bundle.mjs`` put the modules and styles together, and
they are those that lie here, the frame names the two files that it made; else all of them.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from field.alerts.life_cycle import FOR_PAGE

_NAMED: Final = re.compile(r'(?:href|src)="(/static/[^"]+)"')
#: Lines of the frame whose files are in those that were put together.
_OWN: Final = re.compile(
    r' *<link rel="(?:modulepreload|stylesheet)" href="/static/(?:js|css)/[^"]+" />\n'
)
_MAIN: Final = "/static/js/main.js"
_BUILT: Final = "/static/built/page.js"
_ICON: Final = '    <link rel="icon"'
_STYLES: Final = '    <link rel="stylesheet" href="/static/built/page.css" />\n'
#: Asked for by the page itself.
_ASKED: Final = (
    *("/static/life_cycle.json", "/static/words/en.json", "/static/words/zh.json"),
    *("/static/mainland.json", "/static/help/en.json", "/static/help/zh.json"),
)
#: Not part of the page that they bring.
_NOT_OF_IT: Final = ("sw.js",)
#: Of the page about the API, which is no part of it either.
_OF_DOCS: Final = "vendor/swagger-ui"


@dataclass(frozen=True)
class Shell:
    """The page's files by their addresses; it opens without ``more`` too: the map's parts.

    ``modules`` is the frame that names each module, whether they were put together or not.
    """

    version: str
    files: tuple[str, ...]
    more: tuple[str, ...]
    frame: str
    modules: str


def shell_of(static: Path, words: bytes = b"") -> Shell:
    """What lies in the folder now; ``words`` are those that are no file's."""
    paths = sorted(path for path in static.rglob("*") if path.is_file())
    seen = tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths)
    return _shell(static, seen, words)


@lru_cache(maxsize=4)
def _shell(static: Path, seen: tuple[tuple[str, int, int], ...], words: bytes) -> Shell:
    digests = {
        Path(name).relative_to(static).as_posix(): hashlib.sha256(
            Path(name).read_bytes()
        ).hexdigest()
        for name, _, _ in seen
    }
    of_page = {path: digest for path, digest in digests.items() if path not in _NOT_OF_IT}
    version = hashlib.sha256(FOR_PAGE + words + json.dumps(of_page).encode())
    frame = modules = (static / "index.html").read_text("utf-8")
    if _is_built(static, digests):
        frame = _OWN.sub("", frame).replace(_ICON, _STYLES + _ICON).replace(_MAIN, _BUILT)
    # Parts of others may be missing where npm was.
    vendored = [path for path in digests if path.startswith("vendor/") and path[-4:] != ".txt"]
    more = [path for path in vendored if not path.startswith(_OF_DOCS)]
    return Shell(
        version.hexdigest()[:16],
        (*_NAMED.findall(frame), *_ASKED),
        tuple(f"/static/{path}" for path in more),
        frame,
        modules,
    )


def _is_built(static: Path, digests: Mapping[str, str]) -> bool:
    known = static / "built" / "sources.json"
    if not known.is_file():
        return False
    of = {"index.html": digests["index.html"]}
    of |= {path: it for path, it in digests.items() if path.startswith(("js/", "css/"))}
    return bool(json.loads(known.read_text("utf-8")) == of)
