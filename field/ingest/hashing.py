"""The hashing key of the gateway, which has to be the workers': it hashes what they then read."""

import os

from streams.config.settings import Settings
from streams.kafka.make_topics import ensure_topics
from streams.log_lines import announce
from streams.peers.same_key import Keys, key_beside_workers, name_of, refuse_other_keys
from streams.privacy.hasher import Hasher


def hasher_beside_workers(settings: Settings) -> Hasher:
    """The hasher with the workers' key; makes what topics are missing, and asks for its rights.

    Raises ConfigError where workers have another key or it must be set, KeyUnavailable, and
    KafkaUnavailable.
    """
    key = key_beside_workers(settings.kafka)
    if key.warning:
        announce(f"cellhound: {key.warning}", settings.logging.format)
    ensure_topics(settings.kafka, role="ingest")
    refuse_other_keys(settings.kafka, name_of(os.getpid()), Keys.of(key))
    return key.hasher(settings.senders)
