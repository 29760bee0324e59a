"""On the path of a console, and of processes that it starts: some records end who takes them in.

Python imports a module of this name when it starts.
"""

import ctypes
import re
from collections.abc import Callable, Sequence
from typing import Any

from field.console.store import Record
from field.console.store.intake.taking import TAKERS

HANGS, ENDS = b"a-record-that-hangs", b"a-record-that-ends"  # `test_intake_guard.py`


def _looking(take: Callable[[Any, Sequence[Record]], None]) -> Any:
    def taking(work: Any, records: Sequence[Record]) -> None:
        for one in records:
            if one.value is not None and HANGS in one.value:
                # Python's lock is held for as long as this takes.
                re.fullmatch("(a+)+", "a" * 64 + "b")
            if one.value is not None and ENDS in one.value:
                ctypes.string_at(0)
        take(work, records)

    return taking


TAKERS.update({topic: _looking(take) for topic, take in TAKERS.items()})
