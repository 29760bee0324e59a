"""PMTiles archives as small as they can be, for tests."""

import gzip
import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

WORLD = (-180.0, -85.0, 180.0, 85.0)


def archive(
    layers: Mapping[str, Sequence[str]],
    box: tuple[float, float, float, float] = WORLD,
    kind: int = 1,
    metadata: bytes | None = None,
    packing: int = 2,
    version: int = 3,
) -> bytes:
    """Header and metadata of an archive without a tile."""
    about = [
        {"id": name, "fields": dict.fromkeys(fields, "String")} for name, fields in layers.items()
    ]
    text = json.dumps({"vector_layers": about}).encode() if metadata is None else metadata
    packed = gzip.compress(text) if packing == 2 and metadata is None else text
    head = bytearray(127)
    head[:8] = b"PMTiles" + bytes([version])
    struct.pack_into("<8Q", head, 8, 127, 0, 127, len(packed), 127 + len(packed), 0, 127, 0)
    head[97], head[98], head[99], head[100], head[101] = packing, 2, kind, 4, 14
    struct.pack_into("<4i", head, 102, *(round(degrees * 1e7) for degrees in box))
    return bytes(head) + packed


def written(path: Path, content: bytes) -> Path:
    """The archive as a file."""
    path.write_bytes(content)
    return path
