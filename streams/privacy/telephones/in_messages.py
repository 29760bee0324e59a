"""Telephone numbers in messages: the fields that hold them, and what of those may be shown."""

import re
from typing import TYPE_CHECKING, Any, Final

from streams.privacy.flat import flat
from streams.privacy.identifiers import is_digest
from streams.privacy.telephones.number import (
    INTERNATIONAL,
    NATIONAL,
    PREFIX_DIGITS,
    SUBSCRIBER,
    beside,
)

# A hasher has a reader of numbers.
if TYPE_CHECKING:
    from streams.privacy.hasher import Hasher

#: Telephone numbers, of which nothing stays but a hash, a prefix and the length.
TELEPHONES: Final = frozenset(
    ("caller", "callee", "presented", "asserted", "redirecting", "callback", "number")
)
#: The fields that say what nature the address of such a number has.
NATURES: Final = {"caller": "caller_nai"}
#: A prefix may have no more digits, and nothing beside a number may show more of it.
_LONG_RUN: Final = re.compile(rf"[0-9]{{{PREFIX_DIGITS + 1},}}")
#: First digits of numbers, and what may be either those or a whole number.
PREFIXES: Final = frozenset((*(beside(name)[0] for name in TELEPHONES), "prefix"))
_NATURES_KNOWN: Final = (SUBSCRIBER, NATIONAL, INTERNATIONAL)
_TELEPHONE_DUE: Final = re.compile(
    rb'"(?:%s)"' % "|".join(sorted(TELEPHONES | PREFIXES)).encode(),
)
#: More digits than a prefix has, perhaps in groups.
_SHOWN: Final = re.compile(rf"[0-9](?:[ ().\-/]{{0,2}}[0-9]){{{PREFIX_DIGITS},}}", re.ASCII)
#: What stands before the digits of a hash, and before a time and nothing else.
_IN_HASH: Final = re.compile(r"\bh-[0-9a-f]{24}\b", re.ASCII)
_BEFORE_TIME: Final = re.compile(r'"(?:rx_)?ts"\s{0,4}:\s{0,4}\Z')
_HASH_CHARACTERS, _TIME_CHARACTERS, _TIME_DIGITS = 26, 16, 13


def scrubbed(value: bytes, hasher: "Hasher") -> bytes:
    """Bytes that are no message, with all hashed that looks like an identifier; where a telephone
    number is due in them, all longer runs of digits too, save for times.

    >>> from streams.privacy.hasher import Hasher
    >>> scrubbed(b'{"ts": 1748916000500, "caller": "861087654321"', Hasher(b"key"))[:35]
    b'{"ts": 1748916000500, "caller": "h-'
    """
    if not _TELEPHONE_DUE.search(value):
        return hasher.scrub(value)

    def hidden(found: re.Match[str]) -> str:
        return found[0] if _may_stay(found) else hasher.renamed(found[0])

    return hasher.scrub(value, lambda text: _SHOWN.sub(hidden, text))


def clean_prefix(text: str, name: str, hasher: "Hasher") -> str:
    """The first digits of a number, as far as they may be shown; what only hides more is hashed.

    A range or a number (`prefix` of `number.register`) that is longer than a prefix is a number.

    >>> from streams.privacy.hasher import Hasher
    >>> clean_prefix("861391234", "caller_prefix", Hasher(b"key"))
    '8613912'
    >>> clean_prefix("8613912", "prefix", Hasher(b"key"))
    '8613912'
    >>> clean_prefix("8613912345678", "prefix", Hasher(b"key"))[:2]
    'h-'
    """
    digits = text.removeprefix("+")
    is_bare = digits.isascii() and digits.isdigit()
    if is_bare and len(digits) <= PREFIX_DIGITS:
        return text
    if name == "prefix":
        return clean_number(text, hasher)
    if is_bare:
        return text[:PREFIX_DIGITS]
    clean = hasher.pseudonym(text)
    is_hidden = clean == text and not is_digest(text) and _LONG_RUN.search(flat(text))
    return hasher.renamed(text) if is_hidden else clean


def clean_number(text: str, hasher: "Hasher") -> str:
    """The name of a number; what stands for one that was withheld, without identifiers."""
    number = hasher.number(text)
    return hasher.pseudonym(text) if number is None else number.name


def clean_fields(name: str, text: str, nature: Any, hasher: "Hasher") -> dict[str, Any]:
    """The fields of a number, as decoding has them; ``nature`` is that of its address."""
    is_known = nature in _NATURES_KNOWN and not isinstance(nature, bool)
    number = hasher.number(text, int(nature) if is_known else 0)
    if number is None or not number.length:
        return {name: clean_number(text, hasher)}
    prefix, length = beside(name)
    return {name: number.name, prefix: number.prefix, length: number.length}


def _may_stay(found: re.Match[str]) -> bool:
    """Whether digits are a part of a hash, or a time."""
    begin, end = found.span()
    before = found.string[max(0, begin - _TIME_CHARACTERS) : begin]
    if len(found[0]) == _TIME_DIGITS and _BEFORE_TIME.search(before):
        return True
    first = max(0, begin - _HASH_CHARACTERS)
    around = found.string[first : end + _HASH_CHARACTERS]
    return any(
        one.start() + first < begin and end <= one.end() + first
        for one in _IN_HASH.finditer(around)
    )
