"""The key by which consoles sign the trail and their verdicts, kept beside the accounts.

The secret is one of its own, so that it can be changed without ending anybody's session. The public
keys of earlier ones stay, or nobody could check what they signed. How far each run of a console has
come is noted here too: else the newest records could be cut off the trail unnoticed.
"""

from hashlib import sha256
from typing import Final

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.engine import Engine

from field.console.access.credentials.stored_keys import (
    TRAIL,
    known_key,
    new_key,
    put_key,
    stored_key,
)
from field.console.access.database import KEYS
from field.trail.examining import Head
from streams.signed.keys import PublicKeys, SigningKey

_PUBLIC: Final = "public "
_HEAD: Final = "head "
#: Runs of consoles of which it is known how far they came: those before are referred to by others.
_MOST_HEADS: Final = 64


def trail_key(engine: Engine) -> SigningKey:
    """The key of a database of accounts, made where there is none yet; its public key is kept."""
    key = _derived(stored_key(engine, TRAIL))
    put_key(engine, f"{_PUBLIC}{key.id}", key.public.public_bytes_raw().hex())
    return key


def known_trail_key(engine: Engine) -> SigningKey | None:
    """The key of a database of accounts, where a console has made one."""
    secret = known_key(engine, TRAIL)
    return None if secret is None else _derived(secret)


def change_trail_key(engine: Engine) -> SigningKey:
    """Makes a new key, with which consoles sign once they are started again."""
    put_key(engine, TRAIL, new_key())
    return trail_key(engine)


def public_trail_keys(engine: Engine) -> PublicKeys:
    """The public keys that consoles of these accounts have signed with, up to now."""
    values = _all(engine, _PUBLIC).values()
    return PublicKeys.of(Ed25519PublicKey.from_public_bytes(bytes.fromhex(one)) for one in values)


def note_head(engine: Engine, source: str, head: Head, now_ms: int) -> None:
    """Notes how far a run of a console has come on the trail of ``source``, which names cluster and
    prefix."""
    name = f"{_HEAD}{head.writer}"
    put_key(engine, name, f"{now_ms:015d} {head.number} {head.digest} {_mark(source)}")
    kept = sorted(_all(engine, _HEAD).items(), key=lambda row: row[1])
    if old := [name for name, _ in kept[:-_MOST_HEADS]]:
        with engine.begin() as db:
            db.execute(sa.delete(KEYS).where(KEYS.c.name.in_(old)))


def heads(engine: Engine, source: str) -> list[Head]:
    """How far each of the newest runs of consoles has come on the trail of ``source``. What was
    noted without one is passed over: it may be of any."""
    found = []
    for name, value in _all(engine, _HEAD).items():
        _, number, digest, *of = value.split(" ")
        if of == [_mark(source)]:
            found.append(Head(name.removeprefix(_HEAD), int(number), digest))
    return found


def _derived(secret: str) -> SigningKey:
    return SigningKey.derived(bytes.fromhex(secret), "trail")


def _mark(source: str) -> str:
    """A short name of a source."""
    return sha256(source.encode()).hexdigest()[:16]


def _all(engine: Engine, prefix: str) -> dict[str, str]:
    with engine.connect() as db:
        rows = db.execute(sa.select(KEYS.c.name, KEYS.c.value)).all()
    return {name: value for name, value in rows if name.startswith(prefix)}
