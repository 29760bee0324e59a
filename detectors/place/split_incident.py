"""Two transmitters in one incident: it becomes two.

Findings join by identity, so two transmitters that share one end up in one incident, placed between
them. Where the reports show two (`geo.separate.split`), every phone goes to the transmitter whose
reports it gave, phones without a placed report stay with the first. The two incidents remember that
they were one, so that nothing puts them together again, and findings of their identity go to the
nearer. Two with an identity each, known by what names these (`detectors.alert.hypotheses`), are
divided by it, and what names nobody stays with the first; so are two of which the identities are
received in two places at once (`detectors.place.apart`).
"""

from collections import Counter
from collections.abc import Container, Sequence
from hashlib import blake2b
from itertools import compress
from typing import Final

import msgspec
import numpy as np

from detectors.context.zone_context import ZoneContext
from detectors.incident.incident import Incident
from detectors.incident.report import Report, mean_of, recent
from detectors.incident.tally import Tally
from detectors.model.finding import STRONG_WEIGHT, Identity
from detectors.model.text import Text, remember
from detectors.place.apart import elsewhere
from detectors.place.location_input import LocationInput
from geo.earth.sphere import great_circle_m
from geo.separate.split import Split, split

#: An incident is looked at dozens of times, each time with the chance of a false split. So what the
#: test finds must be far surer than one look would need (Delta BIC), or the two so far apart (m),
#: and be found in so many looks in a row.
_SURE: Final = {"keys": 20.0, "levels": 30.0}
_SURELY_APART_M: Final = 2_000.0
_LOOKS: Final = 3
#: .. or, of two that have an identity each, in so many.
_LOOKS_BY_NAME: Final = 2
_LOOK_EVERY_MS: Final = 30_000
#: Where the last look saw one transmitter, nothing less than such a share more of reports can show
#: two.
_MORE: Final = 0.1
#: An incident is divided so often at most, each part of it counted.
_MOST_PARTS: Final = 8


def is_look_due(incident: Incident) -> bool:
    """Whether `divide` would look at the reports now."""
    if incident.parts >= _MOST_PARTS or incident.last_rx < incident.looked_rx + _LOOK_EVERY_MS:
        return False
    more = incident.taken - incident.looked_taken
    doubted = incident.doubted > 0 or incident.doubted_names > 0
    return doubted or more >= _MORE * len(incident.reports)


def divide(
    incident: Incident,
    context: ZoneContext,
    foreign: Container[Identity | None] = (),
    cell: Identity | None = None,
) -> Incident | None:
    """The second of two incidents where there are two transmitters; ``None`` where one will do.

    What was reported of ``foreign`` identities, which other stories are about, shows no second one:
    honest cells stand elsewhere. ``cell`` is the registered one that the incident is about, if any.
    Keeps count of looks in the incident. What came out of a division is divided by names alone.
    """
    if not is_look_due(incident):
        return None
    incident.looked_rx, incident.looked_taken = incident.last_rx, incident.taken
    leaving = elsewhere(incident, cell)
    incident.doubted_names = incident.doubted_names + 1 if any(leaving) else 0
    if incident.doubted_names >= _LOOKS_BY_NAME:
        incident.doubted_names = 0
        return part(incident, leaving)
    if incident.doubted_names or incident.parts:
        incident.doubted = 0
        return None
    known = LocationInput.of_phones(incident, context, foreign)
    found = None
    if known.reports:
        prior, columns = known.prior(), known.columns()
        keys: dict[object, int] = {None: -1}
        codes = [keys.setdefault(_key_of(report), len(keys) - 1) for report in known.reports]
        found = split(columns, prior=prior, key=np.array(codes))
    incident.doubted = incident.doubted + 1 if found is not None and _is_sure(found) else 0
    if found is None or incident.doubted < _LOOKS:
        return None
    return divided(incident, known.reports, found)


def _is_sure(found: Split) -> bool:
    if found.reason == "kinematics":
        return found.separation_m >= _SURELY_APART_M
    return found.delta_bic >= _SURE[found.reason]


def _key_of(report: Report) -> tuple[object, ...] | None:
    """What the phone measured: technology, channel and code; ``None`` without a channel."""
    claimed = report.claimed
    if claimed is None or claimed.arfcn is None:
        return None
    return claimed.rat, claimed.arfcn, claimed.pci


def divided(incident: Incident, reports: list[Report], found: Split) -> Incident | None:
    """The second of two incidents, with what it takes out of the first, which is changed.

    ``found.part`` has a row for each of ``reports``. The first keeps the part that was reported
    earlier. ``None`` where one part has no phones of its own.
    """
    parts: dict[str, Counter[int]] = {}
    for report, part in zip(reports, found.part.tolist(), strict=True):
        if part >= 0:
            parts.setdefault(report.who, Counter())[part] += 1
    if not parts:
        return None
    first = next(part for part in found.part.tolist() if part >= 0)
    who_left = {who for who, count in parts.items() if count[1 - first] > count[first]}
    centres = [
        mean_of([r for r, p in zip(reports, found.part.tolist(), strict=True) if p == part])
        for part in (first, 1 - first)
        if (found.part == part).any()
    ]
    if len(centres) < 2 or not who_left or len(who_left) == len(parts):
        return None
    for report in incident.reports:
        if report.who not in parts:
            stay_m, go_m = (great_circle_m(*centre, report.lat, report.lon) for centre in centres)
            if go_m < stay_m:
                who_left.add(report.who)
    left = [report for report in incident.reports if report.who in who_left]
    other = _begun(incident, left)
    incident.renew()
    incident.reports = [report for report in incident.reports if report.who not in who_left]
    incident.middle = mean_of(incident.reports)
    incident.track, incident.standing = [], None
    incident.apart = [*incident.apart, other.apart[-1]]
    moved = [_moved(tally, who_left) for tally in incident.tallies]
    other.tallies = [tally for tally in moved if tally is not None]
    incident.tallies = [tally for tally in incident.tallies if tally.votes]
    return other


def part(incident: Incident, leaving: Sequence[bool]) -> Incident | None:
    """The second of two incidents, with what names the identities of some tallies of the first;
    ``None`` where that has no place, or is all. Both are then known by what they have, and the
    first is weighed anew. An alert keeps what its highest odds were about: then the others leave.
    """
    if incident.alerting:
        leaving = _but_for(incident, leaving)
    claimed = {t.claimed for t in compress(incident.tallies, leaving)} - {None}
    left = [tally for tally in incident.tallies if tally.claimed in claimed]
    stay = [tally for tally in incident.tallies if tally.claimed not in claimed]
    reports = [report for report in incident.reports if report.claimed in claimed]
    if not reports or not stay:
        return None
    other = _begun(incident, reports)
    other.first_rx = min(vote.rx for tally in left for vote in tally.votes.values())
    other.seed = next(tally.claimed for tally in left)
    incident.reports = [report for report in incident.reports if report.claimed not in claimed]
    incident.track, incident.standing, incident.peak = [], None, float("-inf")
    incident.apart = [*incident.apart, other.apart[-1]]
    texts = incident.texts
    for one, tallies in ((other, left), (incident, stay)):
        one.renew()
        one.tallies = tallies
        _date(one, texts)
    return other


def _but_for(incident: Incident, leaving: Sequence[bool]) -> Sequence[bool]:
    """The same two, where those that leave alone are what the highest odds were about: then all
    others leave, but for what agrees with that."""
    named = [tally.is_named(incident.peak_about) for tally in incident.tallies]
    if {leaves for leaves, is_named in zip(leaving, named, strict=True) if is_named} != {True}:
        return leaving
    kept = [t.claimed for t in compress(incident.tallies, leaving) if t.claimed is not None]
    return [
        not leaves and not any(one.agrees(tally.claimed) for one in kept if tally.claimed)
        for leaves, tally in zip(leaving, incident.tallies, strict=True)
    ]


def _date(incident: Incident, texts: list[Text]) -> None:
    """Makes the times, texts (of those known before) and the middle of an incident those of what it
    has."""
    found = [(t, vote) for t in incident.tallies for vote in t.votes.values()]
    strong = [(t, vote) for t, vote in found if vote.weight >= STRONG_WEIGHT]
    incident.strong = bool(strong)
    incident.first_ts = min(tally.first_ts for tally, _ in strong or found)
    incident.last_ts = max(tally.last_ts for tally, _ in strong or found)
    incident.last_rx = max(vote.rx for _, vote in strong or found)
    incident.texts = []
    for tally in incident.tallies:
        if tally.text is not None:
            remember(incident.texts, tally.text)
    for text in incident.texts:
        named = (known.sent_from for known in texts if known.sent_from and known.is_like(text))
        text.sent_from = next(named, None)
    some = recent(incident.reports, incident.last_ts) if incident.reports else []
    incident.middle = mean_of(some) if some else None


def _begun(incident: Incident, left: list[Report]) -> Incident:
    """A new incident with the reports that leave one, without tallies; counts it as a part."""
    name = _name_of(left)
    incident.parts += 1
    return Incident(
        incident.zone,
        incident.owner,
        incident.first_rx,
        incident.last_rx,
        min(report.ts for report in left),
        max(report.ts for report in left),
        naming=[name],
        apart=[*incident.apart, name],
        parts=incident.parts,
        seed=incident.seed,
        strong=incident.strong,
        changed=True,
        reports=left,
        middle=mean_of(left),
        taken=len(left),
        newest_rx=incident.newest_rx,
    )


def _moved(tally: Tally, who_left: set[str]) -> Tally | None:
    """The part of a tally that some devices gave, taken out of it."""
    votes = {who: vote for who, vote in tally.votes.items() if who in who_left}
    if not votes:
        return None
    share = len(votes) / len(tally.votes)
    moved = msgspec.structs.replace(tally, votes=votes, count=max(1, round(share * tally.count)))
    tally.votes = {who: vote for who, vote in tally.votes.items() if who not in who_left}
    tally.count = max(len(tally.votes), tally.count - moved.count)
    return moved


def _name_of(reports: list[Report]) -> bytes:
    """A digest of where and when they were measured: no pseudonym, so that it is the same
    always."""
    content = sorted((r.ts, r.lat, r.lon, repr(r.level_dbm)) for r in reports)
    return blake2b(msgspec.json.encode(content), digest_size=16).digest()
