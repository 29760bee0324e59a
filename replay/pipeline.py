"""The files of a trace through screening and one correlator, in step with each other.

Every file is a source partition of its own. The one that has come least far is read next, and the
correlator works off what lies before the promises of all, so that little waits in memory; what is
found is written aside as it comes.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import msgspec

from detectors.acting.notice import VictimNotice
from detectors.acting.record import FraudAction
from detectors.alert.headline import in_words
from detectors.alert.record import Alert
from detectors.correlate.correlator import STREAMS, Correlator
from detectors.model.finding import Finding
from detectors.profile.profile import Profile
from replay.alert_files import write_alerts, write_lines
from replay.screened.screened_file import CHUNK_ROWS, Asked, Clock, Piece, ScreenedFile
from replay.screened.side_process import SideProcess
from streams.config.settings import Settings
from streams.decode.dead_letters import DeadLetter
from streams.kafka.topics import INPUTS
from streams.places.place_files import named_places
from streams.progress import bar
from streams.roads.road_file import road_map


@dataclass(frozen=True, slots=True)
class Work:
    """How it is done: in so many processes, so many lines or rows at a time. Nothing that is
    decided depends on it."""

    jobs: int = 1
    chunk_rows: int = CHUNK_ROWS


@dataclass(slots=True)
class _Source:
    """A file, and how far (ms of arrival) it has come."""

    topic: str
    size: int
    file: ScreenedFile | SideProcess
    pieces: Iterator[Piece]
    until_ms: int = 0
    read: float = 0.0


@dataclass(slots=True)
class _Aside:
    """Records of one file, as lines, until all is known and they are put together."""

    findings: IO[bytes]
    dead: IO[bytes]


class Pipeline:
    """See the module's text. A context: when it ends, so do its processes and what lay aside."""

    def __init__(
        self,
        asked: Sequence[Asked],
        settings: Settings,
        profile: Profile | None,
        work: Work,
        clock: Clock,
    ) -> None:
        self._asked, self._work, self._clock = asked, work, clock
        self.correlator = Correlator(
            settings.rules,
            settings.incidents,
            frozenset((topic, 0) for topic in INPUTS),
            roads=road_map(settings.roads),
        )
        self._places = named_places(settings.places)
        if profile is not None:
            self.correlator.begin_with(profile)
        self.alerts: list[Alert] = []
        self.victims: list[VictimNotice] = []
        self.actions: list[FraudAction] = []
        self.dropped: Counter[str] = Counter()
        self.messages = self.findings = self.dead_letters = 0
        self._newest_ms = 0
        self._open = ExitStack()
        #: By topic, and of rules' second halves under no name.
        self._aside = {one.topic: self._laid_aside() for one in asked} | {"": self._laid_aside()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def run(self) -> None:
        """Works all off. Raises `replay.screened.screened_file.OutOfOrderError` and
        `replay.traces.trace_files.TraceError`."""
        sources = self._sources()
        reading = {source.topic: source for source in sources}
        total = sum(source.size for source in sources)
        read = self._open.enter_context(bar("detect", total, "B", unit_scale=True))
        while reading:
            source = min(reading.values(), key=lambda one: one.until_ms)
            piece = next(source.pieces, None)
            if piece is None:
                del reading[source.topic]
                continue
            self._take(source.topic, piece)
            source.until_ms = piece.until_ms
            read.update(round(source.size * (piece.read - source.read)))
            source.read = piece.read
            least_ms = min(one.until_ms for one in reading.values())
            self._advance({topic: one.until_ms for topic, one in reading.items()}, least_ms)
        # All is read; much of it waited until nothing could come before it.
        read.set_postfix_str("deciding")
        for source in sources:
            self._take(source.topic, source.file.rest(self._newest_ms + 1))
        self._advance({}, self._newest_ms + 1, end=True)

    def write(self, out: Path) -> None:
        """Writes alerts, notices of victims, proposals, findings and dead letters; those of a file
        lie together."""
        write_alerts(out, self.alerts)
        write_lines(out / "victims.jsonl", self.victims)
        write_lines(out / "actions.jsonl", self.actions)
        for name, which in (("evidence.jsonl", "findings"), ("dead_letters.jsonl", "dead")):
            with (out / name).open("wb") as file:
                for aside in self._aside.values():
                    lines: IO[bytes] = getattr(aside, which)
                    lines.seek(0)
                    shutil.copyfileobj(lines, file)

    def _sources(self) -> list[_Source]:
        """The largest files in processes of their own, as far as there may be such."""
        sizes = [one.path.stat().st_size for one in self._asked]
        by_size = sorted(range(len(sizes)), key=sizes.__getitem__, reverse=True)
        beside = by_size[: self._work.jobs - 1]
        sources = []
        for at, asked in enumerate(self._asked):
            file: ScreenedFile | SideProcess
            if at in beside:
                file = SideProcess(asked)
                self._open.callback(file.stop)
            else:
                file = ScreenedFile(asked)
            sources.append(_Source(asked.topic, sizes[at], file, file.pieces()))
        return sources

    def _take(self, topic: str, piece: Piece) -> None:
        self.messages += piece.rows
        self.dropped += piece.dropped
        self.dead_letters += len(piece.dead)
        self._newest_ms = max(self._newest_ms, piece.newest_ms)
        self._clock.add(piece.stages)
        self._lay_aside(topic, piece.findings, piece.dead)
        with self._clock.stage("decide"):
            for finding in piece.findings:
                self.correlator.take(finding)
            for observation in piece.observations:
                self.correlator.take(observation)
            for many in piece.many:
                self.correlator.take_many(many)

    def _advance(self, until_ms: dict[str, int], others_ms: int, end: bool = False) -> None:
        """What may be decided now; topics without a promise of their own don't hold it up."""
        with self._clock.stage("decide"):
            for topic in INPUTS:
                for stream in STREAMS:
                    self.correlator.promise(stream, topic, 0, until_ms.get(topic, others_ms), end)
            decided = self.correlator.advance()
        # All are of our own rules here.
        assert not decided.unusable, decided.unusable
        self.alerts += [in_words(alert, self._places) for alert in decided.alerts]
        self.victims += decided.victims
        self.actions += decided.actions
        self._lay_aside("", [finding for _, finding in decided.findings], [])

    def _lay_aside(
        self, topic: str, findings: Sequence[Finding], dead: Sequence[DeadLetter]
    ) -> None:
        self.findings += len(findings)
        aside = self._aside[topic]
        aside.findings.writelines(msgspec.json.encode(finding) + b"\n" for finding in findings)
        aside.dead.writelines(msgspec.json.encode(letter) + b"\n" for letter in dead)

    def _laid_aside(self) -> _Aside:
        findings, dead = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        for file in (findings, dead):
            self._open.enter_context(file)
        return _Aside(findings, dead)
