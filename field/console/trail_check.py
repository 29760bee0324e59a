"""Examines trail and bundles with what is known here: the keys of the settings and the accounts."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import sqlalchemy as sa

from field.alerts.life_cycle import Action
from field.console.access.credentials.trail_keys import (
    heads,
    known_trail_key,
    public_trail_keys,
)
from field.console.access.database import database_is_there, open_database
from field.evidence.signing import Signer
from field.evidence.verify import Verified, verify
from field.trail.chain import TOPIC, Chain
from field.trail.examining import Examined, Head, examine
from streams.config.settings import ConfigError, Settings
from streams.decode.topic_reader import Topics
from streams.signed.keys import NOBODY, PublicKeys, SigningKey, read_public_keys
from streams.signed.trust import Trust


def examined_trail(topics: Topics, settings: Settings) -> Examined:
    """The whole trail, examined; raises `ConfigError` where the keys can't be read."""
    keys, known = keys_here(settings)
    records = ((record.offset, record.value) for record in topics.all(TOPIC))
    found = examine(records, keys, known)
    if not keys.by_id:
        found.problems.append(
            "no console's public key is known here, so nobody's records can be told from a"
            " forger's: name the keys under trust.consoles"
        )
    return found


def trail_text(settings: Settings) -> tuple[str, bool]:
    """What the trail on its topic shows, in lines, and whether it is whole.

    Raises `streams.kafka.make_topics.KafkaUnavailable`.
    """
    with Topics(settings.kafka) as topics:
        found = examined_trail(topics, settings)
    lines = [f"{TOPIC}: {found.summary()}", *(f"problem: {one}" for one in found.problems)]
    lines.append("the trail is whole" if found.ok else "the trail is NOT to be relied on")
    return "\n".join(lines), found.ok


def verified(settings: Settings, bundle: Path, public_key: Path | None) -> Verified:
    """A bundle, examined with the key given and with all that are known here."""
    consoles, _ = keys_here(settings)
    if public_key is not None:
        keys = read_public_keys([public_key], "--public-key")
        return verify(bundle, keys=keys, consoles=consoles | keys)
    signer = Signer.load(settings.evidence.signing_key)
    own = Signer.known(settings.evidence.signing_key, os.environ)
    own_keys = NOBODY if own is None else own.public
    return verify(bundle, signer, own=own_keys, consoles=consoles)


def sealer(settings: Settings) -> Callable[[Action], bytes]:
    """What makes a record of an action by a command: signed, where consoles' accounts are here."""
    key = _console_key(settings)
    return msgspec.json.encode if key is None else lambda action: Chain(key).next(action, "")


def _console_key(settings: Settings) -> SigningKey | None:
    if not database_is_there(settings.console.accounts):
        return None
    try:
        engine = open_database(settings.console.accounts)
        try:
            return known_trail_key(engine)
        finally:
            engine.dispose()
    except (ConfigError, sa.exc.SQLAlchemyError):
        return None


def keys_here(settings: Settings) -> tuple[PublicKeys, list[Head]]:
    """The consoles' keys that are known on this computer, and how far their chains have come."""
    keys = Trust.of(settings.trust, os.environ).believed()
    where = settings.console.accounts
    if not database_is_there(where):
        return keys, []
    try:
        engine = open_database(where)
        try:
            return keys | public_trail_keys(engine), heads(engine)
        finally:
            engine.dispose()
    except (ConfigError, sa.exc.SQLAlchemyError):
        # Accounts are checked for themselves; the trail is looked at with the other keys.
        return keys, []
