"""What the topics hold about one alert: its revisions, what people did, the findings, the messages.

Everything is read anew from the topics, nothing from a worker's or a console's memory: what can't
be read again is no evidence. Messages are fetched at the very offsets that the findings name.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from detectors.alert.record import Alert
from detectors.model.finding import Finding, Source
from field.alerts.life_cycle import Action
from field.alerts.reading import read_alert
from field.evidence.matching import Matching
from field.formats.scrubbed import scrubbed
from streams.decode.clean_messages import clean_message, hashed_finding, hashed_line
from streams.decode.topic_reader import Topics, arrived_ms, items_of
from streams.kafka.stage_records import arrival_ms, decode_finding
from streams.privacy.hasher import Hasher
from streams.signed.keys import PublicKeys
from streams.signed.seals import voucher

_CLOCKS_MS: Final = 3_600_000
DELETED: Final = "deleted by the topic's retention, or never there"
NOT_IN_RECORD: Final = "the record has no such item"
ANOTHER: Final = "another message than the finding's stands there: the topic was made anew"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An input message as it stands on its topic, identifiers hashed."""

    source: Source
    arrival_ms: int
    message: msgspec.Raw


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """An input message that a finding names and that could not be had, and why."""

    source: Source
    why: str


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """All about one alert; ``revisions`` by number, ``messages`` by topic."""

    revisions: list[Alert]
    actions: list[Action]
    feedback: list[dict[str, Any]]
    findings: list[Finding]
    messages: dict[str, list[Message]]
    missing: list[Missing]


class NoSuchAlert(Exception):  # noqa: N818 - it names what is the matter
    """There is no alert of that id on the topic."""


def revisions_of(topics: Topics, alert_id: str) -> list[Alert]:
    """Every revision of an alert, in order. Raises `NoSuchAlert`."""
    found: dict[int, Alert] = {}
    for record in topics.all("fbs.alerts"):
        if record.value and alert_id.encode() in record.value:
            alert = read_alert(record.value)
            if alert is not None and alert.alert_id == alert_id:
                found.setdefault(alert.revision, scrubbed(alert))
    if not found:
        raise NoSuchAlert(
            f"There is no alert {alert_id!r} on fbs.alerts. Its ids are the keys of that topic, and"
            " the console shows them."
        )
    return [found[revision] for revision in sorted(found)]


def gathered(
    topics: Topics,
    hasher: Hasher,
    revisions: list[Alert],
    matching: Matching,
    consoles: PublicKeys,
) -> Gathered:
    """What the topics hold about the alert whose revisions and matching are given.

    What one of the ``consoles`` signed is kept as it came: it hashed people's numbers before it
    signed, and a seal has digits that may look like one.
    """
    alert_id = revisions[-1].alert_id
    findings = _findings(topics, hasher, matching)
    messages, missing = _messages(topics, hasher, findings)
    return Gathered(
        revisions=revisions,
        actions=list(_actions(topics, hasher, alert_id, consoles)),
        feedback=list(_feedback(topics, hasher, alert_id, consoles)),
        findings=findings,
        messages=messages,
        missing=missing,
    )


def _actions(
    topics: Topics, hasher: Hasher, alert_id: str, consoles: PublicKeys
) -> Iterator[Action]:
    """Those about the alert, each ``action_id`` once."""
    had: set[str] = set()
    for record in topics.all("fbs.actions"):
        value = record.value or b""
        try:
            if not _is_signed(msgspec.json.decode(value), "fbs.actions", consoles):
                value = hashed_line(value, hasher)
            action = msgspec.json.decode(value, type=Action)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
        if action.alert_id == alert_id and action.action_id not in had:
            had.add(action.action_id)
            yield action


def _feedback(
    topics: Topics, hasher: Hasher, alert_id: str, consoles: PublicKeys
) -> Iterator[dict[str, Any]]:
    for record in topics.all("field.feedback"):
        for item in items_of(record.value, record.headers or []):
            try:
                message = msgspec.json.decode(item)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                continue
            if isinstance(message, dict) and message.get("alert_id") == alert_id:
                if _is_signed(message, "field.feedback", consoles):
                    yield message
                elif clean := clean_message(item, hasher, "field.feedback"):
                    yield msgspec.json.decode(clean)


def _findings(topics: Topics, hasher: Hasher, matching: Matching) -> list[Finding]:
    """Each once: a finding near a border goes to several partitions, and may come again."""
    found: dict[tuple[Source, str], Finding] = {}
    # No finding is written before its own time, unless clocks are far off.
    since_ms = max(0, matching.since_ms - _CLOCKS_MS)
    for number in topics.numbers("fbs.evidence"):
        for record in topics.partition("fbs.evidence", number, since_ms):
            value = hashed_finding(record.value or b"", hasher)
            finding = decode_finding(value) if record.value else None
            if finding is not None and matching.takes(finding):
                found.setdefault((finding.source, finding.detector), finding)
    return sorted(found.values(), key=lambda one: (one.ts, one.rx_ts, one.source, one.detector))


def _messages(
    topics: Topics, hasher: Hasher, findings: Iterable[Finding]
) -> tuple[dict[str, list[Message]], list[Missing]]:
    """The messages behind the findings, by topic, and those that could not be had."""
    wanted: defaultdict[tuple[str, int], defaultdict[int, dict[int, str]]]
    wanted = defaultdict(lambda: defaultdict(dict))
    for finding in findings:
        source = finding.source
        wanted[source.topic, source.partition][source.offset][source.index] = finding.who
    found: defaultdict[str, list[Message]] = defaultdict(list)
    missing: list[Missing] = []
    for (topic, number), offsets in sorted(wanted.items()):
        for offset, record in topics.at(topic, number, offsets):
            for index, who in sorted(offsets[offset].items()):
                item, why = _item(record, topic, index, who, hasher)
                source = Source(topic, number, offset, index)
                if item is None:
                    missing.append(Missing(source=source, why=why))
                else:
                    arrival = arrival_ms(record.headers or [], record.timestamp)
                    found[topic].append(Message(source=source, arrival_ms=arrival, message=item))
    return dict(found), missing


def _item(
    record: Any, topic: str, index: int, who: str, hasher: Hasher
) -> tuple[msgspec.Raw | None, str]:
    if record is None:
        return None, DELETED
    items = items_of(record.value, record.headers or [])
    at = max(index, 0)
    if at >= len(items):
        return None, NOT_IN_RECORD
    arrived = arrived_ms(items[at], arrival_ms(record.headers or [], record.timestamp))
    clean = clean_message(items[at], hasher.at(arrived), topic)
    if clean is None:
        return None, ANOTHER
    message = msgspec.json.decode(clean)
    if who not in (message.get("device"), message.get("subscriber")):
        return None, ANOTHER
    return msgspec.Raw(clean), ""


def _is_signed(message: Any, topic: str, consoles: PublicKeys) -> bool:
    return isinstance(message, dict) and voucher(message, topic, consoles) == "signed"
