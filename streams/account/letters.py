"""The dead letters that are there, on disk while an account is made: there may be millions.

All letters of an input partition have one key, so they lie in one partition of ``dead.letters``, in
the order in which they were written.
"""

import sqlite3
from collections.abc import Collection
from typing import Any, Final

import msgspec

from streams.account.tally import Named, Place, Tally
from streams.decode.dead_letters import OF_CORRELATORS
from streams.kafka.topics import BETWEEN

_WHOLE: Final = -1
_SCHEMA: Final = """
    CREATE TABLE letters (topic TEXT, partition INT, offset INT, place INT, reason TEXT,
    PRIMARY KEY (topic, partition, offset, place, reason)) WITHOUT ROWID
"""
_SAME: Final = "topic = ? AND partition = ? AND offset = ? AND place = ? AND reason = ?"
#: SQLite's integers.
_MOST: Final = 2**63 - 1


class _Letter(msgspec.Struct):
    """What is compared of a letter."""

    topic: str
    partition: int
    offset: int
    index: int | None
    reason: str


_DECODER: Final = msgspec.json.Decoder(_Letter)


class Letters:
    """``inputs`` are the partitions that there are, by plain topic name."""

    def __init__(self, inputs: Collection[tuple[str, int]]) -> None:
        # A database of its own without a name lies on disk, and is gone with the connection.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(_SCHEMA)
        self._database.execute("BEGIN")
        self._inputs = frozenset(inputs)
        #: By input partition, the first letter that is kept where older ones were deleted.
        self._oldest: dict[tuple[str, int], tuple[int, int]] = {}
        self.repeated = 0
        self.strange = Named()

    def close(self) -> None:
        """Forgets all."""
        self._database.close()

    def put(self, record: Any) -> None:
        """Takes in a record of ``dead.letters``, in the order of its partition."""
        try:
            letter = _DECODER.decode(record.value or b"")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.strange.add(f"dead.letters/{record.partition} offset {record.offset}", "no letter")
            return
        if letter.topic in BETWEEN or letter.reason in OF_CORRELATORS:
            return  # Of what no account is made: it came from workers.
        index = _WHOLE if letter.index is None else letter.index
        whole = max(abs(letter.offset), abs(index)) <= _MOST
        if (letter.topic, letter.partition) not in self._inputs or not whole:
            place = f"dead.letters/{record.partition} offset {record.offset}"
            self.strange.add(place, "it names no partition that workers read")
            return
        self._oldest.setdefault((letter.topic, letter.partition), (letter.offset, index))
        row = (letter.topic, letter.partition, letter.offset, index, letter.reason)
        done = self._database.execute("INSERT OR IGNORE INTO letters VALUES (?, ?, ?, ?, ?)", row)
        self.repeated += not done.rowcount

    def take(self, place: Place, reason: str) -> bool:
        """Takes a letter out; whether it was there."""
        index = _WHOLE if place.index is None else place.index
        row = (place.topic, place.partition, place.offset, index, reason)
        return bool(self._database.execute(f"DELETE FROM letters WHERE {_SAME}", row).rowcount)

    def was_kept(self, place: Place, cut: bool) -> bool:
        """Whether a letter would still be there had it been written.

        With ``cut`` the oldest of its partition were deleted, so only one behind the first that is
        kept would be.
        """
        if not cut:
            return True
        oldest = self._oldest.get((place.topic, place.partition))
        index = _WHOLE if place.index is None else place.index
        return oldest is not None and (place.offset, index) > oldest

    def leave(self, tally: Tally) -> None:
        """Notes what is left of a partition: letters that nothing there gives rise to."""
        rows = self._database.execute(
            "SELECT offset, place, reason FROM letters WHERE topic = ? AND partition = ?",
            (tally.topic, tally.partition),
        )
        for offset, index, reason in rows:
            place = Place(tally.topic, tally.partition, offset, None if index < 0 else index)
            if 0 <= offset < tally.first:
                tally.beyond += 1
            elif 0 <= offset < tally.end:
                tally.extra.add(place, f"the message there is no dead letter of {reason!r}")
            else:
                tally.extra.add(place, "there is no such record")
