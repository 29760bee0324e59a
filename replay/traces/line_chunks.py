"""The lines of a file in chunks, as the bytes they are: plain ones without an object for each."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from detectors.model.columns import I8
from streams.wire.values import Values, chained

_NEWLINE, _SPACE = ord("\n"), ord(" ")
#: What some programs put before the first line of a text in UTF-8; it belongs to no line.
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class NumberedLines(NamedTuple):
    """Lines without their ends, blank ones left out; numbers count from 1, blank lines too."""

    numbers: I8
    values: Sequence[bytes]


def line_chunks(blocks: Iterable[bytes], chunk_rows: int) -> Iterator[NumberedLines]:
    """The lines of a file that is read in blocks, so many in a chunk. What is behind the end of the
    last line counts as one."""
    waiting: list[NumberedLines] = []
    number = 1
    for lines in _whole_lines(_without_mark(iter(blocks))):
        piece, count = _piece(lines, number)
        number += count
        waiting.append(piece)
        there = sum(len(each.numbers) for each in waiting)
        if there >= chunk_rows:
            numbers, values = _joined(waiting)
            whole = there - there % chunk_rows
            for at in range(0, whole, chunk_rows):
                chunk = slice(at, at + chunk_rows)
                yield NumberedLines(numbers[chunk], values[chunk])
            waiting = [NumberedLines(numbers[whole:], values[whole:])]
    rest = _joined(waiting)
    if len(rest.numbers):
        yield rest


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a file up to the last end of a line in each block."""
    rest = b""
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end]
            rest = block[end:]
        else:
            rest += block
    if rest:
        yield rest + b"\n"


def _without_mark(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The bytes of a file from where its lines begin."""
    start = b""
    for block in blocks:
        start += block
        if len(start) >= len(_BYTE_ORDER_MARK):
            break
    yield start.removeprefix(_BYTE_ORDER_MARK)
    yield from blocks


def _piece(lines: bytes, number: int) -> tuple[NumberedLines, int]:
    """Whole lines, from that of a number on; how many there are, blank ones too."""
    memory = np.frombuffer(lines, dtype=np.uint8)
    ends = np.flatnonzero(memory == _NEWLINE)
    begins = np.append(0, ends[:-1] + 1)
    count = len(ends)
    if b"\r" not in lines and not (memory[begins] <= _SPACE).any():
        return NumberedLines(np.arange(number, number + count), Values.of(memory, ends)), count
    # Some may be blank, or end as in files of Windows.
    each = [line.removesuffix(b"\r") for line in lines[:-1].split(b"\n")]
    given = [place for place, line in enumerate(each) if line.strip()]
    numbers = number + np.array(given, dtype=np.int64)
    return NumberedLines(numbers, [each[place] for place in given]), count


def _joined(pieces: list[NumberedLines]) -> NumberedLines:
    numbers = [np.zeros(0, dtype=np.int64), *(piece.numbers for piece in pieces)]
    return NumberedLines(np.concatenate(numbers), chained(piece.values for piece in pieces))
