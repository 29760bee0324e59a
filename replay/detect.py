"""The whole pipeline in one process: a trace in, alerts and a summary out.

The same screening and the same correlator as in the worker, without a broker between them: every
file of the trace is a source partition of its own, screened to its end; then the correlator works
off all findings in order of arrival. The end of the files is the last watermark: everything that is
due is decided then.
"""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa

from detectors.correlate.correlator import STREAMS, Correlator
from detectors.features.rule import Origin
from detectors.model.finding import Finding
from detectors.register.register import Register
from detectors.screen.screening import Screening
from replay.alert_files import write_alerts
from replay.traces.trace import Lines, read_lines, read_tables
from replay.traces.trace_files import Trace, open_trace
from streams.config.settings import Settings
from streams.config.trust import enrolled
from streams.decode.codec import decode, decode_table
from streams.decode.dead_letters import DeadLetter
from streams.decode.records import Decoded, RecordSlice, arrivals_of
from streams.kafka.topics import INPUTS
from streams.limits import DEFAULT, Limits
from streams.privacy.hasher import Hasher
from streams.profile.profile_file import read_profile, write_profile
from streams.register.csv_file import read_register
from streams.roads.road_file import road_map
from streams.signed.keys import read_public_keys
from streams.signed.trust import Trust
from streams.worker.watermarks import WatermarkTracker


class Summary(msgspec.Struct):
    """What a run did; ``stages`` are seconds by stage, ``peak_rss_mb`` of the whole process."""

    messages: int = 0
    seconds: float = 0.0
    messages_per_second: float = 0.0
    peak_rss_mb: float = 0.0
    dead_letters: int = 0
    alerts: int = 0
    findings: int = 0
    dropped_fields: dict[str, int] = {}
    register_rows: int = 0
    register_rejects: int = 0
    stages: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Memory:
    """Files of profiles: that to begin with, and that to write at the end."""

    begin: Path | None = None
    end: Path | None = None


@dataclass(slots=True)
class _Run:
    """One run's outputs and clocks. Seconds are for the summary only."""

    evidence: BinaryIO
    dead: BinaryIO
    summary: Summary = field(default_factory=Summary)
    newest_ms: int = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        spent = time.perf_counter() - begun
        self.summary.stages[name] = self.summary.stages.get(name, 0.0) + spent

    def write_findings(self, findings: list[Finding]) -> None:
        self.summary.findings += len(findings)
        for finding in findings:
            self.evidence.write(msgspec.json.encode(finding) + b"\n")

    def write_dead(self, dead: list[DeadLetter]) -> None:
        self.summary.dead_letters += len(dead)
        for letter in dead:
            self.dead.write(msgspec.json.encode(letter) + b"\n")


_Stage: TypeAlias = Callable[[str], AbstractContextManager[None]]


def _unmeasured(name: str) -> AbstractContextManager[None]:
    return nullcontext()


def detect(
    trace_dir: Path,
    out: Path,
    settings: Settings,
    hasher: Hasher,
    register: Path | None = None,
    memory: Memory | None = None,
) -> Summary:
    """Runs the pipeline over a trace and writes the files of docs/reference.md into ``out``.

    The register is the trace's own unless one is named; without any, rules that need one stay
    silent. ``memory`` says with which profile to begin, and where to write that of the end. Raises
    `replay.traces.trace.TraceError`, `streams.register.csv_file.RegisterError`,
    `streams.roads.road_file.RoadsError` and `streams.profile.profile_file.ProfileError`.
    """
    begun = time.perf_counter()
    memory = memory or Memory()
    profile = None if memory.begin is None else read_profile(memory.begin, settings.rules)
    trace = open_trace(trace_dir)
    out.mkdir(parents=True, exist_ok=True)
    with (
        (out / "evidence.jsonl").open("wb") as evidence,
        (out / "dead_letters.jsonl").open("wb") as dead,
    ):
        run = _Run(evidence, dead)
        known = _register(run, register or trace.register)
        correlator = Correlator(
            settings.rules,
            settings.incidents,
            frozenset((t, 0) for t in INPUTS),
            roads=road_map(settings.roads),
        )
        if profile is not None:
            correlator.begin_with(profile)
        screened = [
            _screen(run, trace, topic, known, correlator, settings, hasher) for topic in trace.files
        ]
        with run.stage("decide"):
            for screening in screened:
                for observation in screening.counted(run.newest_ms + 1):
                    correlator.take(observation)
            for topic in INPUTS:
                for stream in STREAMS:
                    correlator.promise(stream, topic, 0, run.newest_ms + 1, end=True)
            decided = correlator.advance()
            # All are of our own rules here.
            assert not decided.unusable, decided.unusable
        run.write_findings([finding for _, finding in decided.findings])
    with run.stage("write"):
        write_alerts(out, decided.alerts)
        if memory.end is not None:
            write_profile(memory.end, correlator.profile())
    summary = run.summary
    summary.seconds = round(time.perf_counter() - begun, 3)
    summary.messages_per_second = round(summary.messages / summary.seconds, 1)
    summary.peak_rss_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    summary.alerts = len({alert.alert_id for alert in decided.alerts})
    summary.stages = {name: round(spent, 3) for name, spent in summary.stages.items()}
    (out / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode(summary)) + b"\n")
    return summary


def _register(run: _Run, path: Path | None) -> Register:
    if path is None:
        return Register.empty()
    with run.stage("register"):
        read = read_register(path)
        run.summary.register_rows = len(read.rows)
        run.summary.register_rejects = len(read.rejects)
        return Register.from_rows(read.rows)


def _screen(
    run: _Run,
    trace: Trace,
    topic: str,
    register: Register,
    correlator: Correlator,
    settings: Settings,
    hasher: Hasher,
) -> Screening:
    """Screens one file to its end; its findings and observations go to the correlator."""
    screening = Screening(settings.rules, Origin(topic, 0))
    progress = WatermarkTracker(0)
    path = trace.files[topic]
    # A file is whoever's who names it, so its unsigned verdicts count; what lies in this user's
    # state folder doesn't, so that a trace gives the same everywhere.
    keys = read_public_keys(settings.trust.consoles, "trust.consoles")
    trust = Trust(keys, instruments=enrolled(settings.trust))
    for decoded, rows in decoded_chunks(path, topic, hasher, run.stage, settings.limits, trust):
        run.summary.messages += rows
        run.write_dead([msgspec.structs.replace(dead, topic=path.name) for dead in decoded.dead])
        for name, count in decoded.dropped.items():
            run.summary.dropped_fields[name] = run.summary.dropped_fields.get(name, 0) + count
        with run.stage("screen"):
            screened = screening.step(decoded.batch, register)
            progress.observe(arrivals_of(decoded.batch))
        with run.stage("decide"):
            for finding in screened.findings:
                correlator.take(finding)
            for observation in screened.observations:
                correlator.take(observation)
        run.write_findings(screened.findings)
    run.newest_ms = max(run.newest_ms, progress.newest_ms)
    return screening


def decoded_chunks(
    path: Path,
    topic: str,
    hasher: Hasher,
    stage: _Stage = _unmeasured,
    limits: Limits = DEFAULT,
    trust: Trust | None = None,
) -> Iterator[tuple[Decoded[Any], int]]:
    """Each chunk of a file as decoded, with its number of messages; ``stage`` measures the reading
    and the decoding."""
    parquet = path.suffix == ".parquet"
    chunks: Iterator[Any] = iter(read_tables(path) if parquet else read_lines(path))
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
                decoded = decode(records, hasher, limits, trust)
                rows = len(chunk.values)
            else:
                table: pa.Table = chunk.table
                offsets = chunk.first_row + np.arange(table.num_rows, dtype=np.int64)
                decoded = decode_table(
                    topic, table, hasher, rx_ms=chunk.rx_ms, offsets=offsets, trust=trust
                )
                rows = table.num_rows
        yield decoded, rows
