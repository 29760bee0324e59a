"""Covers hashes with a second key, so that who has that key can lift the cover again.

A number is hashed under the national key, and the hash is covered under the province's: outside
the province nobody can match the names that it uses, and the province can show the national name
of one number without knowing the number. The cover is FF1 of NIST SP 800-38G (AES-256, no tweak)
on the 24 hexadecimal digits of a hash: a permutation, so that different hashes stay different.

Written here, since `cryptography` has no FF1, and a column of numbers is covered at once. The tests
hold it to the standard's algorithm, and that to all of its samples of FF1.
"""

from typing import Any, Final

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

_DIGITS: Final = 24
#: Of SP 800-38G, algorithm 7: version, method, addition, radix in three bytes, ten rounds, the
#: left half's digits, all digits, no tweak.
_FIRST_BLOCK: Final = bytes((1, 2, 1, 0, 0, 16, 10, _DIGITS // 2, 0, 0, 0, _DIGITS, 0, 0, 0, 0))
_ROUNDS: Final = range(10)
_HALF_BYTES: Final = 6
_HALF_BITS: Final = 48
_HALF: Final = (1 << _HALF_BITS) - 1
_BLOCK_BYTES: Final = 16


class Cover:
    """Covers hashes of 12 bytes under a key of 16, 24 or 32 bytes, and lifts that.

    >>> cover = Cover(bytes(32))
    >>> cover.lifted(cover.covered(b"twelve bytes"))
    b'twelve bytes'
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(AES(key), ECB())
        self._start = int.from_bytes(self._cipher.encryptor().update(_FIRST_BLOCK), "big")

    def covered(self, digest: bytes) -> bytes:
        """One hash, covered."""
        encrypt = self._cipher.encryptor().update
        left, right = _halves(digest)
        for count in _ROUNDS:
            left, right = right, (left + self._mixed(encrypt, count, right)) & _HALF
        return _joined(left, right)

    def lifted(self, covered: bytes) -> bytes:
        """The hash that was covered."""
        encrypt = self._cipher.encryptor().update
        left, right = _halves(covered)
        for count in reversed(_ROUNDS):
            left, right = (right - self._mixed(encrypt, count, left)) & _HALF, left
        return _joined(left, right)

    def all_covered(self, digests: bytes) -> bytes:
        """`covered` of each of the hashes that stand one after the other."""
        encrypt = self._cipher.encryptor().update
        parts = np.frombuffer(digests, np.uint8).reshape(-1, 2, _HALF_BYTES)
        wide = np.zeros((len(parts), 2, 8), dtype=np.uint8)
        wide[:, :, 2:] = parts
        halves = wide.view(">u8")[:, :, 0].astype(np.uint64)
        left, right = halves[:, 0], halves[:, 1]
        blocks = np.empty((len(parts), 2), dtype=">u8")
        for count in _ROUNDS:
            blocks[:, 0] = self._start >> 64
            blocks[:, 1] = np.uint64(self._start & (1 << 64) - 1) ^ (
                np.uint64(count << _HALF_BITS) | right
            )
            mixed = np.frombuffer(encrypt(blocks.tobytes()), ">u8").reshape(-1, 2).astype(np.uint64)
            added = (mixed[:, 0] << np.uint64(32)) | (mixed[:, 1] >> np.uint64(32))
            left, right = right, (left + added) & np.uint64(_HALF)
        made = np.stack([left, right], axis=1).astype(">u8")
        return made.view(np.uint8).reshape(-1, 2, 8)[:, :, 2:].tobytes()

    def _mixed(self, encrypt: Any, count: int, half: int) -> int:
        """What a round adds to the other half: of the encrypted block's first twelve bytes the last
        six, since the others are beyond what a half holds."""
        block = self._start ^ (count << _HALF_BITS | half)
        mixed: bytes = encrypt(block.to_bytes(_BLOCK_BYTES, "big"))
        return int.from_bytes(mixed[_HALF_BYTES : 2 * _HALF_BYTES], "big")


def _halves(digest: bytes) -> tuple[int, int]:
    return int.from_bytes(digest[:_HALF_BYTES], "big"), int.from_bytes(digest[_HALF_BYTES:], "big")


def _joined(left: int, right: int) -> bytes:
    return left.to_bytes(_HALF_BYTES, "big") + right.to_bytes(_HALF_BYTES, "big")
