"""Files that may be gzipped, as far as they can be unpacked."""

import gzip
import zlib
from io import BytesIO
from typing import Final

#: Larger files than this are cut: a few kilobytes of gzip can stand for gigabytes.
_MOST_BYTES: Final = 1 << 30
_CHUNK_BYTES: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"


def unpacked(data: bytes) -> tuple[bytes, str]:
    """The bytes of a file, unpacked where it is gzipped, and why not all of it, if so.

    The reason is empty, ``broken_gzip`` or ``too_large``; never raises.
    """
    if not data.startswith(_GZIP):
        return data, ""
    whole = bytearray()
    with gzip.GzipFile(fileobj=BytesIO(data)) as file:
        try:
            while chunk := file.read1(_CHUNK_BYTES):
                whole += chunk
                if len(whole) > _MOST_BYTES:
                    return bytes(whole), "too_large"
        except (OSError, EOFError, zlib.error):
            return bytes(whole), "broken_gzip"
    return bytes(whole), ""
