"""On the path of a worker, and of the processes that it starts: some values end who decodes them.

Python imports a module of this name when it starts.
"""

import ctypes
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from detectors.correlate.lifecycle import Lifecycle
from streams.decode import topic_reader
from streams.decode.json import rows
from streams.decode.json.rows import JsonReader
from streams.kafka import stage_records

#: An honest record, that decoding waits at until the file of this variable is there.
WAITS, GO = b"[\t\n\t\n\t]", "TEST_GO"
HANGS, ENDS, BETWEEN = b"a-record-that-hangs", b"a-record-that-ends", b"a-finding-that-ends"


#: The pseudonym of a phone: what is found of it can be read, but not worked off.
TAKEN = "all-that-is-found-of-it-ends"


def _look(value: bytes | None) -> None:
    while value == WAITS and not Path(os.environ[GO]).exists():
        time.sleep(0.05)
    if value is not None and HANGS in value:
        # Python's lock is held for as long as this takes.
        re.fullmatch("(a+)+", "a" * 64 + "b")
    if value is not None and (ENDS in value or BETWEEN in value):
        ctypes.string_at(0)


def _looking_at_all(read: Callable[..., Any]) -> Callable[..., Any]:
    def reading(self: Any, values: Any, *rest: Any) -> Any:
        for value in values:
            _look(value)
        return read(self, values, *rest)

    return reading


def _looking(decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def decoding(value: bytes) -> Any:
        _look(value)
        return decode(value)

    return decoding


def _looking_at_findings(take: Callable[..., Any]) -> Callable[..., Any]:
    def taking(self: Any, zone: Any, item: Any) -> Any:
        if item.finding.who == TAKEN:
            ctypes.string_at(0)
        return take(self, zone, item)

    return taking


Lifecycle.take = _looking_at_findings(Lifecycle.take)  # type: ignore[method-assign]
setattr(topic_reader, "array_items", _looking(rows.array_items))  # noqa: B010 - it is imported there
JsonReader.read = _looking_at_all(JsonReader.read)  # type: ignore[method-assign]
decode_finding = stage_records.decode_finding
# A process that is forked has imported it elsewhere already.
for module in [one for one in sys.modules.values() if hasattr(one, "__dict__")]:
    if vars(module).get("decode_finding") is decode_finding and module.__name__ != __name__:
        setattr(module, "decode_finding", _looking(decode_finding))  # noqa: B010 - of any module
