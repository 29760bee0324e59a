"""An account made of the topics as they are now.

What was committed is asked first, then the letters are read, and only then the inputs' ends are
asked: so every letter of a message before what was committed is there by then, and none names a
record behind the end.
"""

import os
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import msgspec
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from streams.account.letters import Letters
from streams.account.recount import Recount, Sliced
from streams.account.tally import Stage, Statement, Tally
from streams.config.settings import Settings
from streams.config.trust import enrolled
from streams.decode.codec import decode
from streams.decode.topic_reader import Topics
from streams.guard.known import TOPIC as NOTES
from streams.guard.known import Known
from streams.kafka.heartbeat import WorkerHealth
from streams.kafka.make_topics import KafkaUnavailable
from streams.kafka.partitioning import partition_of
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.security.refusals import refusal
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import BETWEEN, INPUTS, LISTS
from streams.privacy.hasher import Hasher
from streams.signed.trust import Trust
from streams.state.search import TOPIC as STATES
from streams.state.search import look_up
from streams.worker.inputs import list_slice, slice_of
from streams.worker.watermarks import WatermarkTracker

_LETTERS: Final = "dead.letters"
_HEALTH: Final = "fbs.health"
_SIGNS: Final = 200

Committed = Mapping[tuple[str, int], int]


class NotKnownError(Exception):
    """It can't be known whether all is accounted for; the text is a sentence that says why."""


def account(settings: Settings, hasher: Hasher) -> Statement:
    """The account of a deployment, by the settings that its workers have; any key will do.

    Raises NotKnownError where no broker answers, it refuses us, or topics are gone; ConfigError.
    """
    kafka = settings.kafka
    try:
        with Topics(kafka) as topics:
            _check_there(topics, kafka)
            committed = _committed(kafka)
            return _account(topics, committed, settings, hasher)
    except KafkaUnavailable as error:
        raise NotKnownError(str(error)) from error
    except KafkaError as error:
        raise NotKnownError(refusal(error, kafka) or type(error).__name__) from error


def _account(topics: Topics, committed: Committed, settings: Settings, hasher: Hasher) -> Statement:
    inputs = [(topic, number) for topic in INPUTS for number in topics.numbers(topic)]
    inputs += [(topic, number) for topic in LISTS for number in topics.numbers(topic)]
    letters, known = Letters(inputs), Known()
    for note in topics.all(NOTES):
        known.take(note.key, note.value)

    def marked(sliced: Sliced) -> Sliced:
        """Records that end whoever decodes them are known by now."""
        return lambda records: known.marked(sliced(records))

    try:
        cut = {number: begin > 0 for number, (begin, _) in topics.ends(_LETTERS).items()}
        for record in topics.all(_LETTERS):
            letters.put(record)
        trust = Trust.of(settings.trust, os.environ, enrolled(settings.trust, settings.kafka))
        read = partial(decode, hasher=hasher, limits=settings.limits, trust=trust)
        found = Statement()
        for topic in INPUTS:
            for number, (first, end) in topics.ends(topic).items():
                tally = _begun(topic, number, first, end, committed.get((topic, number)))
                recount = Recount(
                    tally,
                    letters,
                    read,
                    marked(
                        partial(slice_of, topic=topic, partition=number, limits=settings.limits)
                    ),
                    settings.limits,
                    WatermarkTracker(int(settings.streams.disorder_s * 1000)),
                    cut[partition_of(f"{topic}/{number}".encode(), len(cut))],
                )
                recount.count(topics.range(topic, number, first, end))
                found.inputs.append(tally)
        for topic in LISTS:
            for number, (first, end) in topics.ends(topic).items():
                tally = Tally(topic, number, first, end, None)
                read = partial(decode, hasher=hasher, limits=settings.limits)
                sliced = marked(
                    partial(list_slice, topic=topic, partition=number, limits=settings.limits)
                )
                recount = Recount(tally, letters, read, sliced, settings.limits, None)
                recount.count(topics.range(topic, number, first, end))
                found.inputs.append(tally)
        found.repeated_letters, found.strange_letters = letters.repeated, letters.strange
    finally:
        letters.close()
    _add_stages(topics, committed, found)
    found.claims.workers = _workers(topics)
    return found


def _begun(topic: str, number: int, first: int, end: int, committed: int | None) -> Tally:
    if committed is not None and committed > end:
        raise NotKnownError(
            f"{topic}/{number} ends at {end}, and the workers had come to {committed}: the topic"
            " was made anew, so that what they did of the former one can't be known."
        )
    unread = 0 if committed is None else max(first - committed, 0)
    return Tally(topic, number, first, end, committed, unread=unread)


def _add_stages(topics: Topics, committed: Committed, found: Statement) -> None:
    stored: dict[int, Mapping[str, int]] = {}
    for number in topics.numbers(STATES):
        state = look_up(topics, number)
        stored[number] = state.next_offset
        if state.state is not None:
            found.claims.late_records += state.state.late
            found.claims.repeated_records += state.state.repeated
    for topic in BETWEEN:
        for number, (first, end) in topics.ends(topic).items():
            done, held = committed.get((topic, number)), stored.get(number, {}).get(topic)
            found.stages.append(stage_of(topic, number, (first, end), done, held))


def stage_of(
    topic: str, number: int, kept: tuple[int, int], committed: int | None, stored: int | None
) -> Stage:
    """Up to where a state holds a topic of which ``kept`` are the first offset and the end.

    >>> stage_of("fbs.evidence", 0, (10, 90), 50, 30).again
    20
    >>> stage_of("fbs.evidence", 0, (40, 90), 50, 30).lost
    10
    """
    first, end = kept
    open_from, open_to = stored or 0, committed or 0
    lost = max(min(first, open_to) - open_from, 0)
    again = max(open_to - max(open_from, first), 0)
    # Without any state nothing shows what a former one held.
    return Stage(topic, number, first, end, committed, stored, again, 0 if stored is None else lost)


def _check_there(topics: Topics, kafka: KafkaSettings) -> None:
    needed = (*INPUTS, *LISTS, _LETTERS, *BETWEEN, STATES)
    gone = [kafka.name_of(topic) for topic in needed if not topics.numbers(topic)]
    if gone:
        raise NotKnownError(
            f"{len(gone)} of {len(needed)} topics are not there, or may not be seen:"
            f" {', '.join(gone)}. Is --prefix right, and has a worker ever run?"
        )


def _committed(kafka: KafkaSettings) -> Committed:
    """Up to where the workers' group is done, by plain topic name and partition."""
    group = kafka.name_of(kafka.group)
    admin = KafkaAdminClient(**kafka_python_options(kafka), client_id="cellhound-account")
    try:
        offsets: Mapping[Any, Any] = admin.list_group_offsets({group: None})[group]
    finally:
        admin.close()
    return {
        (tp.topic.removeprefix(kafka.prefix), tp.partition): one.offset
        for tp, one in offsets.items()
        if one.offset >= 0
    }


def _workers(topics: Topics) -> dict[str, dict[str, int]]:
    """What the workers that gave a sign of life last count since they started."""
    found: dict[str, dict[str, int]] = {}
    for number in topics.numbers(_HEALTH):
        for record in topics.newest(_HEALTH, number, _SIGNS):
            try:
                sign = msgspec.json.decode(record.value or b"", type=WorkerHealth)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            counts = {"messages": sign.messages, "dead_letters": sign.dead_letters}
            found[sign.worker] = counts | {"late_records": sign.late}
    return found
