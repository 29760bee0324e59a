"""The register of a running installation audited by what its workers counted of reports.

Read are ``fbs.census``, to its present end, and ``cell.register``: no measurement, and no person.
"""

import asyncio
import time
from pathlib import Path

from detectors.context import core_attestation
from detectors.model.finding import Observation, place_among_sent
from detectors.register.register import Register
from replay.audit.evidence import AuditEvidence
from replay.audit.output import write_audit
from streams.config.settings import Settings
from streams.decode.topic_reader import read_all
from streams.kafka.make_topics import ensure_topics
from streams.kafka.partitioning import partition_of
from streams.kafka.settings import KafkaSettings
from streams.kafka.stage_records import decode_observations
from streams.privacy.hasher import Hasher
from streams.worker.register_feed import RegisterFeed

_CENSUS = "fbs.census"


def audit_topics(out: Path, settings: Settings, hasher: Hasher, minutes: float | None) -> str:
    """Writes the files of `replay.audit.output`; the summary that they hold.

    Of the last ``minutes`` by the records' own times, or of all that the topic still has. Raises
    `streams.kafka.make_topics.KafkaUnavailable`.
    """
    kafka = settings.kafka
    partitions = ensure_topics(kafka)
    register = asyncio.run(_register(kafka, hasher))
    since_ms = 0.0 if minutes is None else time.time() * 1000.0 - minutes * 60_000.0
    evidence = AuditEvidence()
    for number in range(partitions[_CENSUS]):
        newest: dict[tuple[str, int], tuple[int, int, str, int]] = {}
        for record in read_all(kafka, _CENSUS, number):
            if record.timestamp < since_ms:
                continue
            for observation in decode_observations(record.value or b""):
                if not _is_repeat(newest, observation):
                    _take(evidence, observation, number, partitions[_CENSUS])
    return write_audit(out, evidence.audited(register.rows), len(register.rows))


async def _register(kafka: KafkaSettings, hasher: Hasher) -> Register:
    feed = RegisterFeed(kafka, hasher)
    await feed.start()
    try:
        return await feed.current()
    finally:
        await feed.stop()


def _is_repeat(
    newest: dict[tuple[str, int], tuple[int, int, str, int]], observation: Observation
) -> bool:
    """Whether a worker sent it a second time, after a restart; as a correlator finds out."""
    place, source = place_among_sent(observation), observation.source
    partition = source.topic, source.partition
    if place <= newest.get(partition, (-1, -2, "", -1)):
        return True
    newest[partition] = place
    return False


def _take(evidence: AuditEvidence, observation: Observation, number: int, count: int) -> None:
    """Of each partition the zones that are its own; what concerns all zones stands in each."""
    if observation.detector != core_attestation.NAME:
        evidence.observe([observation], lambda zone: partition_of(zone.encode(), count) == number)
    elif number == 0:
        evidence.observe([observation])
