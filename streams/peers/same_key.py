"""Workers with different hashing keys don't work side by side.

Each would hash a bare number to a pseudonym of its own, one phone would count as two, and alerts
would come of it that there are no reasons for. So workers report the id of their key on
``fbs.health``, and one that finds another key at work ends. Who is alive shows in that its signs of
life go on, whatever the clocks say.

While the key is changed they report both, and from which arrival time on the new one holds. Those
with both work beside those that have the former alone, until one of them has come so far in arrival
time, and by its clock about as far; from then on those with the former alone end, however long they
have been at work.
"""

import os
import socket
import time
from collections.abc import Iterable
from typing import Final

import msgspec

from streams.config_error import ConfigError
from streams.decode.topic_reader import Topics
from streams.kafka.heartbeat import EVERY_S
from streams.kafka.security.reaching import beyond_here
from streams.kafka.settings import KafkaSettings
from streams.privacy.hashing_key import KEY_VARIABLE, HashingKey, load_key

TOPIC: Final = "fbs.health"
#: Signs of life that are looked at: of a hundred workers those of the last 8 s.
TAIL: Final = 400
#: How often a worker looks whether others have begun with another key (s of the clock).
LOOK_EVERY_S: Final = 5 * EVERY_S
#: A change that is so far ahead (ms) of the clock of who reports it has not come: records of a
#: replay may arrive at any time, also years ahead.
_AHEAD_MS: Final = 3_600_000


_OTHER_KEY: Final = (
    "{other} is at work with another hashing key (id {id}) than this worker, {worker} (id {key}):"
    " one phone would count as two. Give all of them the same CELLHOUND_KEY; to change it, give"
    " them both keys for a time (docs/operations.md, another hashing key)."
)
_OTHER_CHANGE: Final = (
    "{other} changes the hashing key otherwise than this worker, {worker}: CELLHOUND_KEY,"
    " CELLHOUND_KEY_FORMER and CELLHOUND_KEY_FROM must be the same for all."
)
_CHANGED: Final = (
    "{other} has changed to another hashing key (id {id}), and this worker, {worker}, has the"
    " former one alone (id {key}): start it with CELLHOUND_KEY, CELLHOUND_KEY_FORMER and"
    " CELLHOUND_KEY_FROM as the others have them."
)


class _Sign(msgspec.Struct):
    worker: str
    ts: int
    key: str = ""
    since: int = 0
    key_former: str = ""
    key_new: str = ""
    key_from: int = 0


class Keys(msgspec.Struct, frozen=True):
    """The id of a worker's key, and in a change that of the former one, for what arrived before
    ``from_ms``."""

    key: str
    former: str = ""
    from_ms: int = 0

    @classmethod
    def of(cls, key: HashingKey | None) -> "Keys":
        """Those of a worker that hashes with ``key``."""
        return cls("") if key is None else cls(key.id, key.former_id, key.from_ms)


class OtherKeys:
    """Watches for workers with another key than ``keys``; itself ``worker``, at work since
    ``since`` (ms of its clock; ``None``: not yet)."""

    def __init__(self, worker: str, keys: Keys, since: int | None = None) -> None:
        self._worker, self._keys, self._since = worker, keys, since
        self._seen: dict[str, int] = {}

    def observe(self, values: Iterable[bytes | None]) -> str | None:
        """What is the matter, by the newest records; ``None`` where nothing is known to be.

        Of two that began at about the same time, one goes on.
        """
        newest: dict[str, tuple[_Sign, str]] = {}
        for value in values:
            try:
                sign = msgspec.json.decode(value or b"", type=_Sign)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            if (
                (sign.key or sign.key_new)
                and sign.worker != self._worker
                and (why := self._conflict(sign))
            ):
                newest[sign.worker] = sign, why
        alive = [
            (sign, why)
            for sign, why in newest.values()
            if sign.ts > self._seen.get(sign.worker, sign.ts)
            and (why == _CHANGED or self._gives_way(sign))
        ]
        self._seen = {sign.worker: sign.ts for sign, _ in newest.values()}
        if not alive:
            return None
        other, why = min(alive, key=lambda found: found[0].worker)
        return why.format(
            other=other.worker[:100], worker=self._worker, key=self._keys.key, id=other.key[:32]
        )

    @property
    def suspects(self) -> bool:
        """Whether the last look showed another key, of a worker that may have ended."""
        return bool(self._seen)

    def _conflict(self, other: _Sign) -> str:
        """What is the matter with another worker's keys; "" where they go with its own."""
        own = self._keys
        theirs = Keys(other.key_new or other.key, other.key_former, other.key_from)
        if theirs == own or (theirs.key == own.key and not (theirs.former and own.former)):
            return ""
        if theirs.former and own.former:
            return _OTHER_CHANGE
        if theirs.former == own.key:
            has_come = other.key == theirs.key and other.ts >= theirs.from_ms - _AHEAD_MS
            return _CHANGED if has_come else ""
        # It has the former alone, and ends when it sees that the change has come.
        return "" if theirs.key == own.former else _OTHER_KEY

    def _gives_way(self, other: _Sign) -> bool:
        """Whether it is this worker that ends: the one that came later."""
        since = self._since
        return since is None or (other.since, other.worker) < (since, self._worker)


def refuse_other_keys(kafka: KafkaSettings, worker: str, keys: Keys) -> None:
    """Before a worker starts: raises `ConfigError` where one with another key is at work.

    It takes some seconds where one was at work of late.
    """
    watch = OtherKeys(worker, keys)
    for _ in range(2):
        with Topics(kafka) as topics:
            found = watch.observe(record.value for record in topics.newest(TOPIC, 0, TAIL))
        if found is not None:
            raise ConfigError(found)
        if not watch.suspects:
            return
        time.sleep(2.5 * EVERY_S)


def key_beside_workers(kafka: KafkaSettings) -> HashingKey:
    """The key of whoever hashes beside workers. Raises `ConfigError` where brokers lie beyond this
    computer and it isn't set or may be guessed, KeyUnavailable."""
    places = beyond_here(kafka)
    if not os.environ.get(KEY_VARIABLE) and places:
        raise ConfigError(
            f"{KEY_VARIABLE} must be set for a broker beyond this computer ({kafka.bootstrap}):"
            " workers with different keys would count one phone twice. Give all of them one secret"
            " text."
        )
    key = load_key(os.environ)
    if key.weak and places:
        raise ConfigError(f"{key.warning} Brokers lie beyond this computer ({', '.join(places)}).")
    return key


def name_of(process: int) -> str:
    """What a worker is called: by its host and process."""
    return f"{socket.gethostname()}-{process}"
