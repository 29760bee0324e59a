"""Examines trail and bundles with what is known here: the keys of the settings and the accounts."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from cryptography.x509 import Certificate

from field.alerts.life_cycle import Action
from field.console.access.credentials.trail_keys import (
    heads,
    known_trail_key,
    public_trail_keys,
)
from field.console.access.database import place
from field.console.databases import asked
from field.console.live.cluster import source_of
from field.evidence.signing import Signer
from field.evidence.verify import Verified, verify
from field.trail.chain import TOPIC, Chain
from field.trail.examining import Examined, examine
from streams.config.settings import Settings
from streams.decode.topic_reader import Topics
from streams.signed.keys import NOBODY, PublicKeys, read_public_keys
from streams.signed.trust import Trust


def examined_trail(topics: Topics, settings: Settings, source: str) -> Examined:
    """The whole trail of ``source``, examined; raises `ConfigError` where the keys can't be
    read."""
    keys = keys_here(settings)
    known = asked(place(settings.console.accounts), lambda engine: heads(engine, source))
    records = ((record.offset, record.value) for record in topics.all(TOPIC))
    found = examine(records, keys, known or ())
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
        found = examined_trail(topics, settings, source_of(settings.kafka))
    lines = [f"{TOPIC}: {found.summary()}", *(f"problem: {one}" for one in found.problems)]
    lines.append("the trail is whole" if found.ok else "the trail is NOT to be relied on")
    return "\n".join(lines), found.ok


def verified(
    settings: Settings,
    bundle: Path,
    public_key: Path | None,
    authority: Sequence[Certificate] = (),
) -> Verified:
    """A bundle, examined with the key given and with all that are known here; where certificates
    of an ``authority`` are given, its time stamp too."""
    consoles = keys_here(settings)
    examine_it = partial(verify, bundle, authority=authority)
    if public_key is not None:
        keys = read_public_keys([public_key], "--public-key")
        return examine_it(keys=keys, consoles=consoles | keys)
    signer = Signer.known(settings.evidence.signing_key, os.environ)
    if settings.evidence.signing_key:
        return examine_it(signer, consoles=consoles)
    return examine_it(own=NOBODY if signer is None else signer.public, consoles=consoles)


def sealer(settings: Settings) -> Callable[[Action], bytes] | None:
    """What makes a signed record of an action by a command; ``None`` where no console's key is
    here, since what nobody signed counts for nothing."""
    key = asked(place(settings.console.accounts), known_trail_key)
    return None if key is None else lambda action: Chain(key).next(action, "")


def keys_here(settings: Settings) -> PublicKeys:
    """The consoles' keys that are known on this computer. Raises `ConfigError`."""
    keys = Trust.of(settings.trust, os.environ).believed()
    # Accounts are checked for themselves; without them the other keys have to do.
    return keys | (asked(place(settings.console.accounts), public_trail_keys) or NOBODY)
