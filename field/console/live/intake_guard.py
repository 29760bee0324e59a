"""Records on which the console's intake hangs, or that end it: they are tried apart and set aside.

What is being taken in is noted, as a worker notes what it decodes (`streams.guard.journal`). A
console that is started where another one died over records tries these in a process of its own,
on an empty store, before it takes them in. One that ends or outlasts two such processes by itself
is set aside: the console reads on behind it, and health says so. That is kept in the console's own
folder, since a console may not write to ``fbs.guard``.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from field.console.store import Record, Store
from streams.guard.journal import Journal, Span, left_behind
from streams.guard.judging import TrialError, judge
from streams.kafka.settings import KafkaSettings
from streams.limits import Limits
from streams.privacy.hasher import Hasher
from streams.privacy.secret_file import write_private
from streams.signed.keys import Believed, PublicKeys

FOLDER: Final = "intake"
#: The newest of what was set aside are kept.
_MOST: Final = 1000
_FILE: Final = "set-aside.json"
_LOG: Final = logging.getLogger("cellhound.console")
_LEFT = "A console ended while it took in %s. They are tried in a process of their own."
_FINE = "All records of %s can be taken in."
_ASIDE = (
    "The record of %s, partition %d, offset %d is set aside (%s): the console shows nothing of it."
)
_UNKEPT = "%s can't be written to (%s), so the next console won't know what was set aside."
_NOT_TRIED = "%s could not be tried: %s They are taken in as they are."


class SetAside(msgspec.Struct, frozen=True):
    """One record. ``topic_id`` is there since topics may be made anew; ``at_ms`` is the clock's."""

    topic: str
    topic_id: str
    partition: int
    offset: int
    detail: str
    at_ms: int


class _Kept(msgspec.Struct):
    """What outlives the console: spans that one died on, and what was set aside."""

    suspects: list[Span] = []
    set_aside: list[SetAside] = []


@dataclass(slots=True)
class IntakeCase:
    """Records that an empty store takes in, one after the other. ``keys`` are the public ones that
    are believed, as bytes."""

    records: tuple[Record, ...]
    hasher: Hasher
    keys: tuple[bytes, ...]
    _store: Store | None = None
    _folder: Any = None

    def __len__(self) -> int:
        return len(self.records)

    def begin(self) -> None:
        """Makes ready."""
        self._folder = TemporaryDirectory(prefix="cellhound-")
        address = str(Path(self._folder.name) / "store.db")
        keys = PublicKeys.of(map(Ed25519PublicKey.from_public_bytes, self.keys))
        self._store = Store(address, "tried", self.hasher, believed=Believed(keys))

    def run(self, places: Sequence[int], at: Callable[[int], None]) -> None:
        """Takes in those at ``places``."""
        assert self._store is not None
        for place in places:
            at(place)
            self._store.take([self.records[place]])


class IntakeGuard:
    """See the module's text. ``journal`` is this process's, in ``folder``; ``topic_id`` says by
    which id the cluster knows a topic."""

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        kafka: KafkaSettings,
        limits: Limits,
        hasher: Hasher,
        believed: Believed,
    ) -> None:
        self._journal, self._kafka, self._limits = journal, kafka, limits
        self._folder, self._hasher, self._believed = folder, hasher, believed
        self._kept = _Kept()

    def start(self) -> None:
        """Reads what is known, and adds what dead consoles left behind."""
        with suppress(OSError, msgspec.DecodeError):
            self._kept = msgspec.json.decode((self._folder / _FILE).read_bytes(), type=_Kept)
        spans, files = left_behind(self._folder, self._kafka)
        for span in spans:
            _LOG.error(_LEFT, span)
            self._kept.suspects.append(span)
        if spans:
            self._keep()
        for file in files:
            file.unlink(missing_ok=True)

    @property
    def set_aside(self) -> list[SetAside]:
        """What was set aside, the newest first."""
        return self._kept.set_aside[::-1]

    @contextmanager
    def at_work(self, records: Sequence[Record]) -> Iterator[None]:
        """Notes that records are being taken in; in the thread that does so."""
        with ExitStack() as noted:
            for span in _spans(records):
                noted.enter_context(self._journal.at_work(span))
            yield

    async def examined(
        self, records: Sequence[Record], topic_id: Callable[[str], str]
    ) -> Sequence[Record]:
        """The records, those marked that are set aside; tried first where a console died."""
        for span in _spans(records):
            if any(map(span.meets, self._kept.suspects)):
                suspected = [one for one in records if _is_of(span, one)]
                await self._try(span, suspected, topic_id)
        if not self._kept.set_aside:
            return records
        known = {(o.topic, o.topic_id, o.partition, o.offset) for o in self._kept.set_aside}
        return [
            replace(one, set_aside=True)
            if (one.topic, topic_id(one.topic), one.partition, one.offset) in known
            else one
            for one in records
        ]

    async def _try(
        self, span: Span, records: Sequence[Record], topic_id: Callable[[str], str]
    ) -> None:
        try:
            found = await asyncio.to_thread(judge, self._case(records), self._limits)
        except TrialError as error:
            _LOG.error(_NOT_TRIED, span, error)
            found = {}
        else:
            if not found:
                _LOG.warning(_FINE, span)
        for place, fault in sorted(found.items()):
            one, now_ms = records[place], time.time_ns() // 1_000_000
            _LOG.error(_ASIDE, one.topic, one.partition, one.offset, fault.detail)
            place_of = one.topic, topic_id(one.topic), one.partition, one.offset
            self._kept.set_aside.append(SetAside(*place_of, fault.detail, now_ms))
        del self._kept.set_aside[:-_MOST]
        self._kept.suspects = [left for one in self._kept.suspects for left in _without(one, span)]
        await asyncio.to_thread(self._keep)

    def _case(self, records: Sequence[Record]) -> IntakeCase:
        known = self._believed.keys.by_id.values()
        return IntakeCase(
            tuple(records), self._hasher, tuple(key.public_bytes_raw() for key in known)
        )

    def _keep(self) -> None:
        try:
            write_private(self._folder / _FILE, msgspec.json.encode(self._kept))
        except OSError as error:
            # It is known to this console at least.
            _LOG.warning(_UNKEPT, self._folder, error.strerror)


def _spans(records: Sequence[Record]) -> Iterator[Span]:
    ordered = sorted(records, key=lambda one: (one.topic, one.partition, one.offset))
    for (topic, partition), some in groupby(ordered, lambda one: (one.topic, one.partition)):
        offsets = [one.offset for one in some]
        yield Span(topic, partition, offsets[0], offsets[-1])


def _is_of(span: Span, one: Record) -> bool:
    return (one.topic, one.partition) == (span.topic, span.partition)


def _without(suspect: Span, span: Span) -> Iterator[Span]:
    """What is left of a suspect when a span was tried."""
    if not suspect.meets(span):
        yield suspect
        return
    if suspect.first < span.first:
        yield replace(suspect, last=span.first - 1)
    if suspect.last > span.last:
        yield replace(suspect, first=span.last + 1)
