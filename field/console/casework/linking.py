"""How likely two alerts are of one transmitter or one gang, with the reasons in words.

What ties incidents of several days together is what a gang doesn't change: the text it sends and
the domain in it, the cell that its transmitter plays and the channel that it is tuned to, and the
streets that it drives. Each tie has a weight, the share of pairs it is right about by itself; ties
add up as independent chances do. What can't be (two places at one time) takes most of it away: two
transmitters may still be of one gang. Alerts about calls are tied by their numbers, and any two by
the campaign that detection has found them to share.

Pure: what is compared is handed in as `Traits`.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from detectors.alert.record import Alert
from detectors.model.finding import Finding, Identity
from detectors.model.words import LANGUAGES
from field.console.casework.route_likeness import (
    LEAST_WAY_M,
    alike,
    apart_m,
    least_apart_m,
    length_m,
)
from field.formats.words.wording import words_of

#: Similarity hashes of one template differ in so many bits at most.
TEMPLATE_BITS: Final = 6
#: Below this score two alerts are not worth showing together.
LEAST_SCORE: Final = 0.2
_WEIGHTS: Final = {
    "template": 0.6,
    "domain": 0.55,
    "cell": 0.5,
    "area": 0.2,
    "channel_and_code": 0.4,
    "channel": 0.15,
    "sender": 0.1,
    "number": 0.8,
    "campaign": 0.8,
    "place": 0.3,
    "two_places": -1.0,
}
#: Of a route that is wholly the same; a share of it for a part.
_ROUTE: Final = 0.5
_LEAST_ALIKE: Final = 0.3
_PLACE_M: Final = 700.0
_CONTRADICTED: Final = 0.4
_APART_M: Final = 3_000.0
#: Tracks are compared at one time where both have a fix so near to it.
_SAME_TIME_MS: Final = 60_000
_MOST_HASHES: Final = 64
_HEX_DIGITS: Final = 16
_WORDS: Final = words_of("likeness")


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """What of an alert may tie it to another. Times in ms, ``track`` of (ts, lat, lon);
    ``templates`` are 64-bit similarity hashes of texts, ``domains`` registered domains."""

    alert_id: str
    first_seen: int
    last_seen: int
    identities: tuple[Identity, ...] = ()
    track: tuple[tuple[int, float, float], ...] = ()
    templates: frozenset[int] = frozenset()
    domains: frozenset[str] = frozenset()
    senders: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    campaign: str | None = None


class Reason(msgspec.Struct, frozen=True):
    """One tie (or what speaks against one, with a negative ``weight``), in two languages."""

    code: str
    weight: float
    en: str
    zh: str


class Likeness(msgspec.Struct, frozen=True):
    """How alike two alerts are: ``score`` 0..1, and why, the weightiest reason first."""

    alert_id: str
    score: float
    reasons: tuple[Reason, ...]


def traits(alert: Alert, findings: Iterable[Finding] = ()) -> Traits:
    """The traits of an alert's newest revision, and of findings that stand behind it."""
    templates: set[int] = set()
    texts: dict[str, set[str]] = {"domain": set(), "sender": set()}
    values_of_all = [*(one.values for one in alert.evidence), *(one.values for one in findings)]
    for values in values_of_all:
        if (bits := _bits(values.get("content"))) is not None and len(templates) < _MOST_HASHES:
            templates.add(bits)
        for name, found in texts.items():
            if isinstance(text := values.get(name), str) and text:
                found.add(text.lower())
    track = list(alert.track or ())
    if not track and alert.position:
        track = [(alert.last_seen, alert.position["lat"], alert.position["lon"])]
    return Traits(
        alert_id=alert.alert_id,
        first_seen=alert.first_seen,
        last_seen=alert.last_seen,
        identities=tuple(alert.identities),
        track=tuple(track),
        templates=frozenset(templates),
        domains=frozenset(texts["domain"]),
        senders=frozenset(texts["sender"]),
        # Impersonated numbers are anybody's whom frauds like to show.
        numbers=frozenset(n.number for n in alert.numbers if n.role != "impersonated"),
        campaign=alert.campaign,
    )


def likeness(one: Traits, other: Traits) -> Likeness:
    """How alike ``other`` is to ``one``; symmetric but for whose id it has."""
    reasons = sorted(_reasons(one, other), key=lambda reason: (-reason.weight, reason.code))
    missing = 1.0
    for reason in reasons:
        if reason.weight > 0:
            missing *= 1.0 - reason.weight
    score = 1.0 - missing
    if any(reason.weight < 0 for reason in reasons):
        score *= _CONTRADICTED
    return Likeness(other.alert_id, round(score, 3), tuple(reasons))


def similar(one: Traits, others: Iterable[Traits], most: int = 20) -> list[Likeness]:
    """Those worth showing beside ``one``, the likeliest first."""
    found = [likeness(one, other) for other in others if other.alert_id != one.alert_id]
    worth = [like for like in found if like.score >= LEAST_SCORE]
    return sorted(worth, key=lambda like: (-like.score, like.alert_id))[:most]


def _reason(words: str, value: object = "", code: str = "", weight: float = 0.0) -> Reason:
    """A tie with its words; code and weight are those of the words where none is given."""
    en, zh = (_WORDS[language][words].format(value) for language in LANGUAGES)
    return Reason(code or words, weight or _WEIGHTS[words], en, zh)


def _reasons(one: Traits, other: Traits) -> Iterator[Reason]:
    if any((a ^ b).bit_count() <= TEMPLATE_BITS for a in one.templates for b in other.templates):
        yield _reason("template")
    for domain in sorted(one.domains & other.domains)[:1]:
        yield _reason("domain", domain)
    for sender in sorted(one.senders & other.senders)[:1]:
        yield _reason("sender", sender)
    if shared := len(one.numbers & other.numbers):
        yield _reason("number", shared)
    if one.campaign is not None and one.campaign == other.campaign:
        yield _reason("campaign")
    yield from _of_identities(one.identities, other.identities)
    yield from _of_places(one, other)


def _of_identities(one: tuple[Identity, ...], other: tuple[Identity, ...]) -> Iterator[Reason]:
    """The strongest tie of the claimed cell, and the strongest of the channel."""
    pairs = [(a, b) for a in one for b in other if a.rat == b.rat]
    areas = [a for a, b in pairs if _same_area(a, b)]
    cells = [a for a, b in pairs if a.cell is not None and a.cell == b.cell and _same_area(a, b)]
    if cells:
        yield _reason("cell", f"{cells[0].area}-{cells[0].cell}")
    elif areas:
        yield _reason("area", areas[0].area)
    tuned = [(a, b) for a, b in pairs if a.arfcn is not None and a.arfcn == b.arfcn]
    coded = [a for a, b in tuned if a.pci is not None and a.pci == b.pci]
    if coded:
        yield _reason("channel_and_code", f"{coded[0].arfcn}, {coded[0].pci}", "channel")
    elif tuned:
        yield _reason("channel", tuned[0][0].arfcn)


def _same_area(a: Identity, b: Identity) -> bool:
    return a.area is not None and (a.mcc, a.mnc, a.area) == (b.mcc, b.mnc, b.area)


def _of_places(one: Traits, other: Traits) -> Iterator[Reason]:
    if not one.track or not other.track:
        return
    ways = [[(lat, lon) for _, lat, lon in side.track] for side in (one, other)]
    if min(length_m(way) for way in ways) >= LEAST_WAY_M:
        share = alike(*ways)
        if share >= _LEAST_ALIKE:
            figure = f"{share:.0%}".replace("%", " %")
            yield _reason("route", figure, weight=_ROUTE * share)
    elif (gap_m := apart_m(*ways)) <= _PLACE_M:
        yield _reason("place", f"{gap_m:.0f}")
    least_m = _apart_at_one_time(one, other)
    if least_m is not None and least_m > _APART_M:
        yield _reason("two_places", f"{least_m / 1000:.0f} km")


def _apart_at_one_time(one: Traits, other: Traits) -> float | None:
    """The least distance (m) between fixes of one time; ``None`` where there are none."""
    if one.last_seen < other.first_seen or other.last_seen < one.first_seen:
        return None
    return least_apart_m(one.track, other.track, _SAME_TIME_MS)


def _bits(content: object) -> int | None:
    if not isinstance(content, str) or len(content) != _HEX_DIGITS:
        return None
    try:
        return int(content, 16)
    except ValueError:
        return None
