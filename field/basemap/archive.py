"""What a PMTiles archive says of itself: kind of tiles, area, zooms, and layers with their fields.

By version 3 of the format (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md).
"""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

BEGINS: Final = b"PMTiles"
_VERSION: Final = 3
_HEADER: Final = 127
_KINDS: Final = {1: "vector", 2: "png", 3: "jpeg", 4: "webp", 5: "avif"}
_PLAIN, _GZIP = 1, 2
_MOST_METADATA: Final = 16 << 20
_UNITS_A_DEG: Final = 1e7

Box = tuple[float, float, float, float]


class NoArchiveError(ValueError):
    """The file is no PMTiles archive that a page can read; the text says why."""


@dataclass(frozen=True, slots=True)
class Archive:
    """``box`` is west, south, east, north in degrees; ``layers`` have the names of their fields."""

    kind: str
    box: Box
    min_zoom: int
    max_zoom: int
    layers: Mapping[str, frozenset[str]] = field(default_factory=dict)


def read_archive(path: Path) -> Archive:
    """The archive's header and metadata. Raises OSError, and NoArchiveError for another file."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
        if not head.startswith(BEGINS):
            raise NoArchiveError("it is no PMTiles file")
        if len(head) < _HEADER:
            raise NoArchiveError("it ends within its header")
        if head[7] != _VERSION:
            raise NoArchiveError(f"it is PMTiles of version {head[7]}, and pages read version 3")
        kind = _KINDS.get(head[99], "unknown")
        box = [units / _UNITS_A_DEG for units in struct.unpack_from("<4i", head, 102)]
        layers = _layers(_metadata(file, head)) if kind == "vector" else {}
    return Archive(kind, (box[0], box[1], box[2], box[3]), head[100], head[101], layers)


def _metadata(file: BinaryIO, head: bytes) -> Any:
    offset, length = struct.unpack_from("<2Q", head, 24)
    if length > _MOST_METADATA:
        raise NoArchiveError("its metadata are too long")
    file.seek(min(offset, 2**62))
    packed = file.read(length)
    if len(packed) < length:
        raise NoArchiveError("it ends before its metadata")
    try:
        if head[97] == _GZIP:
            unpacked = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(packed, _MOST_METADATA)
        elif head[97] == _PLAIN:
            unpacked = packed
        else:
            raise NoArchiveError("its metadata are packed in a way that pages can't read")
        return json.loads(unpacked or b"{}")
    except (zlib.error, ValueError, RecursionError) as error:
        if isinstance(error, NoArchiveError):
            raise
        raise NoArchiveError(f"its metadata can't be read ({error})") from error


def _layers(metadata: Any) -> dict[str, frozenset[str]]:
    given = metadata.get("vector_layers") if isinstance(metadata, dict) else None
    layers = {}
    for one in given if isinstance(given, list) else []:
        if isinstance(one, dict) and isinstance(one.get("id"), str):
            fields = one.get("fields")
            layers[one["id"]] = frozenset(fields if isinstance(fields, dict) else ())
    return layers
