"""The whole pipeline without a broker: a trace in, alerts and a summary out.

The same screening and the same correlator as in the worker (`replay.pipeline`). Files of a trace
may be somewhat out of order of arrival: what is decided stays behind by a time that all of it fits
into, and where that turns out to be too short, all begins again with a longer one. So what is
decided is what sorting whole files would give, in memory that doesn't grow with them.
"""

import logging
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from detectors.alert.record import Alert
from detectors.numbers.book import NumberBook
from detectors.register.register import Register
from replay.pipeline import Pipeline, Work
from replay.screened.screened_file import Asked, Clock, OutOfOrderError, decoded_chunks, reader_of
from replay.traces.trace_files import Trace, open_trace
from streams.config.settings import Settings
from streams.numbers.plan_file import book_of
from streams.privacy.hasher import Hasher
from streams.profile.profile_file import read_profile, write_profile
from streams.register.csv_file import read_register

#: How far (ms) lines may be out of order of arrival, one tried after the other: a quarter of an
#: hour, half a day, anything.
DISORDERS_MS: Final = (900_000, 43_200_000, None)

#: Inputs that are looked at beside the register.
_OF_CELLS: Final = frozenset({"cell.measurements", "cell.signalling"})

_log = logging.getLogger(__name__)


class Summary(msgspec.Struct):
    """What a run did; ``stages`` are seconds by stage, in all processes, ``peak_rss_mb`` is of the
    largest of them."""

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


@dataclass(frozen=True, slots=True)
class Run:
    """What a run leaves in memory: every revision of every alert, and the register it had."""

    summary: Summary
    alerts: list[Alert]
    register: Register


def detect(
    trace_dir: Path,
    out: Path,
    settings: Settings,
    hasher: Hasher,
    register: Path | None = None,
    memory: Memory | None = None,
    work: Work | None = None,
) -> Run:
    """Runs the pipeline over a trace and writes the files of docs/reference.md into ``out``.

    The register is the trace's own unless one is named; without any, rules that need one stay
    silent. ``memory`` says with which profile to begin, and where to write that of the end. Raises
    `replay.traces.trace_files.TraceError`, `streams.register.csv_file.RegisterError`,
    `streams.roads.road_file.RoadsError`, `streams.config_error.ConfigError` (of `places`) and
    `streams.profile.profile_file.ProfileError`.
    """
    begun = time.perf_counter()
    memory, work, clock, summary = memory or Memory(), work or Work(), Clock(), Summary()
    profile = None if memory.begin is None else read_profile(memory.begin, settings.rules)
    trace = open_trace(trace_dir)
    out.mkdir(parents=True, exist_ok=True)
    with clock.stage("register"):
        known = _register(summary, trace, register)
        known = known.with_numbers(numbers_in(trace.files.get("number.register"), settings, hasher))
    for disorder_ms in DISORDERS_MS:
        asked = [
            Asked(path, topic, known, settings, hasher, disorder_ms, work.chunk_rows)
            for topic, path in trace.files.items()
        ]
        with Pipeline(asked, settings, profile, work, clock) as pipeline:
            try:
                pipeline.run()
            except OutOfOrderError:
                continue
            with clock.stage("write"):
                pipeline.write(out)
                if memory.end is not None:
                    write_profile(memory.end, pipeline.correlator.profile())
            break
    _sum_up(summary, pipeline, clock, time.perf_counter() - begun)
    (out / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode(summary)) + b"\n")
    return Run(summary, pipeline.alerts, known)


def _register(summary: Summary, trace: Trace, named: Path | None) -> Register:
    path = named or trace.register
    known = Register.empty()
    if path is not None:
        read = read_register(path)
        summary.register_rows, summary.register_rejects = len(read.rows), len(read.rejects)
        known = Register.from_rows(read.rows)
    if not summary.register_rows and _OF_CELLS & trace.files.keys():
        _log.warning(
            "%s: no cell is registered, so that rules that compare with the register stay silent;"
            " put a register.csv there, or name one (--register).",
            path or trace.folder,
        )
    return known


def numbers_in(path: Path | None, settings: Settings, hasher: Hasher) -> NumberBook:
    """What is known of telephone numbers: the plan of the settings, and the rows of a trace's list,
    all of them before anything else of the trace is looked at."""
    book = book_of(settings.numbers)
    if path is None:
        return book
    chunks = decoded_chunks(reader_of(path), "number.register", hasher, limits=settings.limits)
    return book.updated([row for decoded, _ in chunks for row in decoded.batch])


def _sum_up(summary: Summary, pipeline: Pipeline, clock: Clock, seconds: float) -> None:
    summary.messages, summary.findings = pipeline.messages, pipeline.findings
    summary.dead_letters, summary.dropped_fields = pipeline.dead_letters, dict(pipeline.dropped)
    summary.alerts = len({alert.alert_id for alert in pipeline.alerts})
    summary.seconds = round(seconds, 3)
    summary.messages_per_second = round(summary.messages / summary.seconds, 1)
    summary.peak_rss_mb = round(max(_peak_mb(), _most_mb(resource.RUSAGE_CHILDREN)), 1)
    summary.stages = {name: round(spent, 3) for name, spent in clock.spent().items()}


def _peak_mb() -> float:
    """Of this process alone. On Linux ``getrusage`` begins with the peak of the program that
    started this one, so that a small command of a large program would seem large."""
    try:
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
    except (OSError, StopIteration):
        return _most_mb(resource.RUSAGE_SELF)


def _most_mb(whose: int) -> float:
    """The largest resident size by ``getrusage``, in kibibytes on Linux, in bytes on macOS."""
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return resource.getrusage(whose).ru_maxrss / unit
