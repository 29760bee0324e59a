"""What the operator lists, as the worker knows it: cells and numbers, read from their compacted
topics, kept up to date.

Before a chunk of messages is screened, the feed makes sure that it holds every row that was written
before; so a replay that sends the lists first is judged by these lists, at any speed.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import chain
from typing import TypeAlias

from aiokafka import TopicPartition

from detectors.model.columns import RegisterRows
from detectors.model.rare_messages import NumberRow
from detectors.numbers.book import NumberBook
from detectors.register.register import Register
from detectors.register.rows import joined
from streams.decode.codec import decode
from streams.decode.dead_letters import DeadLetter
from streams.decode.records import RecordSlice, pieces
from streams.guard.case import InputCase
from streams.guard.guard import Guard
from streams.kafka.aside.offset_reader import read_pieces
from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import LISTS
from streams.limits import DEFAULT, Limits
from streams.privacy.hasher import Hasher
from streams.signed.settings import TrustSettings
from streams.wire.answered import until_answered
from streams.wire.columns import Columns
from streams.wire.fetched_batches import AIOKafkaConsumer, fetch_columns
from streams.worker.inputs import list_columns, list_slice
from streams.worker.output import Output

#: Records that are decoded, and noted as being decoded, together.
_AT_ONCE = 5000
#: A broker answers as soon as there is anything, and else so late (ms): rows that come right after
#: others were read may wait for it. While there is nothing to read, nothing is asked.
_WAIT_MS = 200
_CELLS = "cell.register"

#: Rows of some records, by the list that they are of: cells, or numbers.
_Rows: TypeAlias = RegisterRows | list[NumberRow]


class RegisterFeed:
    """Follows the topics of `LISTS`. `current` is the only thing that its users need.

    ``numbers`` is what is known of numbers without the operator's list; where it is left out, the
    list of numbers isn't followed at all.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        hasher: Hasher,
        limits: Limits = DEFAULT,
        guard: Guard | None = None,
        stopping: Callable[[], bool] = lambda: False,
        numbers: NumberBook | None = None,
    ) -> None:
        self._kafka, self._hasher, self._limits, self._guard = kafka, hasher, limits, guard
        self._stopping = stopping
        self._topics = (_CELLS,) if numbers is None else LISTS
        self._consumer: AIOKafkaConsumer = None
        # Asks for ends only: one that fetches too would keep each question waiting behind a fetch.
        self._asker: AIOKafkaConsumer = None
        self._partitions: list[TopicPartition] = []
        self._register = Register.empty().with_numbers(numbers or NumberBook())
        self._lock = asyncio.Lock()
        #: How often `current` was called, and how many of these calls the last question came after.
        self._calls = self._answered = 0
        #: The ends that were read to.
        self._ends: dict[TopicPartition, int] = {}
        self.rejected = 0
        #: By topic and partition, up to where it was read.
        self.read_to: dict[tuple[str, int], int] = {}
        #: Likewise the first record of which something can't be read, and the last one; none where
        #: all can.
        self.unreadable: dict[tuple[str, int], tuple[int, int]] = {}

    async def start(self) -> None:
        """Connects, once a broker answers, and reads the topics to their ends."""
        # Made here, since aiokafka binds to the running event loop.
        self._consumer = AIOKafkaConsumer(
            **aiokafka_options(self._kafka),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=_WAIT_MS,
            max_partition_fetch_bytes=8 << 20,
        )
        self._asker = AIOKafkaConsumer(**aiokafka_options(self._kafka), enable_auto_commit=False)
        for client in (self._consumer, self._asker):
            await until_answered(client.start, self._stopping)
        names = list(map(self._kafka.name_of, self._topics))
        # Before anything is fetched: what a request is under way for comes as records.
        fetch_columns(self._consumer._fetcher, lambda: names)
        self._consumer.subscribe(names)
        while len({tp.topic for tp in self._consumer.assignment()}) < len(self._topics):
            # A broker may not know yet what was made a moment ago.
            await self._consumer._client.force_metadata_update()
            await asyncio.sleep(0.05)
        self._partitions = sorted(self._consumer.assignment())
        await self.current()

    async def stop(self) -> None:
        """Disconnects."""
        await self._consumer.stop()
        await self._asker.stop()

    async def current(self) -> Register:
        """The register with all that was written to the topics before this call; waits for a broker
        where none answers."""
        self._calls += 1
        call = self._calls
        async with self._lock:
            if call <= self._answered:
                return self._register
            calls = self._calls
            ends = await until_answered(
                lambda: self._asker.end_offsets(self._partitions), self._stopping
            )
            cells: list[RegisterRows] = []
            numbers: list[NumberRow] = []
            while ends != self._ends:
                behind = [
                    tp for tp in self._partitions if await self._consumer.position(tp) < ends[tp]
                ]
                if not behind:
                    break
                self._consumer.resume(*behind)
                fetched = await self._consumer.getmany(*behind, timeout_ms=1000)
                # At once, to rows: a million records as they come take most of a GiB.
                for tp, some in fetched.items():
                    records = Columns.joined(some)
                    for rows in await self._rows(self._plain(tp), tp.partition, records):
                        if isinstance(rows, RegisterRows):
                            cells.append(rows)
                        else:
                            numbers += rows
            if ends != self._ends:
                await self._rest(ends)
            self.read_to |= {(self._plain(tp), tp.partition): end for tp, end in ends.items()}
            if cells or numbers:
                self._register = await asyncio.to_thread(_grown, self._register, cells, numbers)
            self._ends, self._answered = ends, calls
            return self._register

    async def _rest(self, ends: dict[TopicPartition, int]) -> None:
        """Fetches nothing more of partitions that were read to their ends: an idle worker would ask
        for it five times a second. One that ends before where it was read to was made anew, which
        only a fetch finds out."""
        for tp in self._partitions:
            if await self._consumer.position(tp) == ends[tp]:
                self._consumer.pause(tp)
            else:
                self._consumer.resume(tp)

    def _plain(self, tp: TopicPartition) -> str:
        return str(tp.topic.removeprefix(self._kafka.prefix))

    async def _rows(self, topic: str, partition: int, records: Columns) -> list[_Rows]:
        parts = (records.part(at, at + _AT_ONCE) for at in range(0, len(records), _AT_ONCE))
        slices = [list_columns(part, topic, partition, self._limits) for part in parts]
        if self._guard is not None:
            slices = [await self._guard.examined(one, self._case) for one in slices]
        return await asyncio.to_thread(self._decoded, slices)

    def _decoded(self, slices: Sequence[RecordSlice]) -> list[_Rows]:
        batches: list[_Rows] = []
        for piece in chain.from_iterable(map(self._pieces, slices)):
            with nullcontext() if self._guard is None else self._guard.at_work(piece):
                decoded = decode(piece, self._hasher, self._limits)
            self._reject(decoded.dead)
            batches.append(decoded.batch)
        return batches

    def _reject(self, dead: Sequence[DeadLetter]) -> None:
        self.rejected += len(dead)
        for letter in dead:
            where, at = (letter.topic, letter.partition), letter.offset
            first, last = self.unreadable.get(where, (at, at))
            self.unreadable[where] = min(first, at), max(last, at)

    def _pieces(self, records: RecordSlice) -> Iterable[RecordSlice]:
        return pieces(records, self._limits) if self._guard is None else self._guard.pieces(records)

    def _case(self, records: RecordSlice) -> InputCase:
        trust, register = TrustSettings(), Register.empty()
        return InputCase(records, self._hasher, self._limits, trust, None, register)


def _grown(
    register: Register, cells: Sequence[RegisterRows], numbers: Sequence[NumberRow]
) -> Register:
    """With later rows. Partitions hold different cells and numbers, so only the order within each
    matters."""
    if cells:
        register = register.updated(joined(cells))
    return register.with_numbers(register.numbers.updated(numbers)) if numbers else register


class RegisterLetters:
    """Writes a dead letter of each row that can't be read, once: by the one worker that holds the
    first partition of the first input, which notes on ``fbs.guard`` how far it has come.

    The feed can't do it: each worker reads whole lists, at each start. But it says between which
    records something can't be read, and only these are read once more: of a list of a million rows
    that would take seconds of a processor.
    """

    def __init__(
        self, kafka: KafkaSettings, feed: RegisterFeed, hasher: Hasher, limits: Limits, guard: Guard
    ) -> None:
        self._kafka, self._feed, self._guard = kafka, feed, guard
        self._hasher, self._limits = hasher, limits
        self._is_ours = False

    async def write_due(self, is_ours: bool, output: Output, stopping: Callable[[], bool]) -> None:
        """Writes those of rows that the feed has read since; ``is_ours`` where it is this worker
        that does it now. A broker that is away is waited for, unless the worker is ``stopping``."""
        before, self._is_ours = self._is_ours, is_ours
        if not is_ours:
            return
        known = self._guard.known
        if not before:
            await until_answered(self._guard.refresh, stopping)
        for (topic, number), end in list(self._feed.read_to.items()):
            first = known.lettered.get((topic, number), 0)
            if first > end:  # The topic was made anew.
                first = 0
            if first == end:
                continue
            sliced = partial(list_slice, topic=topic, partition=number, limits=self._limits)
            name = self._kafka.name_of(topic)
            some = self._due(topic, number, first, end)
            async for records in read_pieces(self._guard.aside, name, number, *some, stopping):
                letters = await asyncio.to_thread(self._letters, known.marked(sliced(records)))
                await output.write_letters(letters)
            await output.write_notes(known.note_lettered(topic, number, end))

    def _due(self, topic: str, number: int, first: int, end: int) -> tuple[int, int]:
        """Between which of these offsets all lie that letters are due of. What a worker died on may
        be elsewhere: the feed may have read it before that was known."""
        if self._guard.known.knows_of(topic, number):
            return first, end
        begin, last = self._feed.unreadable.get((topic, number), (end, end))
        return max(first, begin), min(end, last + 1)

    def _letters(self, rows: RecordSlice) -> list[DeadLetter]:
        with self._guard.at_work(rows):
            return decode(rows, self._hasher, self._limits).dead
