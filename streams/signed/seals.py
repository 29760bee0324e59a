"""Seals: the signature inside a message that says who made it, and what came before.

A seal is a field of the message, ``seal``, so that it stays with the message in arrays, traces and
evidence bundles. What is signed is the message's content, not its bytes: its fields in order of
name, those that are null left out, the seal's own fields among them, and the topic. So nothing that
was signed for one topic is worth anything on another.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from detectors.model.described import means
from streams.signed.keys import PublicKeys, SigningKey

FIELD: Final = "seal"
_LABEL: Final = "cellhound seal 1"

#: Who vouches for a message: a key that is believed; nobody; a key that isn't known; or a known key
#: is named that didn't sign this, so it was changed or forged.
Voucher: TypeAlias = Literal["signed", "unsigned", "unknown_key", "forged"]


class Seal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``writer`` and what follows are of trails alone (`field.trail.chain`)."""

    key: Annotated[str, Meta(max_length=64), means("Id of the key that signed.")]
    signature: Annotated[str, Meta(max_length=256), means("Ed25519, in hexadecimal digits.")] = ""
    writer: Annotated[str, Meta(max_length=64), means("Who numbers its records here.")] = ""
    number: Annotated[int, means("Its how many-th record this is, from 1.")] = 0
    previous: Annotated[str, Meta(max_length=64), means("Digest of its record before.")] = ""
    after: Annotated[
        str, Meta(max_length=64), means("Digest of the newest record that it had read by then.")
    ] = ""


def sealed(message: Mapping[str, Any], topic: str, key: SigningKey, **chain: Any) -> dict[str, Any]:
    """The message with its seal; ``chain`` are further fields of `Seal`."""
    seal = Seal(key=key.id, **chain)
    signature = key.sign(_content(message, topic, seal)).hex()
    return {
        **message,
        FIELD: msgspec.to_builtins(msgspec.structs.replace(seal, signature=signature)),
    }


def seal_of(message: Mapping[str, Any]) -> Seal | None:
    """The seal in a message; ``None`` where there is none that can be read."""
    given = message.get(FIELD)
    if isinstance(given, dict):
        given = {name: value for name, value in given.items() if value is not None}
    try:
        return msgspec.convert(given, Seal)
    except (ValueError, RecursionError):
        return None


def voucher(message: Mapping[str, Any], topic: str, keys: PublicKeys) -> Voucher:
    """Who vouches for a message. Never raises, whatever it holds."""
    seal = seal_of(message)
    if seal is None:
        return "unsigned" if message.get(FIELD) is None else "forged"
    try:
        content = _content(message, topic, seal)
        return "signed" if keys.made(seal.key, bytes.fromhex(seal.signature), content) else "forged"
    except KeyError:
        return "unknown_key"
    except (ValueError, TypeError, RecursionError, OverflowError, msgspec.MsgspecError):
        # Nested too deeply, or numbers and texts that JSON can't hold: we never signed those.
        return "forged"


def digest(value: bytes) -> str:
    """A short name of a record's bytes, for what refers to it."""
    return sha256(value).hexdigest()[:32]


def _content(message: Mapping[str, Any], topic: str, seal: Seal) -> bytes:
    """The bytes that are signed."""
    fields = {name: one for name, one in message.items() if name != FIELD and one is not None}
    unsigned = msgspec.to_builtins(msgspec.structs.replace(seal, signature=""))
    return msgspec.json.encode([_LABEL, topic, fields, unsigned], order="deterministic")
