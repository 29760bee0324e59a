"""What a worker is decoding at this moment, where it is found after the worker has died of it.

A small file a worker, mapped into memory: to write a slot costs some microseconds, and the kernel
keeps it whatever becomes of the process. Nothing is flushed to disk, since only a death of the
process matters, none of the machine. A slot is set before some records of a partition are decoded
and cleared afterwards, but not where that raised an error, which ends the worker too. Who starts
later finds the files that nobody holds a lock on any more. They hold topics and offsets, nothing of
messages.
"""

import fcntl
import mmap
import os
import secrets
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from streams.kafka.settings import KafkaSettings

_SLOTS: Final = 32
_SLOT_BYTES: Final = 256
#: Whether it is set, partition, first and last offset, length of the topic's name.
_HEAD: Final = struct.Struct("<?qqqB")
_BYTES: Final = (_SLOTS + 1) * _SLOT_BYTES
#: A file of workers on another cluster goes when it is so old (s).
_FORGOTTEN_S: Final = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Span:
    """Offsets ``first`` to ``last`` of a partition; ``topic`` is its plain name."""

    topic: str
    partition: int
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.topic}, partition {self.partition}, offsets {self.first} to {self.last}"

    def meets(self, other: "Span") -> bool:
        """Whether both hold an offset of one partition."""
        same = (self.topic, self.partition) == (other.topic, other.partition)
        return same and self.first <= other.last and other.first <= self.last


#: How far work has come: anything that is another thing once some of it is done.
Progress = Callable[[], Hashable]


@dataclass(slots=True)
class Work:
    """What is being worked on: since which look, by which thread, and the processor time (s) that
    this had used when it began, or when the work was last seen to go on."""

    span: Span
    since: int
    thread: int
    used_s: float
    progress: Progress | None = None
    seen: Hashable = None

    def busy_s(self) -> float:
        """Processor time (s) that it has taken; the thread must be at it still."""
        return self._now_s() - self.used_s

    def look(self, look: int) -> None:
        """Begins to count anew where the work has gone on since the last look."""
        if self.progress is not None and (now := self.progress()) != self.seen:
            self.seen, self.since, self.used_s = now, look, self._now_s()

    def _now_s(self) -> float:
        return time.clock_gettime(time.pthread_getcpuclockid(self.thread))


class Journal:
    """The journal of this process. Without a ``folder``, or in one that can't be written to, it
    serves the watchdog alone; `kept` says whether it outlives the process."""

    def __init__(self, folder: Path | None, kafka: KafkaSettings) -> None:
        self._path: Path | None = None
        self._file: int | None = None
        self._memory = self._mapped(folder)
        self._memory[:_SLOT_BYTES] = _cluster(kafka).ljust(_SLOT_BYTES, b"\0")
        self._free = deque(range(1, _SLOTS + 1))
        self._work: dict[int, Work] = {}
        self._is_left = False
        #: How often the watchdog has looked.
        self.looks = 0

    @property
    def kept(self) -> bool:
        """Whether it is a file."""
        return self._path is not None

    @contextmanager
    def at_work(self, span: Span, progress: Progress | None = None) -> Iterator[None]:
        """Notes that a span is being worked on; the note stays where that raises. With ``progress``
        it may take as long as it goes on."""
        try:
            slot = self._free.pop()
        except IndexError:  # More at once than a worker ever does.
            yield
            return
        name, begin = span.topic.encode(), slot * _SLOT_BYTES
        head = (span.partition, span.first, span.last, len(name))
        self._memory[begin + _HEAD.size : begin + _HEAD.size + len(name)] = name
        _HEAD.pack_into(self._memory, begin, True, *head)
        thread, used_s = threading.get_ident(), time.thread_time()
        self._work[slot] = Work(span, self.looks, thread, used_s, progress)
        try:
            yield
        except BaseException:
            self._is_left = True
            raise
        else:
            self._memory[begin] = 0
        finally:
            del self._work[slot]
        self._free.append(slot)

    def at_hand(self) -> list[Work]:
        """What is being worked on."""
        return list(self._work.values())

    def close(self) -> None:
        """Takes the file away, in a stop in good order; but not what an error has left set."""
        if self._path is not None and not self._is_left:
            self._path.unlink(missing_ok=True)
        if self._file is not None:
            # The mapping has a handle of its own, and with it the lock.
            self._memory, mapped = mmap.mmap(-1, _BYTES), self._memory
            mapped.close()
            os.close(self._file)
            self._file = self._path = None

    def _mapped(self, folder: Path | None) -> mmap.mmap:
        if folder is not None:
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                name = f"journal-{secrets.token_hex(8)}"
                # Under another name until it is locked: else a worker that starts would take it.
                draft = folder / f".{name}"
                file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
                os.ftruncate(file, _BYTES)
                fcntl.flock(file, fcntl.LOCK_EX)
                draft.rename(folder / name)
                self._path, self._file = folder / name, file
                return mmap.mmap(file, _BYTES)
        return mmap.mmap(-1, _BYTES)


def left_behind(folder: Path, kafka: KafkaSettings) -> tuple[list[Span], list[Path]]:
    """What dead workers on this cluster were at when they died, and the files that say so, for the
    caller to take away."""
    spans: list[Span] = []
    files: list[Path] = []
    for path in sorted(folder.glob("journal-*")) if folder.is_dir() else ():
        with suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            content = file.read(_BYTES).ljust(_BYTES, b"\0")
            if content[:_SLOT_BYTES].rstrip(b"\0") == _cluster(kafka):
                spans += _spans(content)
                files.append(path)
            elif time.time() - os.fstat(file.fileno()).st_mtime > _FORGOTTEN_S:
                path.unlink(missing_ok=True)
    return spans, files


def _spans(content: bytes) -> Iterator[Span]:
    for begin in range(_SLOT_BYTES, _BYTES, _SLOT_BYTES):
        is_set, partition, first, last, length = _HEAD.unpack_from(content, begin)
        if is_set:
            name = content[begin + _HEAD.size : begin + _HEAD.size + length]
            yield Span(name.decode("utf-8", "replace"), partition, first, last)


def _cluster(kafka: KafkaSettings) -> bytes:
    """Names the topics that the journal is about: workers of several may share a folder."""
    return (
        blake2b(f"{kafka.bootstrap} {kafka.prefix}".encode(), digest_size=16).hexdigest().encode()
    )
