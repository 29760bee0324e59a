"""The newest whole state of a partition of ``fbs.correlators``, sought from its end backwards.

Two workers may have written at once, since one that has lost its partition may not know it yet, and
either may have died over it. So pieces of several states may lie among each other.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from detectors.correlate.state import CorrelatorState
from streams.decode.topic_reader import Topics
from streams.kafka.aside.offset_reader import Where, kafka_of, read_backwards
from streams.kafka.stage_records import header
from streams.state.form import (
    MANIFEST,
    PIECE,
    Anew,
    BrokenStateError,
    Manifest,
    former,
    manifest_of,
    needed,
    unpacked,
)

TOPIC: Final = "fbs.correlators"
#: Records read at once: some ten MiB at most.
_AT_ONCE: Final = 32


@dataclass(frozen=True, slots=True)
class Found:
    """What a partition holds. ``state`` is ``None`` where there is none, or none that is whole.

    ``broken`` says of each newer one why it can't be taken up, the newest first; ``anew`` is what
    the state itself knows of an earlier one; ``stored_ms`` when it was written (the clock),
    ``bytes`` its packed length, ``form`` 1 for a state in one record.
    """

    state: CorrelatorState | None = None
    next_offset: dict[str, int] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    anew: Anew | None = None
    stored_ms: int = 0
    bytes: int = 0
    form: int = 0
    release: str = ""


class Search:
    """Takes records, the newest first, until a state is whole."""

    def __init__(self) -> None:
        self._pieces: dict[str, bytes] = {}
        self._open: list[tuple[Manifest, Any]] = []
        self._broken: dict[int, str] = {}

    def look(self, records: Iterable[Any]) -> Found | None:
        """Looks at older records than before; what was found, once it is."""
        for record in records:
            piece = header(record.headers, PIECE)
            if piece is not None:
                self._pieces[piece.decode("utf-8", "replace")] = record.value or b""
            elif header(record.headers, MANIFEST) is not None:
                self._note(record)
            elif not self._open:
                try:
                    return self._former(record)
                except BrokenStateError as error:
                    self._broken[record.offset] = str(error)
            if self._open and (found := self._whole(last=False)) is not None:
                return found
        return None

    def end(self) -> Found:
        """What was found when there are no older records."""
        while self._open:
            if (found := self._whole(last=True)) is not None:
                return found
        return Found(broken=self._reasons())

    def _note(self, record: Any) -> None:
        try:
            self._open.append((manifest_of(record), record))
        except BrokenStateError as error:
            self._broken[record.offset] = str(error)

    def _whole(self, last: bool) -> Found | None:
        """The newest of the states of which all pieces, or with ``last`` no more, are there."""
        while self._open:
            manifest, record = self._open[0]
            if not last and any(name not in self._pieces for name in needed(manifest)):
                return None
            del self._open[0]
            try:
                state = unpacked(manifest, self._pieces) if manifest.parts else None
            except BrokenStateError as error:
                self._broken[record.offset] = str(error)
                continue
            return Found(
                state,
                manifest.next_offset,
                self._reasons(),
                manifest.anew,
                record.timestamp,
                sum(part.size for part in manifest.parts),
                manifest.version,
                manifest.release,
            )
        return None

    def _former(self, record: Any) -> Found:
        state, next_offset = former(record)
        size = len(record.value or b"")
        return Found(state, next_offset, self._reasons(), None, record.timestamp, size, 1)

    def _reasons(self) -> tuple[str, ...]:
        return tuple(self._broken[offset] for offset in sorted(self._broken, reverse=True))


async def newest_state(where: Where, number: int) -> Found:
    """What a partition holds, for a worker."""
    search, name = Search(), kafka_of(where).name_of(TOPIC)
    parts: AsyncIterator[list[Any]] = read_backwards(where, name, number, _AT_ONCE)
    async for records in parts:
        if (found := search.look(reversed(records))) is not None:
            return found
    return search.end()


def look_up(topics: Topics, number: int) -> Found:
    """The same for whoever looks on."""
    search = Search()
    begin, end = topics.ends(TOPIC)[number]
    while begin < end:
        first = max(begin, end - _AT_ONCE)
        records = list(topics.range(TOPIC, number, first, end))
        if (found := search.look(reversed(records))) is not None:
            return found
        end = first
    return search.end()
