"""On the path of processes that try a correlator's turn: some findings end who works them off.

Python imports a module of this name when it starts.
"""

import ctypes
import re
from typing import Any

import msgspec

from detectors.correlate.lifecycle import Lifecycle

#: Pseudonyms of phones. Of the last one the finding itself is worked off, and time then isn't.
HANGS, ENDS, RAISES, SPOILS = "it-hangs", "it-ends", "it-raises", "it-spoils"  # `test_turns.py`

_take, _pass_time = Lifecycle.take, Lifecycle.pass_time


def _taking(self: Lifecycle, zone: Any, item: Any) -> Any:
    if item.finding.who == HANGS:
        re.fullmatch("(a+)+", "a" * 64 + "b")
    if item.finding.who == ENDS:
        ctypes.string_at(0)
    if item.finding.who == RAISES:
        raise ArithmeticError
    return _take(self, zone, item)


def _passing(self: Lifecycle, zone: Any, now_ms: int) -> Any:
    if any(SPOILS in repr(msgspec.msgpack.encode(incident)) for incident in zone.incidents):
        raise ArithmeticError
    return _pass_time(self, zone, now_ms)


Lifecycle.take = _taking  # type: ignore[method-assign]
Lifecycle.pass_time = _passing  # type: ignore[method-assign]
