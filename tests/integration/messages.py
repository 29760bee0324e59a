"""Messages of a trace as a test sends them, and revisions of alerts as it compares them."""

import json
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from detectors.alert.record import Alert
from replay.traces.trace import Message, read_messages
from replay.traces.trace_files import open_trace


def in_order(trace: Path) -> list[Message]:
    """All messages of a trace in order of arrival."""
    opened = open_trace(trace)
    found = [message for topic in opened.files for message in read_messages(opened, topic)]
    return sorted(found, key=lambda message: message.arrival_ms)


def about(message: Message) -> str:
    """The device or subscriber that a message is about."""
    fields = json.loads(message.value)
    return str(fields.get("subscriber") or fields["device"])


def revisions(alerts: Iterable[Alert]) -> dict[tuple[str, int], Alert]:
    """Every revision once. One that was reported twice, after a crash, must be the same."""
    found: dict[tuple[str, int], Alert] = {}
    for alert in alerts:
        before = found.setdefault((alert.alert_id, alert.revision), alert)
        assert before == alert
    return found


def end_ms(messages: Sequence[Message]) -> int:
    return max(message.arrival_ms for message in messages) + 1


def partition_of(message: Message, partitions: int) -> int:
    """A partition for all messages of one device, or of one subscriber."""
    return zlib.crc32(about(message).encode()) % partitions
