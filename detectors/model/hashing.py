"""Numbers mixed from other numbers: samples chosen by content, and keys that are only compared.

A sample by content is the same in every run, whatever the partitions and pseudonyms. All mixing is
Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): a product with 2^64 over the
golden ratio, whose high bits depend on all bits of the number. Products wrap around on purpose.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, I8, Bool, Text

U8: TypeAlias = NDArray[np.uint64]

_GOLDEN: Final[Any] = np.uint64(0x9E3779B97F4A7C15)
_GOLDEN_SHORT: Final = np.int64(0x9E3779B97F4A7C1)
_PRIME: Final = np.int64(1_000_003)
_SECOND: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_LETTERS: Final = "S32"
_WORD_BYTES: Final = 8


def is_sampled(one_in: int, ts_ms: I8, *columns: Any) -> Bool:
    """A fixed sample of rows, one in so many, by their time and other numbers."""
    mixed = ts_ms.astype(np.uint64)
    for column in columns:
        mixed = mixed * _GOLDEN ^ column.astype(np.int64).astype(np.uint64)
    mixed = mixed * _GOLDEN
    sampled: Bool = (mixed >> np.uint64(40)) % np.uint64(one_in) == 0
    return sampled


def is_place_sampled(one_in: int, ts_ms: I8, lat: F8, lon: F8) -> Bool:
    """A fixed sample of placed rows (degrees), about one in so many; none without a place.

    >>> where = np.full(1000, 39.9)
    >>> drawn = is_place_sampled(10, np.arange(1000, dtype=np.int64), where, where)
    >>> 50 < drawn.sum() < 150
    np.True_
    """
    drawn: Bool = place_numbers(ts_ms, lat, lon) % np.uint64(one_in) == 0
    return drawn & ~np.isnan(lat + lon)


def place_numbers(ts_ms: I8, lat: F8, lon: F8) -> U8:
    """A number of each row by its time and place (degrees), by which `is_place_sampled` draws."""
    place = (lat + 90.0) * 1e6 + (lon + 180.0) * 1e3
    whole = np.where(np.isnan(place), 0.0, place).astype(np.uint64)
    mixed = (ts_ms.astype(np.uint64) ^ whole << np.uint64(20)) * _GOLDEN
    mixed = (mixed ^ mixed >> np.uint64(32)) * _GOLDEN
    numbers: U8 = mixed >> np.uint64(33)
    return numbers


def slots_of(one: I8, other: I8, bits: int) -> I8:
    """A slot of a table of ``2 ** bits`` for each pair of numbers."""
    mixed = one.astype(np.uint64) * _GOLDEN ^ other.astype(np.uint64) * _SECOND
    mixed = (mixed ^ mixed >> np.uint64(29)) * _GOLDEN
    slots: I8 = (mixed >> np.uint64(64 - bits)).astype(np.int64)
    return slots


def joined(*columns: I8) -> I8:
    """One number for several, for comparing: a mix, not a packing."""
    mixed: I8 = columns[0]
    for column in columns[1:]:
        mixed = mixed * _PRIME + column
    return mixed


def scattered(one: I8, other: I8) -> I8:
    """As `joined`, of two; its low bits depend on all of both."""
    mixed = joined(one, other) * _GOLDEN_SHORT
    return np.asarray(mixed ^ mixed >> np.int64(29))


def number_of(who: str) -> int:
    """A phone as a short number: two that share one only count as one."""
    return crc32(who.encode())


def numbers_of(names: Iterable[str]) -> list[int]:
    """As `number_of`, of many.

    >>> numbers_of(["a", "b"]) == [number_of("a"), number_of("b")]
    True
    """
    return list(map(crc32, map(str.encode, names)))


def text_numbers(texts: Text) -> U8:
    """A number of each text, mixed well; texts that share their first 32 characters have the same,
    ``None`` and "None" too. Pseudonyms have 26.

    >>> numbers = text_numbers(np.array(["a", "b", "a", "\u00e4"], dtype=object))
    >>> bool(numbers[0] == numbers[2]), len(set(numbers.tolist()))
    (True, 3)
    """
    try:
        letters = texts.astype(_LETTERS)
    except UnicodeEncodeError:
        plain = [str(text).encode("ascii", "backslashreplace") for text in texts.tolist()]
        letters = np.array(plain, dtype=_LETTERS)
    words = letters.view(np.uint64).reshape(len(texts), letters.itemsize // 8)
    mixed: U8 = np.zeros(len(texts), dtype=np.uint64)
    for word in words.T:
        mixed = (mixed ^ word) * _GOLDEN
        mixed ^= mixed >> np.uint64(29)
    return np.asarray(mixed * _SECOND)


def name_letters(names: Text) -> NDArray[Any]:
    """Names as letters, as many whole words of eight as the longest needs, filled up with zeros."""
    try:
        # To look for the longest first would take some times as long, and pseudonyms have 26.
        letters = names.astype(_LETTERS)
        if letters.view(np.uint8)[letters.itemsize - 1 :: letters.itemsize].any():
            letters = names.astype(np.bytes_)
    except UnicodeEncodeError:
        letters = np.array([str(name).encode("utf-8", "surrogatepass") for name in names.tolist()])
    words = -(-letters.itemsize // _WORD_BYTES)
    return letters.astype(f"S{words * _WORD_BYTES}", copy=False)


def name_keys(names: Text, seed: int = 0) -> U8:
    """A key of each name, of all its characters, mixed well, whatever names are beside it.

    >>> one, other = np.array(["a", "b" * 40], dtype=object), np.array(["a"], dtype=object)
    >>> keys, again = name_keys(one, 7), name_keys(other, 7)
    >>> bool(keys[0] == again[0]), bool(keys[0] == keys[1])
    (True, False)
    """
    letters = name_letters(names)
    words = letters.itemsize // _WORD_BYTES
    columns = letters.view(np.uint64).reshape(len(names), words)
    mixed: U8 = np.full(len(names), seed, dtype=np.uint64)
    for place, column in enumerate(columns.T):
        if place and not column.any():
            continue
        more = (mixed ^ column) * _GOLDEN
        more ^= more >> np.uint64(29)
        # What is filled up to the longest name's length isn't of the name.
        mixed = more if not place else np.where(column == 0, mixed, more)
    mixed = mixed * _SECOND
    return np.asarray((mixed ^ mixed >> np.uint64(32)) * _GOLDEN)
