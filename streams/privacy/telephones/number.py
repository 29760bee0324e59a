"""Telephone numbers of calls: of each a keyed hash, its first digits and its length, nothing more.

Seven digits, the country's code among them, leave a million subscribers of a mobile range; a number
that has no more is a service's.
The rest is behind the key: a plain hash of a number is undone by trying all of them.

One number is signalled in several forms, and all have one hash: that of its digits in international
form. It is known by a +, by the nature of the address where the switch gives it, else by the escape
and trunk prefixes 00 and 0, and by the national plan; where by none of these, the digits are taken
as signalled.
"""

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import Final, NamedTuple, TypeAlias

from streams.privacy.cover import Cover
from streams.privacy.flat import flat
from streams.privacy.identifiers import is_digest
from streams.privacy.numbering import Numbering

#: Clear digits of a number.
PREFIX_DIGITS: Final = 7
#: A bare number has no more digits: twice those of E.164, since a forged one may have any.
MOST_DIGITS: Final = 32
#: Natures of address (Q.763 3.10) that say what form a number has.
SUBSCRIBER, NATIONAL, INTERNATIONAL = 1, 3, 4
_BARE: Final = re.compile(rf"\+?[0-9]{{1,{MOST_DIGITS}}}", re.ASCII)
_DIGIT: Final = re.compile("[0-9]")
#: Of a name with so many digits in a row more than its prefix could be read.
_LONG_RUN: Final = re.compile(rf"[0-9]{{{PREFIX_DIGITS + 1}}}")
_SCHEME: Final = re.compile(r"(?:(?:sips?|tel|msisdn|urn)[:=\s]+)+", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[\s().\-]+")
_OURS: Final = re.compile(r"h-[0-9a-f]{24}", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
#: Of a longer name no form is looked for.
_LONGEST_NAME: Final = 2048

Name: TypeAlias = Callable[[str], str]


class Number(NamedTuple):
    """A number's hash, its first digits (empty: not known) and how many it has (0: not known)."""

    name: str
    prefix: str = ""
    length: int = 0


class Telephones:
    """Reads numbers by one plan, under one key. ``hasher`` is a keyed hash to which digits of a
    number are yet to be added; ``pseudonym`` makes one of a text that is no number, and ``renamed``
    of any text. Hashes are covered by ``cover``, where there is one."""

    def __init__(
        self,
        hasher: blake2b,
        plan: Numbering,
        pseudonym: Name,
        renamed: Name,
        cover: Cover | None = None,
    ) -> None:
        self.cover = cover
        self.plan, self.pseudonym, self._renamed = plan, pseudonym, renamed
        # All names of numbers begin alike, so the start is hashed once.
        self.abroad, self.at_home = hasher.copy(), hasher.copy()
        self.abroad.update(b"+")
        self.at_home.update(b"+" + plan.home.encode())

    def number(self, text: str, nature: int = 0) -> Number | None:
        """The number in a text, or what name stands for one there; ``None`` where it is withheld:
        the text has no digit. ``nature`` is that of the address, 0 where it isn't known."""
        if _BARE.fullmatch(text):
            return self._of(self._international(text, nature))
        if _OURS.fullmatch(text):
            return Number(text)
        if len(text) > _LONGEST_NAME:
            return Number(self._renamed(text))
        shown = flat(text)
        bare = _SCHEME.sub("", shown.strip(), count=1).partition("@")[0].partition(";")[0]
        bare = _BETWEEN.sub("", bare)
        if _BARE.fullmatch(bare):
            return self._of(self._international(bare, 0))
        if not _DIGIT.search(shown):
            return None
        name = self.pseudonym(text)
        if name != text:
            return Number(name)
        is_hash = is_digest(text) or _UUID.fullmatch(text)
        is_number = _LONG_RUN.search(shown) or not any(map(str.isalpha, shown))
        return Number(self._renamed(text) if is_number and not is_hash else text)

    def _of(self, digits: str) -> Number:
        hasher = self.abroad.copy()
        hasher.update(digits.encode())
        digest = hasher.digest()
        name = "h-" + (digest if self.cover is None else self.cover.covered(digest)).hex()
        return Number(name, digits[:PREFIX_DIGITS], len(digits))

    def _international(self, text: str, nature: int) -> str:
        """The digits of a bare number in international form, as far as that is known."""
        if text[0] == "+":
            return text[1:]
        home, is_open = self.plan.home, nature not in (SUBSCRIBER, NATIONAL, INTERNATIONAL)
        is_escaped = text.startswith("00") and len(text) > 2
        if is_escaped and (is_open or nature == INTERNATIONAL):
            return text[2:]
        if not home or nature in (SUBSCRIBER, INTERNATIONAL):
            return text
        has_trunk = text[0] == "0" and len(text) > 1
        if nature == NATIONAL:
            return home + (text[1:] if has_trunk and text[1] != "0" else text)
        if has_trunk:
            return home + text[1:]
        return home + text if text[0] != "0" and self.plan.is_national(text) else text


def beside(name: str) -> tuple[str, str]:
    """The fields that may stand beside a number which was hashed before."""
    return f"{name}_prefix", f"{name}_length"
