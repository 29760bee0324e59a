"""Whether a base map can be drawn: is it there, can the page read it, and is it of the right place.

The doctor and the console's start ask the same.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from field.basemap.archive import Archive, NoArchiveError, read_archive

Case = Literal["none", "address", "unreadable", "other", "pictures", "unknown", "nameless", "ok"]

#: What the page's style draws of vector tiles, by patterns of layers' names, the first that fits;
#: as `KINDS` in field/console/static/js/map/basemap.js.
DRAWN: Final[tuple[tuple[str, str | None], ...]] = (
    ("water|ocean|lake|river|sea", "water"),
    ("boundar|admin", None),
    ("earth|land$", "earth"),
    ("building", "building"),
    ("road|transport|street|highway|path", "road"),
    ("rail", "rail"),
    ("park|wood|green|landuse|landcover|natural", "green"),
    ("place|label|poi|settlement", "label"),
)
_LABELLED: Final = ("road", "label")
_NAMES: Final = ("name", "name:zh", "name:en", "name_zh", "name_en")


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found; ``why`` it can't be drawn, and the archive where it could be read."""

    case: Case
    why: str = ""
    archive: Archive | None = None


def examined(source: str) -> Examined:
    """Looks at ``console.basemap.source``; an address is not asked."""
    if not source:
        return Examined("none")
    if "{z}" in source or urlsplit(source).scheme in ("http", "https"):
        return Examined("address")
    try:
        archive = read_archive(Path(source))
    except OSError as error:
        return Examined("unreadable", str(error.strerror))
    except NoArchiveError as error:
        return Examined("other", str(error))
    if archive.kind != "vector":
        return Examined("pictures", archive.kind, archive)
    if not any(kind_of(layer) for layer in archive.layers):
        return Examined("unknown", ", ".join(sorted(archive.layers)) or "none", archive)
    labelled = (fields for layer, fields in archive.layers.items() if kind_of(layer) in _LABELLED)
    is_named = any(not fields.isdisjoint(_NAMES) for fields in labelled)
    return Examined("ok" if is_named else "nameless", "", archive)


def kind_of(layer: str) -> str | None:
    """As what the page's style draws a layer of vector tiles; ``None`` where it doesn't.

    >>> kind_of("roads"), kind_of("transportation_name"), kind_of("housenumber")
    ('road', 'road', None)
    """
    return next((kind for words, kind in DRAWN if re.search(words, layer, re.IGNORECASE)), None)
