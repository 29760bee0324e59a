"""Cases that need little to be begun, as the process that tries them finds them."""

import ctypes
import os
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streams.decode.records import RecordSlice
from streams.guard.case import RecordsCase

#: What a process keeps between records.
KEPT: list[bytes] = []


@dataclass
class ShortCase(RecordsCase):
    """Records that do what they hold. ``killed`` is a file: as long as it has bytes, a process is
    killed from outside for each, at ``b"killed"``."""

    killed: str = ""
    unable: bool = False

    def begin(self) -> None:
        if self.unable:
            raise MemoryError

    def step(self, record: RecordSlice) -> None:
        (value,) = record.values
        if value == b"hang":
            re.fullmatch("(a+)+", "a" * 64 + "b")
        elif value == b"sleep":
            time.sleep(3600)
        elif value == b"segv":
            ctypes.string_at(0)
        elif value == b"memory":
            held = [b"%d" % place * (1 << 20) for place in range(200)]
            time.sleep(3600)
            print(held)
        elif value in (b"keep", b"spoil"):
            KEPT.append(value * (3 << 20))
        elif value == b"spoilt" and any(held.startswith(b"spoil") for held in KEPT):
            raise ValueError
        elif value in (b"SIGTERM", b"SIGINT"):
            os.kill(os.getpid(), signal.Signals[value.decode()])
        elif value == b"raise":
            raise ValueError("4600012345" + "67890")
        elif value == b"killed" and (left := Path(self.killed).read_bytes()):
            Path(self.killed).write_bytes(left[1:])
            os.kill(os.getpid(), signal.SIGKILL)


def records(*values: bytes) -> RecordSlice:
    """Records with these values."""
    zeros = np.zeros(len(values), dtype=np.int64)
    return RecordSlice("cell.measurements", 0, list(range(len(values))), list(values), zeros)
