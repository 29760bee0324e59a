"""The brands that frauds pose as: those that ship, and those of the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detectors.features.domains.letters import skeleton
from detectors.model.tables import read_table

#: Shorter runs of digits in a domain are years, counts and the like.
_LEAST_DIGITS: Final = 5
#: Bulk senders of a brand end with its number.
_GATEWAY: Final = "106"
Name = Annotated[str, Meta(pattern=r"^[a-z0-9]+$")]


class Brand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What means one brand in a domain, which domains are its own, and its senders: see the head of
    ``brands.toml``."""

    tokens: tuple[Name, ...] = ()
    words: tuple[Name, ...] = ()
    domains: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()


class _Shipped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lures: frozenset[str]
    media: frozenset[str]
    cheap_suffixes: frozenset[str]
    shorteners: frozenset[str]
    brand: dict[str, Brand]


SHIPPED: Final = read_table("detectors.features.domains", "brands.toml", _Shipped)


@dataclass(frozen=True, slots=True, eq=False)
class Brands:
    """All brands, by what is looked up. Immutable, and one object for the same settings."""

    #: The brand of each name that means it anywhere, and of each that means it beside a lure.
    tokens: Mapping[str, str]
    words: Mapping[str, str]
    numbers: Mapping[str, str]
    senders: Mapping[str, str]
    #: The names of what looks alike, and of what is left of each without one of its letters.
    skeletons: Mapping[str, str]
    shortened: Mapping[str, tuple[str, ...]]
    own: frozenset[str]
    own_suffixes: tuple[str, ...]
    shorteners: frozenset[str] = field(default=SHIPPED.shorteners)

    def is_own(self, domain: str) -> bool:
        """Whether a domain is a brand's own."""
        return domain in self.own or domain.endswith(self.own_suffixes)

    def claimed_by(self, sender: str | None) -> str | None:
        """The brand that a sender's number says it is; ``None`` for none.

        >>> brands_of().claimed_by("95588"), brands_of().claimed_by("106980095588")
        ('icbc', 'icbc')
        >>> brands_of().claimed_by("106575258") is None
        True
        """
        if sender is None:
            return None
        found = self.senders.get(sender)
        if found is None and sender.startswith(_GATEWAY):
            found = self.senders.get(sender[-_LEAST_DIGITS:])
        return found


def brands_of(more: Mapping[str, Brand] | None = None, own_domains: tuple[str, ...] = ()) -> Brands:
    """The brands that ship with ``more`` of the settings, and further domains that are honest."""
    return _brands(tuple(sorted((more or {}).items())), own_domains)


@lru_cache(maxsize=16)
def _brands(more: tuple[tuple[str, Brand], ...], own_domains: tuple[str, ...]) -> Brands:
    every = [*SHIPPED.brand.items(), *more]
    tokens = {token: name for name, brand in every for token in brand.tokens}
    senders = {sender: name for name, brand in every for sender in brand.senders}
    own = {domain for _, brand in every for domain in brand.domains} | set(own_domains)
    return Brands(
        tokens=tokens,
        words={word: name for name, brand in every for word in brand.words},
        numbers={sender: name for sender, name in senders.items() if len(sender) >= _LEAST_DIGITS},
        senders=senders,
        skeletons={skeleton(token): token for token in tokens},
        shortened=_shortened(tokens),
        own=frozenset(domain for domain in own if not domain.startswith(".")),
        own_suffixes=tuple(sorted(domain for domain in own if domain.startswith("."))),
    )


def _shortened(tokens: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for token in tokens:
        for short in without_one(token):
            found.setdefault(short, []).append(token)
    return {short: tuple(of) for short, of in found.items()}


def without_one(word: str) -> set[str]:
    """The word, and it with each of its letters left out.

    >>> sorted(without_one("abc"))
    ['ab', 'abc', 'ac', 'bc']
    """
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
