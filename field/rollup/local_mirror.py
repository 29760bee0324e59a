"""How MirrorMaker 2 is started on a laptop or in CI, from the local broker's artefacts."""

import os
import shlex
from pathlib import Path
from typing import Final

from streams.kafka.local_broker import BrokerError
from streams.kafka.local_runtime import (
    KAFKA_CONFIGS,
    MIRROR_POM,
    RuntimeMissing,
    find_java,
    kafka_classpath,
)

_JVM_OPTIONS: Final = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")


def command(home: Path, properties: Path) -> list[str]:
    """The command line; `home` is the folder of its log and class path. Raises BrokerError where
    there is no Java of 17 or later."""
    try:
        java = find_java()
    except RuntimeMissing as error:
        raise BrokerError(str(error)) from error
    return [
        java,
        *_JVM_OPTIONS,
        *shlex.split(os.environ.get("KAFKA_OPTS", "")),
        f"-Dlog4j2.configurationFile={(KAFKA_CONFIGS / 'log4j2.xml').as_uri()}",
        f"-Dcellhound.log={home / 'mirror.log'}",
        "org.apache.kafka.connect.mirror.MirrorMaker",
        str(properties),
    ]


def environment(home: Path) -> dict[str, str]:
    """Its environment, with the class path, which Maven resolves once. Raises BrokerError where it
    can't."""
    try:
        classpath = kafka_classpath(home / "mirror-classpath.txt", MIRROR_POM)
    except RuntimeMissing as error:
        raise BrokerError(str(error)) from error
    return {**os.environ, "CLASSPATH": classpath}
