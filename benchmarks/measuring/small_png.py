"""PNG files with a palette: a screenshot in 256 colours is a third as large and looks the same."""

import struct
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

_COLOURS: Final = 256
_DROPPED_BITS: Final = 3


def small_png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of rows of RGB pixels (height, width, 3), in the colours that are seen most."""
    height, width, _ = pixels.shape
    flat = pixels.reshape(-1, 3).astype(np.int32)
    exact, counts = np.unique(flat, axis=0, return_counts=True)
    palette = exact if len(exact) <= _COLOURS else _palette(exact, counts)
    indices = _nearest(exact, palette)
    places = _where(exact, flat)
    rows = indices[places].astype(np.uint8).reshape(height, width)
    raw = np.concatenate([np.zeros((height, 1), dtype=np.uint8), rows], axis=1).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", head),
            _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(raw, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _palette(exact: NDArray[np.int32], counts: NDArray[np.int64]) -> NDArray[np.int32]:
    """The commonest colours as they are, and means of what is left by coarse cells."""
    order = np.argsort(-counts)
    kept = exact[order[: _COLOURS // 2]]
    rest, weights = exact[order[_COLOURS // 2 :]], counts[order[_COLOURS // 2 :]]
    cells = rest >> (_DROPPED_BITS + 2)
    _, groups = np.unique(cells, axis=0, return_inverse=True)
    groups = groups.reshape(-1)
    total = np.bincount(groups, weights)
    means = [np.bincount(groups, weights * rest[:, band]) / total for band in range(3)]
    best = np.argsort(-total)[: _COLOURS - len(kept)]
    return np.concatenate([kept, np.stack(means, axis=1)[best].round().astype(np.int32)])


def _nearest(colours: NDArray[np.int32], palette: NDArray[np.int32]) -> NDArray[np.int64]:
    """For each colour the number of the palette's that is nearest."""
    found = np.empty(len(colours), dtype=np.int64)
    for begin in range(0, len(colours), 4096):
        part = colours[begin : begin + 4096, None, :] - palette[None, :, :]
        found[begin : begin + 4096] = np.argmin((part * part).sum(axis=2), axis=1)
    return found


def _where(exact: NDArray[np.int32], flat: NDArray[np.int32]) -> NDArray[np.int64]:
    """For each pixel the number of its colour; ``exact`` is sorted, as `numpy.unique` gives it."""
    keys = (exact[:, 0] << 16) | (exact[:, 1] << 8) | exact[:, 2]
    return np.searchsorted(keys, (flat[:, 0] << 16) | (flat[:, 1] << 8) | flat[:, 2])


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
