"""Sub-keys of one secret: for each purpose its own, so that none gives another away.

HKDF (RFC 5869) under SHA-256. The purpose is the label; whoever has a sub-key knows neither the
secret nor the other sub-keys.
"""

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_BYTES: Final = 32


def sub_key(secret: bytes, label: str, size: int = _BYTES) -> bytes:
    """``size`` bytes for the purpose ``label``.

    >>> sub_key(b"secret", "one") == sub_key(b"secret", "two")
    False
    """
    info = f"cellhound {label}".encode()
    return HKDF(algorithm=SHA256(), length=size, salt=None, info=info).derive(secret)
