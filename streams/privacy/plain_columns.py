"""Columns of names looked at as a whole, so that pseudonyms cost next to nothing.

Nearly all columns hold nothing but pseudonyms, and many of them the same again and again. A few
passes over all characters at once find columns without a suspicion; of the others, only names that
were not seen before are looked at one by one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from streams.limits import NAME_CHARACTERS

#: So many names that need no change are remembered; then it begins anew.
MOST_REMEMBERED: Final = 1 << 16
_DIGIT, _SIGN = b"0", b"a"
_DIGITS: Final = b"0123456789"
_LETTERS: Final = bytes(c for c in range(128) if chr(c).isalpha())
#: Whatever may stand between the digits of a number.
_BETWEEN: Final = bytes(c for c in range(128) if not chr(c).isalnum() and chr(c) != "\n")
#: Every digit as one, so that a run of any of them is found; and all of a word as one.
_DIGITS_ALIKE: Final = bytes.maketrans(_DIGITS, _DIGIT * len(_DIGITS))
_WORDS_ALIKE: Final = bytes.maketrans(_LETTERS + _DIGIT, _SIGN * (len(_LETTERS) + 1))
#: What may open an escape.
_ODD: Final = ("%", "\\", "&", "=")
#: The shortest number of a person: seven digits after a +, ten otherwise.
_SHORTEST, _SHORTEST_AFTER_PLUS = 10, 7
#: The shortest word that spells a number in base64 or half bytes.
_SHORTEST_WORD: Final = 12
#: Each word that says whose a short number is holds one of these.
_IN_LABELS: Final = ("im", "msi", "tel", "pho", "mob", "gps", "icc", "sup", "pei", "esn")
_LABEL_LETTERS: Final = tuple(part.encode() for part in _IN_LABELS)
_NO_LETTERS: Final = bytes(c for c in range(256) if bytes((c,)) not in _LETTERS)
_LOWER: Final = bytes(range(256)).lower()
#: Without these there is neither an escape nor a number in base64, where every digit that is the
#: first of three bytes is one of the capitals (RFC 4648 4); nor a + or an address of hardware.
_SPELLING: Final = (*_ODD, "M", "N", "O", ":", "+")
#: Hexadecimal digits as one; no word of hardware is shorter than so many.
_HEX_ALIKE: Final = bytes.maketrans(b"abcdefABCDEF", _DIGIT * 12)
_SHORTEST_HARDWARE: Final = 12
_MEID_DIGITS: Final = 14
#: MEID and MAC, without what stands between.
_OF_HARDWARE: Final = re.compile(rb"^[a-fA-F0]{12}(?:[a-fA-F0]{2}){0,2}$", re.MULTILINE)
#: Stands between two names.
_END: Final = "\n"


def is_plain(joined: str) -> bool:
    """Whether no name among some, one a line, can hold an identifier.

    >>> is_plain("d-17\\nd-18"), is_plain("460001234567890"), is_plain("+49 170 12345")
    (True, False, False)
    """
    if not joined.isascii() or any(sign in joined for sign in _ODD):
        return False
    raw = joined.encode().translate(_DIGITS_ALIKE, _BETWEEN)
    shortest = _SHORTEST_AFTER_PLUS if "+" in joined or _has_label(joined) else _SHORTEST
    return _DIGIT * shortest not in raw and not _has_words(raw)


def _has_words(raw: bytes) -> bool:
    return _SIGN * _SHORTEST_WORD in raw.translate(_WORDS_ALIKE)


def _has_label(joined: str) -> bool:
    # Of letters alone there are few; what stands together in the whole does so among them, too.
    letters = joined.encode().translate(_LOWER, _NO_LETTERS)
    if not any(part in letters for part in _LABEL_LETTERS):
        return False
    lower = joined.lower()
    return any(part in lower for part in _IN_LABELS)


def _is_simple(joined: str) -> bool:
    """Whether no name can hold an identifier but as digits, perhaps in groups, or alone in
    hexadecimal."""
    return (
        joined.isascii()
        and not any(sign in joined for sign in _SPELLING)
        and not _has_label(joined)
    )


def _with_numbers(given: Sequence[str], joined: str) -> list[str]:
    """Of names that are ``joined`` one a line those with digits enough for an identifier, and those
    of hardware."""
    raw = joined.encode().translate(_DIGITS_ALIKE, _BETWEEN)
    ends = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == ord(_END))
    numbers = list(_beginnings(_DIGIT * _SHORTEST, raw))
    found = [given[row] for row in np.searchsorted(ends, numbers).tolist()]
    # Plain searches are many times as fast, and most often nothing is found.
    if _DIGIT * _SHORTEST_HARDWARE in raw.translate(_HEX_ALIKE):
        words = [each.start() for each in _OF_HARDWARE.finditer(raw)]
        some = [given[row] for row in np.searchsorted(ends, words).tolist()]
        found += filter(_may_be_hardware, some)
    return found


def _may_be_hardware(name: str) -> bool:
    """Whether 12, 14 or 16 hexadecimal digits are written as an address or an MEID is: in groups,
    or fourteen of them alone. Nobody's are others in one word, such as references of calls.

    >>> list(map(_may_be_hardware, ("a0000012345678", "0a-1b-2c-3d-4e-5f", "c-0a1b2c3d4e5f607")))
    [True, True, False]
    """
    return len(name) == _MEID_DIGITS or not name[-_MEID_DIGITS - 1 :].isalnum()


def _beginnings(run: bytes, raw: bytes) -> Iterator[int]:
    """Where a run of bytes begins for the first time in each line that has it."""
    at = 0
    while at >= 0 and (at := raw.find(run, at)) >= 0:
        yield at
        at = raw.find(_END.encode(), at)


class CleanNames:
    """Names that need no change. Holds no identifiers, and at most twice `MOST_REMEMBERED` names:
    when it is full, those that were there before the newest go, and not all at once."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._former: set[str] = set()

    def unknown(self, names: Sequence[Any], has_long: bool) -> Iterable[str]:
        """Those that have to be looked at, each once; ``None`` and empty texts never are."""
        given = list(filter(None, names))
        if not given:
            return ()
        joined = _END.join(given)
        if joined.count(_END) != len(given) - 1 or not _is_simple(joined):
            return set(given) - self._known - self._former
        suspects = _with_numbers(given, joined)
        if has_long:
            suspects += [name for name in given if len(name) > NAME_CHARACTERS]
        return set(suspects) - self._known - self._former

    def add(self, name: str) -> None:
        """Remembers a name."""
        if len(name) > NAME_CHARACTERS:
            return
        if len(self._known) >= MOST_REMEMBERED:
            self._former, self._known = self._known, set()
        self._known.add(name)
