"""Whether the trail is whole: what was removed, changed, moved, or written by somebody else.

Everything but what nobody signed can be proven here with the public keys alone. Records from before
the first signed one are only counted: nobody ever vouched for them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from field.formats.words.moments import iso, moment
from field.trail.chain import TOPIC
from streams.signed.keys import PublicKeys
from streams.signed.seals import Seal, digest, seal_of, voucher

_SHOWN: Final = 40
#: What a record that nobody vouches for is called, by the kind of its trouble.
_TROUBLES: Final = {
    "unreadable": "can't be read",
    "forged": "changed after they were signed, or forged",
    "unsigned": "written by somebody without a console's key",
    "unknown_key": "signed by a key that is not known here",
    "repeated": "there twice",
    "moved": "in another place than they were written to",
}


@dataclass(frozen=True, slots=True)
class Head:
    """How far a writer's chain had come, by what the consoles noted beside their accounts."""

    writer: str
    number: int
    digest: str


@dataclass(slots=True)
class Examined:
    """``problems`` are sentences; without any the trail is whole. ``before`` are unsigned records
    from before the first signed one, ``begun_ms`` that one's time."""

    records: int = 0
    signed: int = 0
    before: int = 0
    begun_ms: int | None = None
    writers: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def summary(self) -> str:
        """What is there, in a sentence."""
        words = f"{self.records} records, {self.signed} signed"
        if self.writers:
            words += f" by {self.writers} runs of consoles"
        if self.before:
            when = "" if self.begun_ms is None else f", before {iso(moment(self.begun_ms))}"
            words += f"; {self.before} unsigned{when}: nobody vouches for these"
        return words


@dataclass(slots=True)
class _Chain:
    """What was seen of a writer: its record numbers with digests, and where it went on."""

    digests: dict[int, str] = field(default_factory=dict)
    previous: dict[int, str] = field(default_factory=dict)
    newest: int = 0
    at: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Looking:
    found: Examined = field(default_factory=Examined)
    chains: dict[str, _Chain] = field(default_factory=dict)
    #: Where each record stands, by digest.
    places: dict[str, int] = field(default_factory=dict)
    #: What records refer to, with the place of the first that does.
    referred: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    firsts: dict[str, str] = field(default_factory=dict)

    def note(self, trouble: str, offset: int, message: Mapping[str, Any]) -> None:
        """Counts a trouble; the first of each kind is named."""
        self.counts[trouble] += 1
        self.firsts.setdefault(trouble, _named(offset, message))


def examine(
    records: Iterable[tuple[int, bytes | None]], keys: PublicKeys, heads: Iterable[Head] = ()
) -> Examined:
    """Examines the records of the trail, offsets and values in their order; never raises for what
    they hold. ``heads`` are the ends that the chains should have at least."""
    looking = _Looking()
    for offset, value in records:
        looking.found.records += 1
        _take(looking, offset, value or b"", keys)
    found = looking.found
    found.writers = len(looking.chains)
    for trouble, words in _TROUBLES.items():
        if count := looking.counts[trouble]:
            found.problems.append(f"{count} {words}; the first: {looking.firsts[trouble]}")
    found.problems += _missing(looking, {head.writer: head for head in heads})
    return found


def _take(looking: _Looking, offset: int, value: bytes, keys: PublicKeys) -> None:
    found, name = looking.found, digest(value)
    try:
        message = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = None
    if not isinstance(message, dict):
        looking.note("unreadable", offset, {})
        return
    by, seal = voucher(message, TOPIC, keys), seal_of(message)
    if name in looking.places and by == "signed":
        looking.note("repeated", offset, message)
        return
    looking.places.setdefault(name, offset)
    if by == "unsigned" and found.begun_ms is None:
        found.before += 1
    elif by != "signed" or seal is None:
        looking.note(by, offset, message)
    else:
        found.signed += 1
        if found.begun_ms is None:
            ts = message.get("ts")
            found.begun_ms = ts if isinstance(ts, int) and abs(ts) < 2**47 else 0
        _link(looking, offset, message, seal, name)


def _link(
    looking: _Looking, offset: int, message: Mapping[str, Any], seal: Seal, name: str
) -> None:
    chain = looking.chains.setdefault(seal.writer, _Chain())
    chain.digests[seal.number] = name
    chain.previous[seal.number] = seal.previous
    chain.at[seal.number] = offset
    is_moved = seal.number < chain.newest
    if seal.after and seal.after not in looking.places:
        looking.referred.setdefault(seal.after, offset)
    chain.newest = max(chain.newest, seal.number)
    if is_moved:
        looking.note("moved", offset, message)


def _missing(looking: _Looking, heads: Mapping[str, Head]) -> list[str]:
    """What is referred to and isn't there: within chains, at their ends, and between them."""
    gone: list[str] = []
    count = 0
    explained: set[str] = set()
    for writer, chain in looking.chains.items():
        head = heads.get(writer)
        end = max(chain.newest, head.number if head else 0)
        absent = [number for number in range(1, min(end, 10**6) + 1) if number not in chain.digests]
        count += len(absent)
        if absent:
            gone.append(_gap(writer, absent[0], chain))
        for number, previous in chain.previous.items():
            before = chain.digests.get(number - 1)
            if before is None:
                explained.add(previous)
            elif before != previous:
                # Both are signed, so a console has numbered two records alike.
                gone.append(f"number {number - 1} of {writer} is not the one that {number} follows")
        if head and chain.digests.get(head.number, head.digest) != head.digest:
            gone.append(f"number {head.number} of {writer} is not the one that its console wrote")
    for writer, head in heads.items():
        if writer not in looking.chains:
            count += head.number
            gone.append(f"all {head.number} of {writer}")
    late = [
        offset
        for name, offset in looking.referred.items()
        if name in looking.places and looking.places[name] > offset
    ]
    lost = [
        offset
        for name, offset in looking.referred.items()
        if name not in looking.places and name not in explained
    ]
    problems = []
    if gone:
        problems.append(f"{count} were removed; the first: {gone[0]}")
    elif lost:
        problems.append(
            f"{len(lost)} refer to records that were removed; the first: offset {min(lost)}"
        )
    if late and not looking.counts["moved"]:
        problems.append(
            f"{len(late)} stand before what they were written after; the first: offset {min(late)}"
        )
    return problems


def _gap(writer: str, number: int, chain: _Chain) -> str:
    before = [chain.at[one] for one in chain.at if one < number]
    after = [chain.at[one] for one in chain.at if one > number]
    where = f"number {number} of {writer}"
    if before:
        where += f", behind offset {max(before)}"
    return where + (f", before offset {min(after)}" if after else ", at the end of the trail")


def _named(offset: int, message: Mapping[str, Any]) -> str:
    """A record in a few words; what it holds is anybody's."""
    words = [f"offset {offset}"]
    for name in ("action", "by", "alert_id"):
        if isinstance(text := message.get(name), str) and text:
            shown = "".join(c if c.isprintable() else "?" for c in text[:_SHOWN])
            words.append(f"{name} {shown}")
    return ", ".join(words)
