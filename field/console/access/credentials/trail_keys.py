"""The key by which consoles sign the trail and their verdicts, kept beside the accounts.

The secret is one of its own, so that it can be changed without ending anybody's session. The public
keys of earlier ones stay, or nobody could check what they signed. How far each run of a console has
come is noted here too: else the newest records could be cut off the trail unnoticed.
"""

import secrets
from typing import Final

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.engine import Engine

from field.console.access.database import KEYS
from field.trail.examining import Head
from streams.signed.keys import PublicKeys, SigningKey

_SECRET: Final = "trail"
_PUBLIC: Final = "public "
_HEAD: Final = "head "
_KEY_BYTES: Final = 32
#: Runs of consoles of which it is known how far they came: those before are referred to by others.
_MOST_HEADS: Final = 64


def trail_key(engine: Engine) -> SigningKey:
    """The key of a database of accounts, made where there is none yet; its public key is kept."""
    secret = _value(engine, _SECRET)
    if secret is None:
        try:
            with engine.begin() as db:
                made = secrets.token_hex(_KEY_BYTES)
                db.execute(sa.insert(KEYS).values(name=_SECRET, value=made))
        except sa.exc.IntegrityError:
            pass  # Another console was first: theirs is the key.
        secret = _value(engine, _SECRET)
        assert secret is not None
    key = SigningKey.derived(bytes.fromhex(secret), "trail")
    _put(engine, f"{_PUBLIC}{key.id}", key.public.public_bytes_raw().hex())
    return key


def known_trail_key(engine: Engine) -> SigningKey | None:
    """The key of a database of accounts, where a console has made one."""
    secret = _value(engine, _SECRET)
    return None if secret is None else SigningKey.derived(bytes.fromhex(secret), "trail")


def change_trail_key(engine: Engine) -> SigningKey:
    """Makes a new key, with which consoles sign once they are started again."""
    _put(engine, _SECRET, secrets.token_hex(_KEY_BYTES))
    return trail_key(engine)


def public_trail_keys(engine: Engine) -> PublicKeys:
    """The public keys that consoles of these accounts have signed with, up to now."""
    values = _all(engine, _PUBLIC).values()
    return PublicKeys.of(Ed25519PublicKey.from_public_bytes(bytes.fromhex(one)) for one in values)


def note_head(engine: Engine, head: Head, now_ms: int) -> None:
    """Notes how far a run of a console has come."""
    name = f"{_HEAD}{head.writer}"
    _put(engine, name, f"{now_ms:015d} {head.number} {head.digest}")
    kept = sorted(_all(engine, _HEAD).items(), key=lambda row: row[1])
    if old := [name for name, _ in kept[:-_MOST_HEADS]]:
        with engine.begin() as db:
            db.execute(sa.delete(KEYS).where(KEYS.c.name.in_(old)))


def heads(engine: Engine) -> list[Head]:
    """How far each of the newest runs of consoles has come."""
    found = []
    for name, value in _all(engine, _HEAD).items():
        _, number, digest = value.split(" ")
        found.append(Head(name.removeprefix(_HEAD), int(number), digest))
    return found


def _value(engine: Engine, name: str) -> str | None:
    with engine.connect() as db:
        found: str | None = db.execute(sa.select(KEYS.c.value).where(KEYS.c.name == name)).scalar()
    return found


def _all(engine: Engine, prefix: str) -> dict[str, str]:
    with engine.connect() as db:
        rows = db.execute(sa.select(KEYS.c.name, KEYS.c.value)).all()
    return {name: value for name, value in rows if name.startswith(prefix)}


def _put(engine: Engine, name: str, value: str) -> None:
    with engine.begin() as db:
        changed = db.execute(sa.update(KEYS).where(KEYS.c.name == name).values(value=value))
        if not changed.rowcount:
            db.execute(sa.insert(KEYS).values(name=name, value=value))
