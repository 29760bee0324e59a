"""Keys that sign: a private one for who writes, public ones for all who check.

A signature, and no code under a shared secret: who can check one can't make one, so a worker needs
nothing secret to know a console's verdict, and anybody may check a trail years later. A key is
named by its id, sixteen hexadecimal digits that are made of the public key alone.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from streams.config_error import ConfigError
from streams.privacy.sub_keys import sub_key

_BLOCK: Final = re.compile(
    rb"-----BEGIN PUBLIC KEY-----[^-]{1,4096}-----END PUBLIC KEY-----\n?", re.ASCII
)
#: A file of public keys has some; one this long (bytes) is something else.
_MOST_BYTES: Final = 1 << 20


class SigningKey:
    """Signs; made by `derived` or of a key at hand."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key()
        self.id = key_id(self.public)

    @classmethod
    def derived(cls, secret: bytes, label: str) -> "SigningKey":
        """The key that a secret gives under a label, the same each time.

        >>> SigningKey.derived(b"a secret of many bytes", "trail").id
        '61c3ec45f08b29df'
        """
        return cls(Ed25519PrivateKey.from_private_bytes(sub_key(secret, label)))

    def sign(self, content: bytes) -> bytes:
        """64 bytes."""
        return self._key.sign(content)


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """Keys of those who are believed, by id."""

    by_id: Mapping[str, Ed25519PublicKey]

    @classmethod
    def of(cls, keys: Iterable[Ed25519PublicKey]) -> "PublicKeys":
        """These keys."""
        return cls({key_id(key): key for key in keys})

    def __or__(self, other: "PublicKeys") -> "PublicKeys":
        return PublicKeys({**self.by_id, **other.by_id})

    def made(self, name: str, signature: bytes, content: bytes) -> bool:
        """Whether the key of that id signed the content. Raises KeyError for an unknown id."""
        try:
            self.by_id[name].verify(signature, content)
        except InvalidSignature:
            return False
        return True


NOBODY: Final = PublicKeys({})


@dataclass(slots=True)
class Believed:
    """The ``keys`` that are believed; ``read`` reads them anew where one is named that isn't among
    them, since it may have been made meanwhile."""

    keys: PublicKeys = NOBODY
    read: Callable[[], PublicKeys] = field(default=lambda: NOBODY)

    def renew(self) -> PublicKeys:
        """The keys by now, those of before among them. Raises what ``read`` raises."""
        self.keys |= self.read()
        return self.keys


def key_id(key: Ed25519PublicKey) -> str:
    """The id of a public key."""
    return sha256(b"cellhound key " + key.public_bytes_raw()).hexdigest()[:16]


def as_pem(key: Ed25519PublicKey) -> str:
    """A public key as files hold it."""
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, kind).decode()


def read_public_keys(paths: Iterable[str | Path], setting: str) -> PublicKeys:
    """The public keys (PEM, Ed25519, one or more a file) of some files.

    Raises `ConfigError`, which names the ``setting``, for a file that can't be read or has none.
    """
    found: list[Ed25519PublicKey] = []
    for path in paths:
        try:
            with Path(path).expanduser().open("rb") as file:
                content = file.read(_MOST_BYTES)
        except OSError as error:
            raise ConfigError(f"{setting}: {path} can't be read ({error.strerror}).") from error
        blocks = _BLOCK.findall(content)
        if not blocks:
            raise ConfigError(
                f"{setting}: {path} holds no public key (PEM, -----BEGIN PUBLIC KEY-----). On the"
                " console's computer, cellhound accounts public-key prints its own."
            )
        for block in blocks:
            try:
                key = serialization.load_pem_public_key(block)
            except ValueError as error:
                raise ConfigError(f"{setting}: {path} holds a broken key: {error}") from error
            if not isinstance(key, Ed25519PublicKey):
                raise ConfigError(f"{setting}: {path} holds a key of another kind than Ed25519.")
            found.append(key)
    return PublicKeys.of(found)
