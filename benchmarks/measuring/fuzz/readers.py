"""Who reads which topic, as workers, consoles and channels do it: the real decoders, and the next
step behind them. Each reader accounts for each record.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Final, Protocol

import msgspec
from sqlalchemy import Connection, select

from benchmarks.measuring.fuzz.messages import WRITTEN_MS, Message, reports_in
from detectors.correlate.correlator import FINDINGS, OBSERVATIONS, Correlator
from detectors.correlate.settings import IncidentSettings
from detectors.features.facts import Origin
from detectors.register.register import Register
from detectors.rules import RULES
from detectors.rules.sample_town import TOWN
from detectors.screen.screening import Screening
from field.alerts.reading import read_alert
from field.channels.delivery.sender import Notice
from field.channels.kinds import webhook
from field.console.status import Status
from field.console.store import AlertFilter, Record, Store
from field.console.store.ground import register_health, sensors
from field.console.store.queries.actions import audit, unsent_verdicts
from field.console.store.tables import UNREAD
from field.formats import cap, cot, geojson, gpx, kml
from field.formats.words import text
from streams.config.settings import load_settings
from streams.decode.codec import TOPICS, decode
from streams.decode.dead_letters import DeadLetter
from streams.decode.records import pieces
from streams.guard.case import decoded
from streams.kafka.stage_records import (
    JUDGED,
    encode,
    header,
    is_publishers_watermark,
    watermarks_of,
)
from streams.limits import DEFAULT
from streams.privacy.hasher import Hasher
from streams.profile.records import profile_of
from streams.state.form import MANIFEST, BrokenStateError, former, manifest_of
from streams.worker.inputs import slice_of

#: What became of a record's messages. ``passed`` are those that no letter is written for: what is
#: unreadable between the stages, and watermarks.
USED, DEAD, PASSED, REPEATED, LATE = "used", "dead", "passed over", "repeated", "late"
Account = Counter[str]

_RULES: Final = tuple(rule() for rule in RULES)
_SOURCES: Final = frozenset({("cell.measurements", 0)})
_NOW: Final = datetime(2025, 6, 3, 12, tzinfo=UTC)
#: A reader's memory begins anew after so many records, so that none depends on all before it.
_ANEW: Final = 500
#: What pages ask the store for, by the topic that it is from.
_QUESTIONS: Final[dict[str, tuple[Callable[[Connection], Any], ...]]] = {
    "fbs.actions": (
        lambda store: audit(store, None, 5),
        lambda store: unsent_verdicts(store, WRITTEN_MS),
    ),
    "fbs.register": (lambda store: register_health(store, None, 5),),
    "field.measurements": (sensors,),
}


class Reader(Protocol):
    """Reads records of some topics, one by one; ``forms`` is how many things it makes of each."""

    topics: Iterable[str]
    forms: ClassVar[int] = 1

    def read(self, message: Message, offset: int) -> Account:
        """Takes one record in; what became of its messages."""


@dataclass
class Worker(Reader):
    """The first stage: decoding, screening, and writing what came of it."""

    topics: Iterable[str] = tuple(topic for topic in TOPICS if topic != "cell.register")

    def __post_init__(self) -> None:
        self._hasher, self._register = Hasher(b"fuzz"), TOWN.register()
        self._screenings: dict[str, Screening] = {}

    def read(self, message: Message, offset: int) -> Account:
        if offset % _ANEW == 0:
            self._screenings.clear()
        screening = self._screenings.setdefault(
            message.topic, Screening(_RULES, Origin(message.topic, 0))
        )
        found: Account = Counter()
        for piece in pieces(slice_of([_fetched(message, offset)], message.topic, 0, DEFAULT)):
            decoded = decode(piece, self._hasher)
            screened = screening.step(decoded.batch, self._register)
            for record in (*screened.findings, *screened.sent()):
                encode(record)
            found[USED] += len(decoded.batch)
            found[DEAD] += _dead(decoded.dead)
        if is_publishers_watermark(message.value, message.headers):
            found[PASSED] += 1
        return found


@dataclass
class RegisterFeed(Reader):
    """The register as workers keep it up to date."""

    topics: Iterable[str] = ("cell.register",)

    def __post_init__(self) -> None:
        self._hasher, self._register = Hasher(b"fuzz"), Register.empty()

    def read(self, message: Message, offset: int) -> Account:
        records = slice_of([_fetched(message, offset)], message.topic, 0, DEFAULT)
        decoded = decode(replace(records, keys=[message.key]), self._hasher)
        self._register.updated(decoded.batch)
        return Counter({USED: len(decoded.batch), DEAD: _dead(decoded.dead)})


@dataclass
class SecondStage(Reader):
    """A correlator behind the topics between the stages."""

    topics: Iterable[str] = ("fbs.evidence", "fbs.census")

    def __post_init__(self) -> None:
        self._correlator = self._anew()

    def _anew(self) -> Correlator:
        return Correlator(_RULES, IncidentSettings(), _SOURCES)

    def read(self, message: Message, offset: int) -> Account:
        if offset % _ANEW == 0:
            self._correlator = self._anew()
        state, finding = self._correlator.state, message.topic == "fbs.evidence"
        before = state.late, state.repeated
        marks = watermarks_of(message.headers)
        for mark in marks:
            stream = FINDINGS if finding else OBSERVATIONS
            until_ms = min(mark.until_ms, state.clock_ms + 600_000)
            self._correlator.promise(stream, mark.topic, mark.partition, until_ms, mark.end)
        if not marks and message.value and header(message.headers, JUDGED) is None:
            records = decoded(message.topic, message.value)
            for place, record in enumerate(records):
                # As a worker numbers them, so that none is a repeat of another.
                source = msgspec.structs.replace(record.source, offset=offset, index=place)
                self._correlator.take(msgspec.structs.replace(record, source=source))
                for stream in (FINDINGS, OBSERVATIONS):
                    self._correlator.promise(
                        stream, "cell.measurements", 0, record.rx_ts + 1, False
                    )
                for each in self._correlator.advance().findings:
                    encode(each[1])
            if records:
                late, repeated = state.late - before[0], state.repeated - before[1]
                used = sum(map(reports_in, records)) - late - repeated
                return Counter({USED: used, LATE: late, REPEATED: repeated})
        self._correlator.advance()
        return Counter({PASSED: 1})


@dataclass
class Memory(Reader):
    """What a worker finds at its start: the state of its correlator, and the profile."""

    topics: Iterable[str] = ("fbs.correlators", "fbs.profile")

    def read(self, message: Message, offset: int) -> Account:
        if message.topic == "fbs.profile":
            key = (message.key or b"").decode("utf-8", "replace")
            profile, unusable = profile_of({key: message.value or b""})
            Correlator(_RULES, IncidentSettings(), _SOURCES).begin_with(profile)
            return Counter({PASSED if unusable else USED: 1})
        record = _fetched(message, offset)
        try:
            if any(name == MANIFEST for name, _ in message.headers):
                manifest_of(record)
                return Counter({USED: 1})
            state, _ = former(record)
        except BrokenStateError:
            return Counter({PASSED: 1})
        Correlator(_RULES, IncidentSettings(), _SOURCES, state=state)
        return Counter({USED: 1})


@dataclass
class Channels(Reader):
    """What channels and exports make of an alert, in every form."""

    topics: Iterable[str] = ("fbs.alerts",)
    forms: ClassVar[int] = 17

    def read(self, message: Message, offset: int) -> Account:
        alert = read_alert(message.value)
        if alert is None:
            return Counter({PASSED: 1})
        for language in ("en", "zh"):
            text.body(alert, language, UTC)
            text.headline(alert, language)
            cap.message(alert, "desk@cellhound.example", _NOW, language=language)
            gpx.track(alert, language)
            gpx.waypoints([alert], language)
            kml.document([alert], language)
        cot.marker(alert, _NOW, 60.0)
        cot.ellipse(alert, _NOW, 60.0)
        cot.clearing(alert, _NOW)
        msgspec.json.encode(geojson.feature_collection([geojson.feature(alert)]))
        webhook.event(Notice((alert,)), "fuzz")
        return Counter({USED: 1})


@dataclass
class Console(Reader):
    """The console's store, and now and then its list."""

    folder: Path
    topics: Iterable[str] = (
        *("fbs.alerts", "fbs.actions", "fbs.evidence", "fbs.deliveries", "fbs.health"),
        *("field.measurements", "field.feedback", "cell.register", "fbs.register"),
    )

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._store = Store(str(self.folder / "store.sqlite"), "fuzz", Hasher(b"fuzz"))
        self._status = Status(load_settings(env={}), self._store, lambda: WRITTEN_MS)

    def read(self, message: Message, offset: int) -> Account:
        before = self._unread(message.topic)
        record = Record(
            message.topic,
            0,
            offset,
            message.timestamp_ms,
            message.key,
            message.value,
            _names_as_read(message),
        )
        new = self._store.take([record])
        unread = self._unread(message.topic) - before
        if unread < new:
            self._show(message.topic)
        return Counter({DEAD: unread, USED: max(0, new - unread)})

    def _show(self, topic: str) -> None:
        """What pages ask for after such a record, which they get as JSON."""
        for question in _QUESTIONS.get(topic, ()):
            msgspec.json.encode(self._store.read(question))
        if topic in ("fbs.health", "fbs.deliveries", "field.measurements"):
            msgspec.json.encode(self._status.look())
        if topic in ("fbs.alerts", "fbs.actions"):
            self._store.page(AlertFilter(), 5)

    def _unread(self, topic: str) -> int:
        question = select(UNREAD.c.records).where(UNREAD.c.topic == topic)
        return self._store.read(lambda connection: connection.execute(question).scalar() or 0)

    def close(self) -> None:
        """Lets go of the database."""
        self._store.close()


def readers(folder: Path) -> list[Reader]:
    """All there are; the console's store lies in a folder."""
    return [Worker(), RegisterFeed(), SecondStage(), Memory(), Channels(), Console(folder)]


def _dead(letters: Iterable[DeadLetter]) -> int:
    count = 0
    for letter in letters:
        msgspec.json.encode(letter)
        count += 1
    return count


def _names_as_read(message: Message) -> tuple[tuple[str, Any], ...]:
    """Headers as a client gives them: names that are no UTF-8 with escapes."""
    return tuple(
        (name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"), value)
        for name, value in message.headers
    )


def _fetched(message: Message, offset: int) -> Any:
    return SimpleNamespace(
        offset=offset,
        value=message.value,
        key=message.key,
        headers=_names_as_read(message),
        timestamp=message.timestamp_ms,
    )
