"""When the lines of a trace arrived: the stand-in for arrival times that a trace doesn't have.

It is the running maximum of ``ts`` down the file. A single line more than a day ahead of both its
neighbours (the nearest lines with a readable ``ts``) doesn't count into it. The first line is
compared with the one after it alone; the last one counts, since a trace may end with a long pause.
Lines without a readable ``ts`` arrive with the line before them, at a file's beginning with the
first that counts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final, TypeVar

import msgspec
import numpy as np

from detectors.model.columns import I8
from streams.decode.raw_rows import RawRows
from streams.decode.schema import RX_TS

#: "No readable time" in a column of times.
NO_TIME: Final = -(2**63)
_DAY_MS: Final = 86_400_000
#: Times beyond this don't fit a double exactly, and are none.
_LARGEST: Final = 2**53

#: A line without any of these says nothing of when it arrived.
_RX_TS: Final = (b"rx_ts", b"\\")

Chunk = TypeVar("Chunk")


class _Times(msgspec.Struct, gc=False):
    """The two times of a message, whatever they are; everything else is skipped."""

    ts: Any = None
    rx_ts: Any = None


def times_of_rows(values: Sequence[bytes], rows: RawRows) -> tuple[I8, I8]:
    """As `times_of_lines`, of lines that were read to rows: only what rows don't say is looked for
    in lines."""
    times = np.full((2, len(values)), NO_TIME, dtype=np.int64)
    for place, name in enumerate(("ts", "rx_ts")):
        if name in rows.columns:
            column = rows.columns[name]
            given = (np.abs(column) < _LARGEST) & (np.floor(column) == column)
            times[place, rows.record[given]] = column[given]
    unsure = np.flatnonzero((times == NO_TIME).any(axis=0)).tolist()
    lines = list(values) if unsure else []
    again = [
        place
        for place in unsure
        if times[0, place] == NO_TIME or any(part in lines[place] for part in _RX_TS)
    ]
    times[:, again] = times_of_lines([lines[place] for place in again])
    return times[0], valid_arrivals(times[1])


def times_of_lines(values: Iterable[bytes]) -> tuple[I8, I8]:
    """``ts`` and ``rx_ts`` of JSON lines, `NO_TIME` where they are no whole numbers."""
    decode = msgspec.json.Decoder(_Times).decode
    times: list[int] = []
    for value in values:
        try:
            found = decode(value)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            times += (NO_TIME, NO_TIME)
            continue
        times += (_whole(found.ts), _whole(found.rx_ts))
    table = np.array(times, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], valid_arrivals(table[:, 1])


def valid_arrivals(rx_ts: I8) -> I8:
    """Arrival times as messages may carry them; others become `NO_TIME`."""
    return np.where(rx_ts <= RX_TS.high, rx_ts, NO_TIME)


def with_arrivals(
    chunks: Callable[[], Iterator[tuple[Chunk, I8]]],
) -> Iterator[tuple[Chunk, I8]]:
    """Each chunk of a file with the stand-in arrival times of its rows.

    ``chunks`` reads the file from its start and gives the ``ts`` of each chunk (`NO_TIME` where
    there is none); where the first chunk doesn't show the first time, it is called a second time
    to find that. A chunk is held back only while whether its last readable line counts depends on
    the lines that follow.
    """
    stream = chunks()
    first = list(islice(stream, 1))
    is_enough = sum(int((ts != NO_TIME).sum()) for _, ts in first) >= 2
    top = _first_that_counts(ts for _, ts in (first if is_enough else chunks()))
    before: int | None = None
    held: list[tuple[Chunk, I8]] = []
    for chunk in chain(first, stream):
        held.append(chunk)
        ts = np.concatenate([ts for _, ts in held])
        last = ts[ts != NO_TIME].tolist()[-2:]
        last_two = last if before is None or len(last) > 1 else [before, *last]
        if last and (len(last_two) < 2 or last_two[1] - last_two[0] > _DAY_MS):
            continue
        arrivals = _arrivals(ts, before, top)
        yield from _parted(held, arrivals)
        top, held = int(arrivals[-1]) if len(arrivals) else top, []
        before = last[-1] if last else before
    if held:
        yield from _parted(held, _arrivals(np.concatenate([ts for _, ts in held]), before, top))


def _first_that_counts(chunks: Iterable[I8]) -> int:
    """The time of the first line that counts; 0 where no line has any."""
    first_two: list[int] = []
    for ts in chunks:
        first_two += ts[ts != NO_TIME][:2].tolist()
        if len(first_two) >= 2:
            return first_two[1] if first_two[0] - first_two[1] > _DAY_MS else first_two[0]
    return first_two[0] if first_two else 0


def _arrivals(ts: I8, before: int | None, top: int) -> I8:
    """Running maximum from ``top`` on; ``before`` is the readable time before these."""
    readable = np.flatnonzero(ts != NO_TIME)
    times = ts[readable]
    ahead = np.ones((2, len(times)), dtype=np.bool_)
    ahead[0, 1:] = np.diff(times) > _DAY_MS
    if before is not None:
        ahead[0, :1] = times[:1] - before > _DAY_MS
    ahead[1, :-1] = -np.diff(times) > _DAY_MS
    ahead[1, -1:] = False
    counted = ts.copy()
    counted[readable[ahead.all(axis=0)]] = NO_TIME
    return np.maximum(np.maximum.accumulate(counted), top)


def _parted(held: list[tuple[Chunk, I8]], arrivals: I8) -> Iterator[tuple[Chunk, I8]]:
    ends = np.cumsum([len(ts) for _, ts in held])[:-1]
    for (chunk, _), part in zip(held, np.split(arrivals, ends), strict=True):
        yield chunk, part


def _whole(value: object) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST:
        return value
    return NO_TIME
