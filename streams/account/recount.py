"""One input partition, counted anew by the decoder that workers use.

How many messages a record holds is counted a second time beside the decoder, so that a message of
which it made neither a row nor a letter is found.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec
import numpy as np

from detectors.model.columns import I8
from streams.account.letters import Letters
from streams.account.tally import Place, Tally
from streams.decode.arrow.stream import read_stream
from streams.decode.dead_letters import DeadLetter
from streams.decode.raw_rows import Fault
from streams.decode.records import ARROW, Decoded, RecordSlice, arrivals_of, pieces
from streams.kafka.stage_records import (
    CONTENT_TYPE,
    END,
    arrival_ms,
    header,
    is_publishers_watermark,
    latest_ms,
)
from streams.limits import Limits
from streams.worker.watermarks import WatermarkTracker

#: Records that are looked at together: so many, or of so many bytes.
_RUN_RECORDS, _RUN_BYTES = 2_000, 4 << 20
#: A record that stood in its partition before, within so many records, is a repeat.
REPEAT_RECORDS: Final = 100_000
_ITEMS: Final = msgspec.json.Decoder(list[msgspec.Raw])

Read = Callable[[RecordSlice], Decoded[Any]]
Sliced = Callable[[Sequence[Any]], RecordSlice]


class Recount:
    """Counts into ``tally``, and takes out of ``letters`` those that have to be there.

    ``cut`` says that the oldest letters were deleted. Without ``tracker``, as for the register,
    nothing is late or repeated, nothing waits, and letters may be missing, or be left of rows that
    newer ones have replaced.
    """

    def __init__(
        self,
        tally: Tally,
        letters: Letters,
        read: Read,
        sliced: Sliced,
        limits: Limits,
        tracker: WatermarkTracker | None,
        cut: bool = False,
    ) -> None:
        self._tally, self._letters, self._read, self._sliced = tally, letters, read, sliced
        self._limits, self._tracker, self._cut = limits, tracker, cut
        self._seen: dict[bytes, None] = {}

    def count(self, records: Iterable[Any]) -> None:
        """Counts all records of the partition, in order."""
        for run in _runs(records):
            self._count(run)
        if self._tracker is not None:
            self._letters.leave(self._tally)

    def _count(self, run: Sequence[Any]) -> None:
        offsets, arrivals, letters = self._decoded(run)
        tally, tracked = self._tally, self._tracker is not None
        done_to = tally.committed or 0
        late = self._late(run, offsets, arrivals)
        again = np.isin(offsets, [one.offset for one in run if tracked and self._is_repeat(one)])
        done = offsets < done_to if tracked else np.ones(len(offsets), dtype=np.bool_)
        tally.used += int(np.count_nonzero(done & ~late & ~again))
        tally.late += int(np.count_nonzero(done & late & ~again))
        tally.repeated += int(np.count_nonzero(done & again))
        tally.waiting += int(np.count_nonzero(~done))
        dead: dict[int, list[DeadLetter]] = {}
        for letter in letters:
            dead.setdefault(letter.offset, []).append(letter)
            self._hold(letter, not tracked or letter.offset < done_to)
        named, counts = np.unique(offsets, return_counts=True)
        rows = dict(zip(named.tolist(), counts.tolist(), strict=True))
        for record in run:
            own = dead.get(record.offset, [])
            known = rows.get(record.offset, 0) + sum(letter.messages for letter in own)
            refused = any(letter.index is None and letter.messages == 1 for letter in own)
            # What a record holds that was refused as a whole nobody knows: it counts as one.
            due = known if refused and known == 1 else messages_in(record, self._limits)
            tally.produced += due
            if due != known:
                place = Place(tally.topic, tally.partition, record.offset)
                tally.unaccounted.add(place, f"of {due} messages {known} are accounted for")

    def _decoded(self, run: Sequence[Any]) -> tuple[I8, I8, list[DeadLetter]]:
        """The offset and arrival of each message that can be read, and the letters."""
        offsets: list[I8] = [np.zeros(0, dtype=np.int64)]
        arrivals: list[I8] = [np.zeros(0, dtype=np.int64)]
        letters: list[DeadLetter] = []
        for piece in pieces(self._sliced(run), self._limits):
            decoded = self._read(piece)
            batch = decoded.batch
            if self._tracker is not None:
                arrivals.append(arrivals_of(batch))
            offsets.append(
                np.array([one.source.offset for one in batch], dtype=np.int64)
                if isinstance(batch, list)
                else batch.offset
            )
            letters += decoded.dead
        return np.concatenate(offsets), np.concatenate(arrivals), letters

    def _hold(self, letter: DeadLetter, done: bool) -> None:
        """Holds a letter that is due against those that are there."""
        tally, place = self._tally, _place_of(letter)
        if done:
            tally.dead += letter.messages
            tally.reasons[letter.reason] = tally.reasons.get(letter.reason, 0) + letter.messages
        else:
            tally.waiting += letter.messages
        there = self._letters.take(place, letter.reason)
        if self._tracker is None:
            tally.letters += there
            return
        if not done:
            # A worker writes letters before it commits, so one may be there.
            return
        tally.letters += there
        if not there and self._letters.was_kept(place, self._cut):
            tally.missing.add(place, letter.reason)
        elif not there:
            tally.unknown += 1

    def _late(self, run: Sequence[Any], offsets: I8, arrivals: I8) -> Any:
        """Which messages came after what those before them had promised."""
        tracker = self._tracker
        late = np.zeros(len(offsets), dtype=np.bool_)
        if tracker is None:
            return late
        begin = 0
        for record in run:
            if is_publishers_watermark(record.value, record.headers):
                end = int(np.searchsorted(offsets, record.offset))
                late[begin:end] = tracker.overtaken(arrivals[begin:end])
                begin = end
                until_ms = arrival_ms(record.headers, 0)
                if until_ms <= latest_ms(record.headers, record.timestamp, self._limits):
                    tracker.promise(until_ms, header(record.headers, END) is not None)
        late[begin:] = tracker.overtaken(arrivals[begin:])
        return late

    def _is_repeat(self, record: Any) -> bool:
        key = record.key or b""
        digest = blake2b(b"%d/%b" % (len(key), key), digest_size=16)
        digest.update(record.value or b"")
        name = digest.digest()
        if name in self._seen:
            return True
        self._seen[name] = None
        if len(self._seen) > REPEAT_RECORDS:
            del self._seen[next(iter(self._seen))]
        return False


def messages_in(record: Any, limits: Limits) -> int:
    """How many messages a record holds: items of an array, rows of a batch; else it is one."""
    value = record.value
    if value is None:
        return 1
    kind = (header(record.headers, CONTENT_TYPE) or b"").decode("utf-8", "replace")
    if kind.partition(";")[0].strip().lower() == ARROW:
        table = read_stream(value, limits)
        return 1 if isinstance(table, Fault) else int(table.num_rows)
    if value.lstrip(b" \t\r\n")[:1] == b"[":
        try:
            return len(_ITEMS.decode(value))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return 1
    return 1


def _place_of(letter: DeadLetter) -> Place:
    return Place(letter.topic, letter.partition, letter.offset, letter.index)


def _runs(records: Iterable[Any]) -> Iterator[list[Any]]:
    run: list[Any] = []
    size = 0
    for record in records:
        run.append(record)
        size += len(record.value or b"")
        if len(run) >= _RUN_RECORDS or size >= _RUN_BYTES:
            yield run
            run, size = [], 0
    if run:
        yield run
