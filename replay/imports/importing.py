"""What all importers share: refusing what is not theirs, checking what they read, writing it.

An importer is a function from a file to messages: pairs of a topic and its fields. They are checked
as a worker checks them; what a worker would put among the dead letters is left out and counted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from replay.imports.conversations import Summary
from replay.imports.recognise import NAMES, TABLES, described, kind_of
from replay.traces.trace_writer import TraceWriter
from streams.decode.codec import decode
from streams.decode.records import RecordSlice
from streams.privacy.hasher import Hasher
from streams.progress import each

_BATCH: Final = 2000
#: What is decoded to be checked isn't kept, so any key does.
_ANY_KEY: Final = Hasher(b"checked, not kept")


class ImportFileError(Exception):
    """The file is not what it was taken for, or nothing in it can be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of a recording beside its file.

    ``who`` is the pseudonym of the phone or probe. ``plmn`` is for files that don't name the
    network, ``utc_offset_ms`` how far local times in the file are ahead of UTC.
    """

    hasher: Hasher
    who: str = "phone"
    plmn: tuple[int, int] | None = None
    utc_offset_ms: int = 0


Message = tuple[str, dict[str, Any]]
Reader = Callable[[Path, Given, Summary], Iterator[Message]]


def refuse_others(path: Path, kind: str) -> None:
    """Raises ImportFileError where a file isn't of a kind, with what it looks like instead."""
    found = kind_of(path)
    if found != kind:
        raise ImportFileError(f"{path}: is not {NAMES[kind]}; {described(found)}.")


def import_file(kind: str, reader: Reader, path: Path, out: Path, given: Given) -> Summary:
    """Writes the trace ``out`` with the messages of a file of a kind.

    Raises ImportFileError where the file is of another kind or gives no message, `OSError` where it
    can't be read or the trace not written, `replay.traces.trace_files.TraceError` where the folder
    holds another form of the same file.
    """
    refuse_others(path, kind)
    return _written(reader, path, out, given)


def import_table(reader: Reader, path: Path, out: Path, given: Given) -> Summary:
    """The same of a file that may be any table of text: refused is what is known to be none."""
    found = kind_of(path)
    if found is not None and found not in TABLES:
        raise ImportFileError(f"{path}: is not {NAMES['csv']}; {described(found)}.")
    return _written(reader, path, out, given)


def _written(reader: Reader, path: Path, out: Path, given: Given) -> Summary:
    summary = Summary()
    write_messages(reader(path, given, summary), out, summary)
    refuse_nothing(path, summary)
    return summary


def refuse_nothing(path: Path, summary: Summary) -> None:
    """Raises ImportFileError, with the reasons, where nothing of a file could be used."""
    if not summary.messages:
        why = reasons(summary)
        raise ImportFileError(f"{path}: nothing in it can be used" + (f": {why}." if why else "."))


def write_messages(messages: Iterator[Message], out: Path, summary: Summary) -> None:
    """Writes what a worker would take, a batch at a time; a file begins with its first message."""
    counted = each(messages, "import", unit=" messages")
    with TraceWriter(out) as trace:
        while batch := list(islice(counted, _BATCH)):
            for topic in dict.fromkeys(topic for topic, _ in batch):
                ours = [fields for name, fields in batch if name == topic]
                if values := accepted(topic, ours, summary):
                    trace.write(topic, values)


def accepted(topic: str, messages: Sequence[dict[str, Any]], summary: Summary) -> list[bytes]:
    """The messages of a topic that a worker would take, as JSON without fields that are None.

    Each is taken to arrive when it happened, as it does in a trace.
    """
    values = [
        msgspec.json.encode({name: value for name, value in fields.items() if value is not None})
        for fields in messages
    ]
    times_ms = (fields.get("ts") for fields in messages)
    arrival = [ts if isinstance(ts, int) else 0 for ts in times_ms]
    rx_ms = np.clip(np.array(arrival, dtype=np.float64), 0, 2**52).astype(np.int64)
    records = RecordSlice(topic, 0, range(len(values)), values, rx_ms, arrays=False)
    decoded = decode(records, _ANY_KEY)
    for letter in decoded.dead:
        summary.leave_out(letter.reason)
    for name, count in (+decoded.dropped).items():
        summary.dropped[name] = summary.dropped.get(name, 0) + count
    dead = {letter.offset for letter in decoded.dead}
    summary.messages += len(values) - len(dead)
    return [value for number, value in enumerate(values) if number not in dead]


def reasons(summary: Summary) -> str:
    """What was left out, by reason."""
    return ", ".join(f"{n} {why.replace('_', ' ')}" for why, n in summary.left_out.items())
