"""How many different names there were: a sketch of a few kilobytes, and sketches put together.

HyperLogLog of Apache DataSketches, 4,096 registers: the standard error is 1.6 %
(https://datasketches.apache.org/docs/HLL/HLL.html). Below some dozen names it is exact.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import datasketches

_LOG_REGISTERS: Final = 12
_TYPE: Final = datasketches.tgt_hll_type.HLL_8
#: A sketch of 4,096 registers of a byte has so many bytes and forty more.
_MOST_BYTES: Final = 8_192
#: Bounds at so many standard errors.
_ERRORS: Final = 2


class Count(NamedTuple):
    """How many there were, and between which bounds."""

    about: float
    low: float
    high: float


class Sketch:
    """Takes names, any of them as often as it likes.

    >>> one, other = Sketch(["a", "b"]), Sketch(["b", "c"])
    >>> round(merged([one.bytes(), other.bytes()]).about)
    3
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._sketch = datasketches.hll_sketch(_LOG_REGISTERS, _TYPE)
        self.add(names)

    def add(self, names: Iterable[str]) -> None:
        """Takes some names."""
        for name in names:
            self._sketch.update(name)

    def bytes(self) -> bytes:
        """What it is kept and sent as."""
        made: bytes = self._sketch.serialize_compact()
        return made


def merged(sketches: Iterable[bytes]) -> Count:
    """How many different names several have seen together. What is no sketch counts nothing."""
    union = datasketches.hll_union(_LOG_REGISTERS)
    for raw in sketches:
        if (sketch := _read(raw)) is not None:
            union.update(sketch)
    return Count(
        round(union.get_estimate(), 3),
        round(union.get_lower_bound(_ERRORS), 3),
        round(union.get_upper_bound(_ERRORS), 3),
    )


def is_sketch(raw: bytes) -> bool:
    """Whether bytes are a sketch.

    >>> is_sketch(Sketch().bytes()), is_sketch(b"none")
    (True, False)
    """
    return _read(raw) is not None


def _read(raw: bytes) -> "datasketches.hll_sketch | None":
    if len(raw) > _MOST_BYTES:
        return None
    try:
        return datasketches.hll_sketch.deserialize(raw)
    except (ValueError, RuntimeError, IndexError):
        return None
