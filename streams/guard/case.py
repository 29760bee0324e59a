"""What is tried: some records, and all that is needed to do with them what a worker does.

A case is pickled on its way to the process that tries it, by a pipe: what messages hold never lies
on disk.
"""

import os
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from detectors.correlate.correlator import Correlator
from detectors.correlate.settings import IncidentSettings
from detectors.features.rule import AnyRule
from detectors.model.columns import RegisterRows
from detectors.model.finding import Finding, Observation
from detectors.register.register import Register
from detectors.screen.screening import Screening
from streams.decode.codec import decode
from streams.decode.records import RecordSlice
from streams.kafka.stage_records import decode_finding, decode_observations
from streams.limits import Limits
from streams.privacy.hasher import Hasher
from streams.signed.settings import TrustSettings
from streams.signed.trust import Trust

#: What is decoded first, so that a process which can't do its work at all is found out before any
#: record is suspected.
_PLAIN = b"{}"


class Case(Protocol):
    """Some things that a worker does, by their places in order."""

    def __len__(self) -> int:
        """How many there are."""

    def begin(self) -> None:
        """Makes ready."""

    def run(self, places: Sequence[int], at: Callable[[int], None]) -> None:
        """Does those at ``places``, in order, as a worker does; says at which it is, before."""


@dataclass(slots=True)
class RecordsCase:
    """Records, of which each by itself is a step."""

    records: RecordSlice

    def __len__(self) -> int:
        return len(self.records)

    def begin(self) -> None:
        """Makes ready."""

    def run(self, places: Sequence[int], at: Callable[[int], None]) -> None:
        """Steps through the records at ``places``."""
        for place in places:
            at(place)
            self.step(self.records.part(place, place + 1))

    def step(self, record: RecordSlice) -> None:
        """Does with a single record what a worker does."""
        raise NotImplementedError


@dataclass(slots=True)
class InputCase(RecordsCase):
    """Records of an input topic: decoded, and screened where ``screening`` is given, which is a
    pickled `detectors.screen.screening.Screening`; else they are of a list, and are taken up.

    ``instruments`` are those that may measure, as `streams.signed.trust.Trust` has them.
    """

    hasher: Hasher
    limits: Limits
    trust: TrustSettings
    instruments: frozenset[str] | None
    register: Register
    screening: bytes | None = None
    _trust: Trust | None = None
    _screening: Screening | None = None

    def begin(self) -> None:
        """Makes ready."""
        self._trust = Trust.of(self.trust, os.environ, self.instruments)
        self._screening = None if self.screening is None else pickle.loads(self.screening)
        plain = RecordSlice(self.records.topic, 0, [0], [_PLAIN], self.records.rx_ms[:1])
        decode(plain, self.hasher, self.limits, self._trust)

    def step(self, record: RecordSlice) -> None:
        """Does with a single record what a worker does."""
        batch: Any = decode(record, self.hasher, self.limits, self._trust).batch
        if self._screening is not None and len(batch):
            self._screening.step(batch, self.register)
        elif self._screening is None and isinstance(batch, RegisterRows):
            self.register.updated(batch)
        elif self._screening is None:
            self.register.numbers.updated(batch)


@dataclass(slots=True)
class BetweenCase(RecordsCase):
    """Records of a topic between the stages: decoded, and taken by a correlator that knows nothing
    yet."""

    rules: tuple[AnyRule, ...]
    incidents: IncidentSettings
    _correlator: Correlator | None = None

    def begin(self) -> None:
        """Makes ready."""
        self._correlator = Correlator(self.rules, self.incidents, frozenset())
        decoded(self.records.topic, _PLAIN)

    def step(self, record: RecordSlice) -> None:
        """Does with a single record what a worker does."""
        (value,) = record.values
        assert self._correlator is not None
        for found in () if value is None else decoded(record.topic, value):
            self._correlator.take(found)


def decoded(topic: str, value: bytes) -> Sequence[Finding | Observation]:
    """What a record between the stages holds; nothing where it is no worker's."""
    if topic != "fbs.evidence":
        return decode_observations(value)
    finding = decode_finding(value)
    return () if finding is None else (finding,)
