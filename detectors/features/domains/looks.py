"""What a registrable domain looks like: a brand's own, like a brand's, or neither.

Names that hold a brand and something else are a hundred times as frequent as misspelt ones (Kintis
et al., CCS 2017), so brands are looked for as whole words first, and letters that differ last.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

from publicsuffixlist import PublicSuffixList

from detectors.features.domains.brands import SHIPPED, Brands, without_one
from detectors.features.domains.letters import in_latin, shown, skeleton

#: ``own`` is a brand's own, ``short`` a service's that shortens links, ``media`` about a brand;
#: ``address`` is no name but numbers. ``lure``, ``word``, ``inside``, ``suffix``, ``letters`` and
#: ``typo`` are odd: a brand and a lure, a brand as a word, within a word, below another suffix,
#: with letters that look like others, and with one letter wrong.
Kind = Literal[
    "", "own", "short", "media", "address", "lure", "word", "inside", "suffix", "letters", "typo"
]
ODD: Final[frozenset[Kind]] = frozenset(
    ("address", "lure", "word", "inside", "suffix", "letters", "typo")
)
#: Brands hold their names in many countries, and other words hold them or are a letter away.
_MAY_BE_HONEST: Final = ("suffix", "inside", "typo")
#: Domains that are remembered: a few are in nearly all messages.
_REMEMBERED: Final = 1 << 14
#: Shorter names are within other words by chance, or one letter from them.
_LEAST_INSIDE, _LEAST_TYPO = 6, 6
#: Shorter lures are within other words by chance.
_LEAST_LURE: Final = 4
_WORD: Final = re.compile(r"[a-z]+|[0-9]+")
_ADDRESS: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
#: Three zeros at the end: round numbers are in honest names.
_ROUND: Final = "000"


@dataclass(frozen=True, slots=True)
class Look:
    """What a domain looks like: of which brand, and whether it is below a suffix that anybody may
    have a name of in minutes (the private section of the list of public suffixes)."""

    kind: Kind = ""
    brand: str = ""
    is_hosted: bool = False

    @property
    def is_odd(self) -> bool:
        """Whether it looks like a brand's without being one's."""
        return self.kind in ODD


@lru_cache(_REMEMBERED)
def look_of(domain: str, brands: Brands) -> Look:
    """What a registrable domain (in lower case and ASCII) looks like.

    >>> from detectors.features.domains.brands import brands_of
    >>> for name in ("icbc.com.cn", "icbc-vip.example", "ccb-vip.xyz", "10086cx.cc", "a1ipay.com"):
    ...     print(name, look_of(name, brands_of()).kind, look_of(name, brands_of()).brand)
    icbc.com.cn own icbc
    icbc-vip.example lure icbc
    ccb-vip.xyz lure ccb
    10086cx.cc lure chinamobile
    a1ipay.com letters alipay
    >>> [look_of(name, brands_of()).kind for name in ("abcnews.com", "jdsports.com")]
    ['', '']
    """
    name = domain.lower()
    if _ADDRESS.fullmatch(name):
        return Look("address")
    if name in brands.shorteners:
        return Look("short")
    suffix = _suffixes().publicsuffix(name) or ""
    label = name[: -len(suffix) - 1] if suffix != name else ""
    if brands.is_own(name):
        of = next(_named(label, brands), ("own", ""))[1]
        return Look("own", of)
    is_hosted = suffix != (_suffixes(True).publicsuffix(name) or "")
    kind, brand = next(_named(label, brands), ("", ""))
    is_cheap = is_hosted or suffix in SHIPPED.cheap_suffixes
    has_lure = kind != "suffix" and _has_lure(_WORD.findall(label))
    if kind in _MAY_BE_HONEST and not is_cheap and not has_lure:
        return Look("", brand, is_hosted)
    return Look(kind, brand, is_hosted)


def _named(label: str, brands: Brands) -> Iterator[tuple[Kind, str]]:
    """The brands in a label that somebody registered, the strongest sign first."""
    as_shown = shown(label)
    latin = in_latin(as_shown)
    found = _in_words(latin, brands)
    if found is not None:
        yield ("letters" if latin != as_shown else found[0]), found[1]
        return
    for part in latin.split("-"):
        like = brands.skeletons.get(skeleton(part))
        if like is not None and like != part and _has_others(part, like):
            yield "letters", brands.tokens[like]
            return
    for part in (*latin.split("-"), latin.replace("-", "")):
        meant = _misspelt(part, brands)
        if meant is not None:
            yield "typo", brands.tokens[meant]
            return


def _in_words(label: str, brands: Brands) -> tuple[Kind, str] | None:
    """A brand in a label as a word of it, beside what it stands, or within one."""
    words = _WORD.findall(label)
    for at, word in enumerate(words):
        rest = words[:at] + words[at + 1 :]
        brand = brands.tokens.get(word) or _by_number(word, brands)
        lure = _has_lure(rest)
        if brand is None:
            brand, lured = _beside_lure(word, brands)
            lure = lure or lured
        if brand is not None:
            return _beside(rest, lure), brand
        is_weak = word in brands.words or word in brands.numbers
        if is_weak and lure and not _has_media(rest):
            return "lure", brands.words.get(word) or brands.numbers[word]
    letters = label.replace("-", "")
    inside = (token for token in brands.tokens if len(token) >= _LEAST_INSIDE and token in letters)
    token = max(inside, key=len, default=None)
    if token is None:
        return None
    around = [part for part in letters.split(token) if part]
    return ("inside" if around and not _has_lure(around) else _beside(around, True)), (
        brands.tokens[token]
    )


def _by_number(word: str, brands: Brands) -> str | None:
    return None if word.endswith(_ROUND) else brands.numbers.get(word)


def _beside_lure(word: str, brands: Brands) -> tuple[str | None, bool]:
    """The brand of a word that is made of its name and a lure, as in "icbcvip"."""
    for at in range(2, len(word) - 1):
        for token, rest in ((word[:at], word[at:]), (word[at:], word[:at])):
            if token in brands.tokens and (rest in SHIPPED.lures or rest in SHIPPED.media):
                return brands.tokens[token], rest in SHIPPED.lures
    return None, False


def _beside(rest: list[str], lure: bool) -> Kind:
    if not rest and not lure:
        return "suffix"
    if _has_media(rest) and not _has_lure(rest):
        return "media"
    return "lure" if lure else "word"


def _has_lure(words: list[str]) -> bool:
    return any(
        word in SHIPPED.lures
        or any(len(lure) >= _LEAST_LURE and lure in word for lure in SHIPPED.lures)
        for word in words
    )


def _has_media(words: list[str]) -> bool:
    return any(word in SHIPPED.media for word in words)


def _has_others(part: str, token: str) -> bool:
    """Whether digits or pairs stand for letters; "allpay" may be honest beside "alipay"."""
    return any(letter.isdigit() for letter in part) or len(part) != len(token)


def _misspelt(word: str, brands: Brands) -> str | None:
    """The brand's name that a word is one letter away from, or two that changed places."""
    if len(word) < _LEAST_TYPO or word in brands.tokens:
        return None
    for short in sorted(without_one(word)):
        for token in brands.shortened.get(short, ()):
            if len(token) >= _LEAST_TYPO and _is_one_off(word, token):
                return token
    return None


def _is_one_off(word: str, token: str) -> bool:
    """Whether one edit leads from one to the other: a letter more, less, another, or two swapped.

    Both lose one letter to become the same; so they differ by two edits at most.
    """
    if len(word) != len(token):
        return True
    differ = [at for at, pair in enumerate(zip(word, token, strict=True)) if pair[0] != pair[1]]
    if len(differ) == 1:
        return True
    return len(differ) == 2 and (word[differ[0]], word[differ[1]]) == (
        token[differ[1]],
        token[differ[0]],
    )


@cache
def _suffixes(only_icann: bool = False) -> PublicSuffixList:
    return PublicSuffixList(only_icann=only_icann)
