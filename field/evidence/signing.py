"""The detached signature of a bundle's manifest: it shows who made the bundle.

A digest that travels with the file protects against accidents only: who can change the file can
change the digest. A signature can't be made without the key. With Ed25519 anybody can check it
against the published public key; with HMAC only those who share the secret. Where no key is set,
one is made at first use and kept in this user's state folder.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from streams.config.settings import ConfigError
from streams.privacy.hashing_key import state_folder
from streams.privacy.secret_file import make_once
from streams.signed.keys import NOBODY, PublicKeys, as_pem

_PEM: Final = b"-----BEGIN"
_OWN: Final = "evidence.pem"


class SigningKeyError(ConfigError):
    """The signing key can't be used; the text names the file and the cure."""


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``manifest.sig`` holds; ``value`` and ``public_key`` in hexadecimal digits."""

    algorithm: Literal["ed25519", "hmac-sha256"]
    value: str
    public_key: str = ""


class Signer:
    """Signs with the key of a file; made by `load`."""

    def __init__(self, key: Ed25519PrivateKey | bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, path: str, env: Mapping[str, str]) -> "Signer":
        """The signer of the key file that is set, else of this user's own, made at first use.

        Raises `SigningKeyError`.
        """
        if (signer := cls.load(path)) is not None:
            return signer
        own = state_folder(env) / _OWN
        try:
            if not own.exists():
                make_once(own, _new_key())
        except OSError as error:
            raise SigningKeyError(
                f"evidence.signing_key: none is set, and {own} can't be made ({error.strerror})."
                " Name a file with an Ed25519 private key (PEM)."
            ) from error
        signer = cls.load(str(own))
        assert signer is not None
        return signer

    @classmethod
    def known(cls, path: str, env: Mapping[str, str]) -> "Signer | None":
        """As `of`, but nothing is made: ``None`` where there is no key."""
        own = state_folder(env) / _OWN
        return cls.load(path or (str(own) if own.exists() else ""))

    @property
    def public(self) -> PublicKeys:
        """The public key; of a shared secret there is none."""
        return NOBODY if isinstance(self._key, bytes) else PublicKeys.of([self._key.public_key()])

    @property
    def public_pem(self) -> str:
        """The public key as it is given away; empty for a shared secret."""
        return "".join(as_pem(key) for key in self.public.by_id.values())

    @classmethod
    def load(cls, path: str) -> "Signer | None":
        """The signer of a key file, ``None`` for an empty path. Raises `SigningKeyError`."""
        if not path:
            return None
        try:
            content = Path(path).expanduser().read_bytes().strip()
        except OSError as error:
            raise SigningKeyError(
                f"evidence.signing_key: {path} can't be read ({error.strerror}). Name a file with"
                " an Ed25519 private key (PEM) or a secret text, or leave the key empty."
            ) from error
        if not content.startswith(_PEM):
            if not content:
                raise SigningKeyError(f"evidence.signing_key: {path} is empty.")
            return cls(content)
        try:
            key = serialization.load_pem_private_key(content, password=None)
        except (ValueError, TypeError) as error:
            raise SigningKeyError(
                f"evidence.signing_key: {path} is no private key without a password: {error}"
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SigningKeyError(
                f"evidence.signing_key: {path} is a key of another kind; make one with"
                " openssl genpkey -algorithm ed25519"
            )
        return cls(key)

    def sign(self, manifest: bytes) -> bytes:
        """The content of ``manifest.sig``."""
        if isinstance(self._key, bytes):
            made = Signature(algorithm="hmac-sha256", value=_mac(self._key, manifest))
        else:
            raw = self._key.public_key().public_bytes_raw()
            made = Signature(
                algorithm="ed25519", value=self._key.sign(manifest).hex(), public_key=raw.hex()
            )
        return msgspec.json.encode(made) + b"\n"

    def made(self, signature: Signature, manifest: bytes) -> bool:
        """Whether the signature is this key's."""
        if isinstance(self._key, bytes):
            return signature.algorithm == "hmac-sha256" and hmac.compare_digest(
                signature.value.encode(), _mac(self._key, manifest).encode()
            )
        own = self._key.public_key().public_bytes_raw().hex()
        return signature.public_key == own and is_consistent(signature, manifest)


def is_by(signature: Signature, manifest: bytes, keys: PublicKeys) -> bool:
    """Whether one of the keys made the signature."""
    own = {key.public_bytes_raw().hex() for key in keys.by_id.values()}
    return signature.public_key in own and is_consistent(signature, manifest)


def is_consistent(signature: Signature, manifest: bytes) -> bool:
    """Whether an Ed25519 signature fits the manifest and the public key that it names."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.public_key))
        key.verify(bytes.fromhex(signature.value), manifest)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(signature: Signature) -> str:
    """A short name of the public key, to be compared with what its owner publishes."""
    digest = sha256(bytes.fromhex(signature.public_key)).hexdigest()
    return ":".join(digest[at : at + 4] for at in range(0, 32, 4))


def _new_key() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _mac(key: bytes, manifest: bytes) -> str:
    return hmac.new(key, manifest, sha256).hexdigest()
