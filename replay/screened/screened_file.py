"""One file of a trace, decoded and screened in pieces, as a worker does it with a partition.

Nothing is read whole: a piece holds what came of some lines, and a promise of how far arrival time
has come behind them.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa

from detectors.features.facts import Origin
from detectors.features.rows.travelling import Many
from detectors.model.finding import Finding, Observation
from detectors.register.register import Register
from detectors.screen.screening import Screening
from replay.traces.trace import LineFile, Lines, TableFile, read_lines, read_tables
from replay.traces.trace_files import PARQUET, form_of
from streams.config.settings import Settings
from streams.config.trust import enrolled
from streams.decode.codec import decode, decode_table, read_ahead
from streams.decode.dead_letters import DeadLetter
from streams.decode.records import Decoded, RecordSlice, arrivals_of
from streams.limits import DEFAULT, Limits
from streams.privacy.hasher import Hasher
from streams.signed.keys import read_public_keys
from streams.signed.trust import Trust
from streams.worker.watermarks import WatermarkTracker

#: Lines or rows that are decoded together.
CHUNK_ROWS: Final = 20_000

Stage: TypeAlias = Callable[[str], AbstractContextManager[None]]


class OutOfOrderError(Exception):
    """A line arrived longer before one above it than was allowed for."""


@dataclass(slots=True)
class Piece:
    """What came of some lines; times in ms of arrival, ``until_ms`` what the file promises."""

    until_ms: int
    newest_ms: int
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    many: list[Many] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    #: Seconds by stage.
    stages: dict[str, float] = field(default_factory=dict)
    #: The share of the file that has been read.
    read: float = 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """How a file is to be screened. Its lines may be out of order of arrival by ``disorder_ms``;
    ``None`` if by anything, so that nothing is promised before its end."""

    path: Path
    topic: str
    register: Register
    settings: Settings
    hasher: Hasher
    disorder_ms: int | None
    chunk_rows: int


class ScreenedFile:
    """See the module's text."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._screening = Screening(asked.settings.rules, Origin(asked.topic, 0))
        self._progress = WatermarkTracker(asked.disorder_ms or 0)
        self._reader = reader_of(asked.path, asked.chunk_rows)
        self._clock = Clock()

    def pieces(self) -> Iterator[Piece]:
        """All pieces, in order.

        Raises `replay.traces.trace_files.TraceError`, and OutOfOrderError where the lines are more
        out of order than was asked for.
        """
        for decoded, rows in self._decoded():
            with self._clock.stage("screen"):
                found = self._screening.step(decoded.batch, self._asked.register)
                late = self._progress.overtaken(arrivals_of(decoded.batch))
                if self._asked.disorder_ms is not None and late.any():
                    raise OutOfOrderError
                until_ms = 0 if self._asked.disorder_ms is None else self._progress.until_ms
                counted = self._screening.counted(until_ms)
            name = self._asked.path.name
            yield Piece(
                until_ms,
                self._progress.newest_ms,
                rows,
                found.findings,
                [*found.observations, *counted],
                found.many,
                [msgspec.structs.replace(dead, topic=name) for dead in decoded.dead],
                decoded.dropped,
                self._clock.spent(),
                self._reader.read,
            )

    def rest(self, until_ms: int) -> Piece:
        """After the last piece: what is counted of all that arrived before a time (ms)."""
        with self._clock.stage("screen"):
            counted = self._screening.counted(until_ms)
        newest_ms = self._progress.newest_ms
        return Piece(until_ms, newest_ms, observations=counted, stages=self._clock.spent())

    def _decoded(self) -> Iterator[tuple[Decoded[Any], int]]:
        settings = self._asked.settings
        # A file is whoever's who names it, so its unsigned verdicts count; what lies in this user's
        # state folder doesn't, so that a trace gives the same everywhere.
        keys = read_public_keys(settings.trust.consoles, "trust.consoles")
        trust = Trust(keys, instruments=enrolled(settings.trust))
        return decoded_chunks(
            self._reader,
            self._asked.topic,
            self._asked.hasher,
            self._clock.stage,
            settings.limits,
            trust,
        )


class Clock:
    """Seconds by stage; for a summary, and nothing that is decided."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measures what is done within."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.add({name: time.perf_counter() - begun})

    def add(self, spent: Mapping[str, float]) -> None:
        """Takes in what another clock measured."""
        for name, seconds in spent.items():
            self._spent[name] = self._spent.get(name, 0.0) + seconds

    def spent(self) -> dict[str, float]:
        """What was measured since this was asked last."""
        spent, self._spent = self._spent, {}
        return spent


def _unmeasured(name: str) -> AbstractContextManager[None]:
    return nullcontext()


def reader_of(path: Path, chunk_rows: int = CHUNK_ROWS) -> LineFile | TableFile:
    """Reads a file of a trace in chunks."""
    read = read_tables if form_of(path) == PARQUET else read_lines
    return read(path, chunk_rows)


def decoded_chunks(
    reader: LineFile | TableFile,
    topic: str,
    hasher: Hasher,
    stage: Stage = _unmeasured,
    limits: Limits = DEFAULT,
    trust: Trust | None = None,
) -> Iterator[tuple[Decoded[Any], int]]:
    """Each chunk of a file as decoded, with its number of messages; ``stage`` measures the reading,
    that of what lines hold too, and the decoding."""
    if isinstance(reader, LineFile):
        reader.read_ahead = partial(read_ahead, topic, limits=limits)
    chunks: Iterator[Any] = iter(reader)
    while True:
        with stage("read"):
            chunk = next(chunks, None)
        if chunk is None:
            return
        with stage("decode"):
            if isinstance(chunk, Lines):
                records = RecordSlice(
                    topic, 0, chunk.line_numbers, chunk.values, chunk.rx_ms, arrays=False
                )
                decoded = decode(records, hasher, limits, trust, chunk.ahead)
                rows = len(chunk.values)
            else:
                table: pa.Table = chunk.table
                offsets = chunk.first_row + np.arange(table.num_rows, dtype=np.int64)
                decoded = decode_table(
                    topic, table, hasher, rx_ms=chunk.rx_ms, offsets=offsets, trust=trust
                )
                rows = table.num_rows
        yield decoded, rows
