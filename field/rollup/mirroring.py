"""Settings of MirrorMaker 2: up go the roll-up's topics, down the nation's marks, nothing else."""

import re
from collections.abc import Mapping
from typing import Final

from field.rollup.upwards import CAMPAIGNS, DOWN, MARKS, WINDOWS
from streams.config_error import ConfigError
from streams.kafka.settings import KafkaSettings

#: An alias stands before a dot in names of topics.
ALIAS: Final = re.compile(r"[a-zA-Z0-9_-]{1,40}")
_BROKER: Final = r"(?:[^\s,=:\[\]]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}"
_BROKERS: Final = re.compile(f"{_BROKER}(?:,{_BROKER})*")
_INTERNAL: Final = (
    *("replication.factor", "offset-syncs.topic.replication.factor"),
    *("checkpoints.topic.replication.factor", "heartbeats.topic.replication.factor"),
    *("config.storage.replication.factor", "offset.storage.replication.factor"),
    "status.storage.replication.factor",
)


def properties(
    kafka: KafkaSettings, national: tuple[str, str], provinces: Mapping[str, str], copies: int
) -> list[str]:
    """The lines of ``mm2.properties``. ``national`` is an alias and its brokers, ``provinces`` are
    brokers by alias; ``copies``: of each topic that it makes. Raises `ConfigError` for brokers that
    aren't HOST:PORT."""
    top, brokers = national
    for name, servers in {top: brokers, **provinces}.items():
        if not _BROKERS.fullmatch(servers):
            raise ConfigError(
                f"{name}: {servers!r} are no brokers; give HOST:PORT, commas between."
            )
    up = "|".join(_literally(kafka.name_of(topic)) for topic in (WINDOWS, CAMPAIGNS, MARKS))
    lines = [
        "# MirrorMaker 2: connect-mirror-maker.sh FILE, or cellhound rollup mirror FILE",
        f"clusters = {', '.join((top, *provinces))}",
        f"{top}.bootstrap.servers = {brokers}",
        *(f"{name}.bootstrap.servers = {servers}" for name, servers in provinces.items()),
    ]
    for name in provinces:
        lines += [
            f"{name}->{top}.enabled = true",
            f"{name}->{top}.topics = {up}",
            f"{top}->{name}.enabled = true",
            f"{top}->{name}.topics = {_literally(kafka.name_of(DOWN))}",
        ]
        lines += [f"{name}->{other}.enabled = false" for other in provinces if other != name]
    return [
        *lines,
        "# Topics keep their settings; who may read them is said on each cluster by itself.",
        "sync.topic.configs.enabled = true",
        "sync.topic.acls.enabled = false",
        "# Mirrored topics are read from the beginning: there are no positions to carry over.",
        "groups = ^$",
        "sync.group.offsets.enabled = false",
        "emit.heartbeats.enabled = false",
        "heartbeats.replication.enabled = false",
        "refresh.topics.interval.seconds = 30",
        *(f"{name} = {copies}" for name in _INTERNAL),
    ]


def _literally(name: str) -> str:
    """A pattern of MirrorMaker's for one name, in a file where a backslash stands for itself only
    when it is doubled."""
    return re.escape(name).replace("\\-", "-").replace("\\", "\\\\")
