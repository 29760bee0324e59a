"""A profile as records of ``fbs.profile``: each part under a key of its zone and kind.

The topic is compacted, so that the newest record of each key is the profile: ``ZONE/age``,
``ZONE/sites/00`` to ``15`` (by the site's place), ``ZONE/rules/NAME``, and
``everywhere/PARTITION/attested`` for what each correlator knows of all zones. A record is zlib over
JSON, ``{"version", "content"}``; one that isn't of the form of today is passed over.
"""

import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from detectors.profile.age import Age
from detectors.profile.base_rate import BaseRate
from detectors.profile.profile import MOST_ZONES, VERSION, Profile, ZoneProfile
from detectors.sites.learned_sites import MOST_SITES, LearnedSite

_EVERYWHERE, _ATTESTED = "everywhere", "attested"
#: Parts of a zone's sites: each must fit into a message.
_SITE_PARTS: Final = 16
#: A record that unpacks to more is no part of a profile (bytes).
_MOST_BYTES: Final = 64 << 20


class _Record(msgspec.Struct, frozen=True):
    version: int
    content: msgspec.Raw


class _Zone(msgspec.Struct):
    age: Age = msgspec.field(default_factory=Age)
    sites: list[LearnedSite] = []
    rules: dict[str, Any] = {}
    rate: BaseRate = msgspec.field(default_factory=BaseRate)


def records_of(profile: Profile, partition: int) -> dict[str, bytes]:
    """The records of a profile that the correlator of a partition has made, by key."""
    content: dict[str, Any] = {}
    for zone in profile.zones:
        content[f"{zone.zone}/age"] = zone.age
        content[f"{zone.zone}/rate"] = zone.rate
        parts: list[list[LearnedSite]] = [[] for _ in range(_SITE_PARTS)]
        for site in zone.sites:
            parts[zlib.crc32(f"{site.lat} {site.lon}".encode()) % _SITE_PARTS].append(site)
        content |= {f"{zone.zone}/sites/{at:02d}": part for at, part in enumerate(parts)}
        content |= {f"{zone.zone}/rules/{name}": part for name, part in zone.rules.items()}
    content[f"{_EVERYWHERE}/{partition}/{_ATTESTED}"] = profile.attested
    return {key: _packed(each) for key, each in content.items()}


def profile_of(
    records: Mapping[str, bytes], partition: int | None = None
) -> tuple[Profile, list[str]]:
    """The profile that the newest records make up, and the keys of those that aren't of its form.

    Of what is known everywhere, what one ``partition`` knows; ``None`` for what any does.
    """
    zones: dict[str, _Zone] = {}
    attested: dict[str, None] = {}
    unusable: list[str] = []
    for key, value in records.items():
        name, _, rest = key.partition("/")
        try:
            if name == _EVERYWHERE:
                if partition is None or rest == f"{partition}/{_ATTESTED}":
                    attested |= dict.fromkeys(_unpacked(value, tuple[str, ...]))
            else:
                zone = zones.get(name) or _Zone()
                _put(zone, rest, value)
                zones[name] = zone
        except (msgspec.DecodeError, ValueError, zlib.error, RecursionError):
            unusable.append(key)
    built = [
        ZoneProfile(
            zone=name,
            age=zone.age,
            sites=tuple(zone.sites[:MOST_SITES]),
            rules=zone.rules,
            rate=zone.rate,
        )
        for name, zone in sorted(zones.items())
    ]
    return Profile(zones=tuple(built[:MOST_ZONES]), attested=tuple(attested)), unusable


def newest_by_key(records: Iterable[tuple[bytes | None, bytes | None]]) -> dict[str, bytes]:
    """The newest value of each key, without those that were deleted.

    >>> newest_by_key([(b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"b", None)])
    {'a': b'3'}
    """
    newest: dict[str, bytes] = {}
    for key, value in records:
        name = (key or b"").decode("utf-8", "replace")
        newest.pop(name, None)
        if value is not None:
            newest[name] = value
    return newest


def _put(zone: _Zone, part: str, value: bytes) -> None:
    """One record into its zone; a ValueError where there is no such part."""
    kind, _, name = part.partition("/")
    if part == "age":
        zone.age = _unpacked(value, Age)
    elif part == "rate":
        zone.rate = _unpacked(value, BaseRate)
    elif kind == "sites" and name:
        zone.sites += _unpacked(value, list[LearnedSite])
    elif kind == "rules" and name:
        zone.rules[name] = _unpacked(value, Any)
    else:
        raise ValueError(part)


def _packed(content: Any) -> bytes:
    raw = msgspec.Raw(msgspec.json.encode(content))
    return zlib.compress(msgspec.json.encode(_Record(VERSION, raw)), 1)


def _unpacked(value: bytes, kind: Any) -> Any:
    unpacking = zlib.decompressobj()
    text = unpacking.decompress(value, _MOST_BYTES)
    if unpacking.unconsumed_tail:
        raise ValueError("too long")
    record = msgspec.json.decode(text, type=_Record)
    if record.version != VERSION:
        raise ValueError("another version")
    return msgspec.json.decode(record.content, type=kind)
