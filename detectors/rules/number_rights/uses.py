"""By which trunks lines were used, as it is sent: of each line of a half-minute the line, whose row
it has, and how it was used."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pybase64 import b64decode, b64encode_as_string

from detectors.features.calls.windows import Windows
from detectors.rules.number_rights.own_trunks import OwnTrunks

#: Rows of uses: a line and its owner by 32 bits each, and `IS_OWN` .. `IS_BUSY`.
U4: Final = np.dtype("<u4")
IS_OWN, IS_ONNET, IS_PLAIN, IS_BUSY = 1, 2, 4, 8
_COLUMNS: Final = 3
#: Uses of one observation: less than half of what a record between the stages may have.
_MOST: Final = 8_192


class Use(NamedTuple):
    """A line of which trunks are listed, and what it was used by: a trunk of its own or not, the
    operator's or another's; whether it rings as offices do, or many strangers."""

    line: int
    owner: int
    is_own: bool
    is_onnet: bool
    is_plain: bool
    is_busy: bool


@dataclass(slots=True)
class Screening:
    """Of one partition: who used a trunk of their own of late, and uses that weren't sent yet."""

    own: OwnTrunks = field(default_factory=OwnTrunks)
    windows: Windows[NDArray[np.uint32]] = field(default_factory=Windows)


def packed(parts: Iterable[NDArray[np.uint32]]) -> Iterator[str]:
    """Uses of a window as texts, each once and in one order, for `unpacked`."""
    every = list(parts)
    if not every:
        return
    uses = np.unique(np.concatenate(every), axis=0)
    for begin in range(0, len(uses), _MOST):
        yield b64encode_as_string(uses[begin : begin + _MOST].astype(U4).tobytes())


def unpacked(text: str) -> list[Use]:
    """What `packed` has packed.

    Raises ValueError for what it never gives.

    >>> unpacked(*packed([np.array([[7, 8, IS_OWN | IS_PLAIN]], dtype=np.uint32)]))[0].is_plain
    True
    """
    raw = b64decode(text, validate=True)
    if len(raw) % (_COLUMNS * U4.itemsize):
        raise ValueError("three columns of four bytes each")
    rows = np.frombuffer(raw, dtype=U4).reshape(-1, _COLUMNS).tolist()
    bits = IS_OWN, IS_ONNET, IS_PLAIN, IS_BUSY
    return [Use(line, owner, *(bool(marks & bit) for bit in bits)) for line, owner, marks in rows]
