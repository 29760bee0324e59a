"""Workers with different hashing keys don't work side by side.

Each would hash a bare number to a pseudonym of its own, one phone would count as two, and alerts
would come of it that there are no reasons for. So workers report the id of their key on
``fbs.health``, and one that finds another key at work ends. Who is alive shows in that its signs of
life go on, whatever the clocks say.
"""

import socket
import time
from collections.abc import Iterable
from typing import Final

import msgspec

from streams.config_error import ConfigError
from streams.decode.topic_reader import Topics
from streams.kafka.heartbeat import EVERY_S
from streams.kafka.settings import KafkaSettings

TOPIC: Final = "fbs.health"
#: Signs of life that are looked at: of a hundred workers those of the last 8 s.
TAIL: Final = 400
#: How often a worker looks whether others have begun with another key (s of the clock).
LOOK_EVERY_S: Final = 5 * EVERY_S


class _Sign(msgspec.Struct):
    worker: str
    ts: int
    key: str = ""
    since: int = 0


class OtherKeys:
    """Watches for workers with another key than ``key``; itself ``worker``, at work since ``since``
    (ms of its clock; ``None``: not yet)."""

    def __init__(self, worker: str, key: str, since: int | None = None) -> None:
        self._worker, self._key, self._since = worker, key, since
        self._seen: dict[str, int] = {}

    def observe(self, values: Iterable[bytes | None]) -> str | None:
        """What is the matter, by the newest records; ``None`` where nothing is known to be.

        Of two that began at about the same time, one goes on.
        """
        newest: dict[str, _Sign] = {}
        for value in values:
            try:
                sign = msgspec.json.decode(value or b"", type=_Sign)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            if sign.key not in ("", self._key) and sign.worker != self._worker:
                newest[sign.worker] = sign
        alive = [
            sign
            for sign in newest.values()
            if sign.ts > self._seen.get(sign.worker, sign.ts) and self._gives_way(sign)
        ]
        self._seen = {sign.worker: sign.ts for sign in newest.values()}
        if not alive:
            return None
        other = min(alive, key=lambda sign: sign.worker)
        return (
            f"{other.worker[:100]} is at work with another hashing key (id {other.key[:32]}) than"
            f" this worker, {self._worker} (id {self._key}): one phone would count as two. Give all"
            " of them the same CELLHOUND_KEY; to change it, stop all of them first."
        )

    @property
    def suspects(self) -> bool:
        """Whether the last look showed another key, of a worker that may have ended."""
        return bool(self._seen)

    def _gives_way(self, other: _Sign) -> bool:
        """Whether it is this worker that ends: the one that came later."""
        since = self._since
        return since is None or (other.since, other.worker) < (since, self._worker)


def refuse_other_keys(kafka: KafkaSettings, worker: str, key: str) -> None:
    """Before a worker starts: raises `ConfigError` where one with another key is at work.

    It takes some seconds where one was at work of late.
    """
    watch = OtherKeys(worker, key)
    for _ in range(2):
        with Topics(kafka) as topics:
            found = watch.observe(record.value for record in topics.newest(TOPIC, 0, TAIL))
        if found is not None:
            raise ConfigError(found)
        if not watch.suspects:
            return
        time.sleep(2.5 * EVERY_S)


def name_of(process: int) -> str:
    """What a worker is called: by its host and process."""
    return f"{socket.gethostname()}-{process}"
