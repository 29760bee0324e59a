"""The registrable domain of a link: what somebody registered, without the names below it.

By the list of public suffixes, private section included: under `pages.example-host` everybody has a
name of their own, and those of a fraud and of an honest shop would else be one. The list is that
which ships with its package; nothing is asked of the network.
"""

import re
from functools import cache, lru_cache
from typing import Final

from publicsuffixlist import PublicSuffixList

#: Domains that are remembered: a few are in nearly all messages.
_REMEMBERED: Final = 1 << 14
_HOST: Final = re.compile(
    r"[a-z0-9_](?:[a-z0-9_\-]*[a-z0-9_])?(?:\.[a-z0-9_][a-z0-9_\-]*)+", re.ASCII
)
_NUMBERS: Final = re.compile(r"[0-9.]+", re.ASCII)
_DOTS: Final = re.compile("[\u3002\uff0e\uff61]")


@lru_cache(_REMEMBERED)
def registrable(text: str) -> str:
    """The registrable domain in a domain or link, in lower case and in ASCII; ``text`` where it is
    none, such as an address of numbers, a public suffix, or anything else.

    >>> registrable("Pay.Bank-Card.com.cn"), registrable("https://a.b.example.net:8080/x?y=1")
    ('bank-card.com.cn', 'example.net')
    >>> registrable("win-prize.vercel.app"), registrable("192.0.2.7"), registrable("com.cn")
    ('win-prize.vercel.app', '192.0.2.7', 'com.cn')
    """
    shown = _DOTS.sub(".", text.strip())
    host = re.split(r"[/?#\\]", shown.partition("://")[2] or shown, maxsplit=1)[0]
    host = host.rpartition("@")[2].partition(":")[0].rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii").lower()
        except UnicodeError:
            return text
    if not _HOST.fullmatch(host) or _NUMBERS.fullmatch(host):
        return text
    found = _suffixes().privatesuffix(host)
    return host if found is None else str(found)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
