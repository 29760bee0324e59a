"""The way of one call, from a trace or from the topic, and its form for people."""

from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from detectors.acting.traceback import Leg, Traced, legs_of, traced
from detectors.model.columns import Calls
from replay.calls.columns import aligned
from replay.screened.screened_file import decoded_chunks, reader_of
from replay.traces.trace_files import TraceError, open_trace
from streams.config.settings import Settings
from streams.decode.codec import decode
from streams.decode.topic_reader import Topics
from streams.privacy.hasher import Hasher
from streams.worker.inputs import slice_of

TOPIC: Final = "call.signalling"
_AT_ONCE: Final = 5_000
_COLUMNS: Final = ("ts", "point", "ingress", "carrier", "trunk", "caller")


def trace_in_folder(
    folder: Path,
    call_ref: str,
    settings: Settings,
    hasher: Hasher,
    from_ms: int | None = None,
    to_ms: int | None = None,
) -> Traced:
    """The way of a call by the records of a trace, or by those that arrived in a window (ms).

    Raises `replay.traces.trace_files.TraceError` where it has no calls.
    """
    path = open_trace(folder).files.get(TOPIC)
    if path is None:
        raise TraceError(f"{folder}: it has no calls, so that none can be traced.")
    names, legs = _names(call_ref, hasher), list[Leg]()
    for decoded, _ in decoded_chunks(reader_of(path), TOPIC, hasher, limits=settings.limits):
        legs += legs_of(decoded.batch, names)
    legs = [
        leg
        for leg in legs
        if (from_ms is None or from_ms <= leg.rx_ts) and (to_ms is None or leg.rx_ts < to_ms)
    ]
    return traced(_clean(call_ref, hasher), legs)


def trace_on_topic(
    call_ref: str, from_ms: int, to_ms: int, settings: Settings, hasher: Hasher
) -> Traced:
    """The way of a call by the records on ``call.signalling`` that arrived in a window (ms).

    Records that the broker took before the window aren't read. Raises
    `streams.kafka.make_topics.KafkaUnavailable`.
    """
    names, legs = _names(call_ref, hasher), list[Leg]()
    with Topics(settings.kafka) as topics:
        for number in topics.numbers(TOPIC):
            for batch in _batches(topics, number, from_ms, settings, hasher):
                legs += [leg for leg in legs_of(batch, names) if from_ms <= leg.rx_ts < to_ms]
    return traced(_clean(call_ref, hasher), legs)


def lines(way: Traced) -> Iterator[bytes]:
    """A line of JSON for each point, the entry marked."""
    for leg in way.legs:
        more = {"call_ref": way.call_ref, "entry": leg is way.entry}
        yield msgspec.json.encode(more | msgspec.to_builtins(leg))


def table(way: Traced) -> list[str]:
    """The same for people, and a sentence on who handed the call over."""
    if not way.legs:
        return ["No point has recorded it."]
    shown = aligned([_COLUMNS, *map(attrgetter(*_COLUMNS), way.legs)])
    if way.entry is None:
        return [*shown, "No point has recorded it as coming from outside."]
    whom = way.handed_over_by or "a carrier that no record names"
    return [*shown, f"Handed over by {whom} at {way.entry.point} ({way.entry.ingress})."]


def _names(call_ref: str, hasher: Hasher) -> frozenset[str]:
    """The reference as somebody gives it: as an alert has it, or as a switch wrote it."""
    return frozenset({call_ref, hasher.pseudonym(call_ref), _clean(call_ref, hasher)})


def _clean(call_ref: str, hasher: Hasher) -> str:
    """A reference in which no number of a person stands, as it is decoded."""
    return str(hasher.texts(np.array([call_ref], dtype=np.object_))[0])


def _batches(
    topics: Topics, number: int, from_ms: int, settings: Settings, hasher: Hasher
) -> Iterator[Calls]:
    kept = []
    for record in topics.partition(TOPIC, number, from_ms):
        kept.append(record)
        if len(kept) == _AT_ONCE:
            yield decode(slice_of(kept, TOPIC, number, settings.limits), hasher).batch
            kept = []
    if kept:
        yield decode(slice_of(kept, TOPIC, number, settings.limits), hasher).batch
