"""Both stages of a worker in one process, without Kafka: what is between them goes through records.

Four partitions are screened, and four correlators share the zones, as in a worker that is alone.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from benchmarks.measuring.stream.city import City
from benchmarks.measuring.stream.topics import TOPIC, Record
from detectors.context.zone_routing import EVERYWHERE, shared_out, zones_for
from detectors.correlate.correlator import STREAMS, Correlator
from detectors.features.facts import Origin
from detectors.features.rule import Screened
from detectors.model.finding import Finding, Observation
from detectors.register.register import Register
from detectors.screen.screening import Screening
from streams.config.settings import load_settings
from streams.decode.codec import decode
from streams.decode.records import ARROW, RecordSlice, arrivals_of, pieces
from streams.kafka.partitioning import partition_of
from streams.kafka.stage_records import decode_finding, decode_observations, encode, together
from streams.privacy.hasher import Hasher
from streams.worker.watermarks import WatermarkTracker

PARTITIONS: Final = 4


class BothStages:
    """See the module's text. What screening lets through waits for `turn`."""

    def __init__(self, city: City) -> None:
        self._settings = load_settings(env={})
        self._register = Register.from_rows(city.register())
        self._hasher = Hasher(b"a key of benchmarks alone", self._settings.senders)
        rules, disorder_s = self._settings.rules, self._settings.streams.disorder_s
        numbers = range(PARTITIONS)
        self._screenings = [Screening(rules, Origin(TOPIC, number)) for number in numbers]
        self._progress = [WatermarkTracker(round(disorder_s * 1000)) for _ in numbers]
        self._offsets = [0] * PARTITIONS
        sources = frozenset((TOPIC, number) for number in numbers)
        self._correlators = [
            Correlator(rules, self._settings.incidents, sources, _owned_by(number))
            for number in numbers
        ]
        self._findings: list[list[bytes]] = [[] for _ in numbers]
        self._observations: list[list[bytes]] = [[] for _ in numbers]

    def screen(self, number: int, records: list[Record]) -> None:
        """Works records of a partition off."""
        begin = self._offsets[number]
        self._offsets[number] += len(records)
        slice_ = RecordSlice(
            TOPIC,
            number,
            np.arange(begin, begin + len(records)),
            [value for _, value, _, _ in records],
            np.array([at_ms for *_, at_ms in records]),
            content_types=[ARROW if headers else None for _, _, headers, _ in records],
        )
        for piece in pieces(slice_, self._settings.limits):
            batch = decode(piece, self._hasher, self._settings.limits).batch
            found = self._screenings[number].step(batch, self._register)
            self._progress[number].observe(arrivals_of(batch))
            for finding in found.findings:
                for to in _partitions(finding):
                    self._findings[to].append(encode(finding))
            self._send(found)

    def turn(self, end_ms: int = 0) -> None:
        """Promises what each partition can, and decides; all that came by ``end_ms``."""
        for screening, progress in zip(self._screenings, self._progress, strict=True):
            if end_ms:
                progress.promise(end_ms, end=True)
            self._send(Screened(observations=screening.counted(progress.until_ms)))
        for to, correlator in enumerate(self._correlators):
            findings, self._findings[to] = self._findings[to], []
            observations, self._observations[to] = self._observations[to], []
            for value in findings:
                if (finding := decode_finding(value)) is not None:
                    correlator.take(finding)
            for value in observations:
                for observation in decode_observations(value):
                    correlator.take(observation)
            for number, progress in enumerate(self._progress):
                for stream in STREAMS:
                    correlator.promise(stream, TOPIC, number, progress.until_ms, progress.end)
            correlator.advance()

    @property
    def incidents(self) -> int:
        """Open ones, candidates for alerts too."""
        zones = [zone for each in self._correlators for zone in each.state.zones.values()]
        return sum(not one.closed for zone in zones for one in zone.incidents)

    def parts(self) -> Iterator[tuple[str, Any]]:
        """All that is kept, by name."""
        yield "the register", self._register
        yield from _of_phones(self._screenings)
        for each in self._correlators:
            yield "what waits for watermarks", (each.state.waiting, each.state.later)
            for zone in each.state.zones.values():
                for name in zone.context.__struct_fields__:
                    yield f"zones: {name}", getattr(zone.context, name)
                yield "zones: incidents", zone.incidents
            for (_, name), state in each._rules._states.items():
                yield f"second half of {name}", state
        yield "the rest", (self._screenings, self._correlators, self._hasher)

    def _send(self, found: Screened) -> None:
        encoded: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
        for each in found.many:
            for to, part in shared_out(each, _numbers):
                encoded[to].append(encode(part))
        for observation in found.observations:
            value = encode(observation)
            for to in _partitions(observation):
                encoded[to].append(value)
        for to, values in enumerate(encoded):
            self._observations[to] += together(values)


def _of_phones(screenings: list[Screening]) -> Iterator[tuple[str, Any]]:
    for screening in screenings:
        for name, kept in vars(screening._phones).items():
            yield f"phones: {name.strip('_')}", kept
        for name, state in screening._states.items():
            yield f"first half of {name}", state
        yield "counts of reports by half-minutes", (screening._sites, screening._unlisted)


def _owned_by(number: int) -> Callable[[str], bool]:
    return lambda zone: partition_of(zone.encode(), PARTITIONS) == number


def _partitions(record: Finding | Observation) -> set[int]:
    return _numbers(zones_for(record))


def _numbers(zones: tuple[str, ...]) -> set[int]:
    if zones == (EVERYWHERE,):
        return set(range(PARTITIONS))
    return {partition_of(zone.encode(), PARTITIONS) for zone in zones}
