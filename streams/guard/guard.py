"""The guard as a worker uses it: what it is decoding is noted, and what workers died on is tried.

A record that hangs or ends its worker would do so again at each start, and after a rebalance with
the next worker. So at its start a worker looks what dead ones in its folder were decoding, and
writes that to ``fbs.guard``, where all workers read it when they are given a partition. Nothing is
blamed for having been there: only what a trial has shown is condemned.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Final

from streams.decode.dead_letters import DeadLetter
from streams.decode.raw_rows import Fault
from streams.decode.records import RecordSlice, pieces
from streams.guard.case import Case
from streams.guard.journal import Journal, Progress, Span, left_behind
from streams.guard.judging import TrialError, judge
from streams.guard.known import TOPIC, Condemned, Known, Note
from streams.kafka.aside.clients import AsideClients
from streams.kafka.aside.offset_reader import read_whole
from streams.limits import Limits

_log = logging.getLogger(__name__)

#: What was read so long ago is new enough (s): what is missed costs a worker its life, once.
_FRESH_S: Final = 1.0
FOLDER: Final = "worker"
_UNKEPT = (
    "%s can't be written to, so what this worker dies on won't be known when it is started again:"
    " set CELLHOUND_HOME to a folder that outlives it."
)
_LEFT = "A worker ended while it was at %s. They are tried in a process of their own."
_TRYING = "Trying %s in a process of their own, since a worker ended there or near it."
_FINE = "All records of %s can be read."
_CONDEMNED = "The record of %s, partition %d, offset %d is a dead letter (%s): %s."
_NOT_TRIED = "%s could not be tried: %s They are decoded as they are."

Write = Callable[[Sequence[Note]], Awaitable[None]]
Letters = Callable[[Sequence[DeadLetter]], Awaitable[None]]


class Guard:
    """See the module's text. ``write`` writes to ``fbs.guard`` and waits until that is done."""

    def __init__(
        self, aside: AsideClients, limits: Limits, journal: Journal, folder: Path, write: Write
    ) -> None:
        self.aside = aside
        self._limits, self._write = limits, write
        self._journal, self._folder = journal, folder
        self._refreshed_s = -_FRESH_S
        self.known = Known()

    async def start(self) -> None:
        """Reads what is known and adds what was left behind."""
        if not self._journal.kept:
            _log.warning(_UNKEPT, self._folder)
        await self.refresh()
        spans, files = await asyncio.to_thread(left_behind, self._folder, self.aside.kafka)
        for span in spans:
            _log.error(_LEFT, span)
        await self.write(self.known.note_suspects(spans))
        for file in files:
            file.unlink(missing_ok=True)

    async def refresh(self) -> None:
        """Reads what other workers have found out by now, or a moment ago: partitions mostly begin
        together. Due wherever one begins."""
        begun_s = time.monotonic()
        if begun_s - self._refreshed_s < _FRESH_S:
            return
        async for key, value in read_whole(self.aside, self.aside.kafka.name_of(TOPIC), 0):
            self.known.take(key, value)
        self._refreshed_s = begun_s

    def at_work(self, records: RecordSlice) -> AbstractContextManager[None]:
        """Notes that records are being decoded, as long as that takes; in any thread."""
        return self.noted(span_of(records)) if len(records) else nullcontext()

    def pieces(self, records: RecordSlice) -> list[RecordSlice]:
        """The records in pieces, each to be decoded `at_work`."""
        with self.at_work(records):
            return list(pieces(records, self._limits))

    def noted(self, span: Span, progress: Progress | None = None) -> AbstractContextManager[None]:
        """Notes that a span is being worked on; with ``progress`` for as long as that goes on."""
        return self._journal.at_work(span, progress)

    async def write(self, notes: Sequence[Note]) -> None:
        """Writes what was noted in `known`, and waits until that is done."""
        if notes:
            await self._write(notes)

    async def examined(
        self,
        records: RecordSlice,
        make: Callable[[RecordSlice], Case],
        before: Callable[[RecordSlice], Awaitable[None]] | None = None,
        new: bool = False,
    ) -> RecordSlice:
        """The records, those named that are condemned; tried first where that is due, as the case
        that ``make`` makes of them, and then to be decoded one at a time as they were there.

        ``before`` is given all those that turned out to be condemned, before others know of it.
        Records that are ``new`` are tried too where condemned ones lie right before them.
        """
        marked = self.known.marked(records)
        if not len(marked) or not self.known.is_to_be_tried(span := span_of(marked), new):
            return marked
        _log.warning(_TRYING, span)
        try:
            found = await asyncio.to_thread(lambda: judge(make(marked), self._limits))
        except TrialError as error:
            _log.error(_NOT_TRIED, span, error)
            return replace(marked, singly=True)
        condemned = [_condemned(marked, place, fault) for place, fault in sorted(found.items())]
        for one in condemned:
            where = (one.topic, one.partition, one.offset)
            _log.error(_CONDEMNED, *where, one.reason, one.detail)
        if not condemned:
            _log.warning(_FINE, span)
        elif before is not None:
            faults = {one.offset: Fault(one.reason, one.detail) for one in condemned}
            await before(replace(records, condemned=faults))
        await self.write(self.known.note_condemned(condemned) + self.known.note_tried(span))
        return replace(self.known.marked(records), singly=True)


def span_of(records: RecordSlice) -> Span:
    """From the first to the last of some records, of which there is one at least."""
    first, last = int(records.offsets[0]), int(records.offsets[-1])
    return Span(records.topic, records.partition, first, last)


def _condemned(records: RecordSlice, place: int, fault: Fault) -> Condemned:
    return Condemned(
        records.topic,
        records.partition,
        int(records.offsets[place]),
        int(records.rx_ms[place]),
        len(records.values[place] or b""),
        fault.reason,
        fault.detail,
    )
