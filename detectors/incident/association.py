"""Which incident a finding belongs to, and which incidents are one.

A finding joins an incident that claims an identity which agrees with its own, if the two places
can be reached from each other in the time between; or one with another identity, or none, if it is
close by: transmitters change their identity as they go, some with each pause. The same channel and
code open the gates wider, but are never asked for: some change them with each identity, some use
two at once.

A registered cell that is received where it can't be is most often a wrong row of the register, and
then has nothing to do with what else is near: it joins, and is joined, by identity or by channel
and code alone.

What is known of texts alone is told apart by the texts: another one than an incident's phones
received begins a candidate of its own, and becomes part of it only where places agree. Texts that
most received on one listed cell are nothing of a transmitter that poses as other cells.

Two transmitters a good kilometre apart stay two, though phones between them are near to both. So
what a phone received of a new identity begins a candidate, which may become part of an older
incident when more is known (`detectors.incident.identity_change`).
"""

from collections.abc import Iterable, Iterator
from math import inf

import msgspec

from detectors.features.rows.registrations import seen_identity
from detectors.incident.incident import Incident
from detectors.incident.tally import is_posing
from detectors.model.finding import Finding, Identity
from detectors.model.text import Text, text_of
from geo.earth.sphere import great_circle_m

#: So many phones must show that a registered cell isn't where it is listed: one or two are off by
#: themselves.
_VOID_DEVICES = 3
#: What is on the air may not be reported for so long (ms).
UNREPORTED_MS = 120_000


class Association(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Gates in space and time. Distances are between a report and the middle of the recent ones.

    After a pause of at most ``paused_s`` another identity within ``paused_m`` of an alert is taken
    for the same transmitter. ``merging_devices`` phones may show that two identities on the air
    together are within ``together_m``, or that candidates known from those who came back are within
    ``one_and_the_same_m``: of one transmitter. What follows on an identity that was given up may be
    ``next_identity_m`` from it.
    """

    most_gap_s: float = 1800.0
    same_identity_m: float = 4000.0
    other_identity_m: float = 1100.0
    other_identity_s: float = 300.0
    new_identity_m: float = 600.0
    next_identity_m: float = 2000.0
    same_channel_m: float = 2000.0
    paused_s: float = 1500.0
    paused_m: float = 700.0
    merging_devices: int = 3
    together_m: float = 750.0
    one_and_the_same_m: float = 700.0
    speed_mps: float = 30.0
    most_driving_s: float = 300.0

    def near_m(self) -> float:
        """Beyond this no finding joins what it has no identity and no channel in common with."""
        gate_m = max(self.other_identity_m, self.new_identity_m)
        return gate_m + _widened_m(inf, gate_m)

    def keyed_m(self) -> float:
        """Beyond this no finding joins what it has but a channel or code in common with."""
        return self.same_channel_m + self.speed_mps * self.most_driving_s


def joins_by_place(finding: Finding) -> bool:
    """Whether a finding may join an incident with which it has no area, no channel, no code and no
    text in common: one that says of an area no cell, or else no code."""
    claimed = finding.claimed
    if not finding.is_strong or claimed is None:
        return finding.is_strong
    names_none = claimed.code is None if claimed.area is None else claimed.cell is None
    return names_none and not is_posing(finding)


def choose(joinable: list[Incident], finding: Finding, gates: Association) -> Incident | None:
    """The incident that ``finding`` joins; ``None`` where it begins one of its own.

    ``joinable`` are `IncidentIndex.joinable`. Agreeing identities and like texts come before
    others, those of more devices or reports first, then alerting incidents before mere candidates,
    those that may be a wrong row of the register last, then the nearest; ties go to the older.
    """
    best: tuple[tuple[int, bool, bool, bool], float] | None = None
    chosen = None
    place = finding.place
    reach_m = (place and place.reach_m) or 0.0
    text = text_of(finding)
    most_gap_ms, may_be_void = gates.most_gap_s * 1000, _may_be_void(finding)
    for incident in joinable:
        gap_ms = max(incident.first_ts - finding.ts, finding.ts - incident.last_ts, 0)
        if gap_ms > most_gap_ms:
            continue
        void = may_be_void and has_void_place(incident, finding)
        same = void or _claims(incident, finding.claimed)
        keyed = _is_on(incident, finding.claimed)
        bounds = None if void or place is None else incident.bounds
        like = 0 if text is None else max(_reports_of(text, incident), default=0)
        placed = bounds is not None
        alike = same or like > 0
        gate_m = _gate_m(incident, finding, alike, keyed, placed, gap_ms, gates)
        if gate_m is None or _is_other_text(incident, finding, text, alike or keyed):
            continue
        widened_m = _widened_m(reach_m, gate_m) if same or finding.claimed is None else 0.0
        # A cheap first question: most incidents are far off as a whole.
        if place and bounds and bounds.least_m(place.lat, place.lon) > gate_m + widened_m:
            continue
        backing = -_backing(incident, finding.claimed) if same else -like
        rank = (backing, not keyed, not incident.alerting, incident.poses)
        if best is not None and rank > best[0]:
            continue
        far_m = (_distance_m(incident, finding) if bounds is not None else None) or 0.0
        if far_m <= gate_m + widened_m and (best is None or (rank, far_m) < best):
            best, chosen = (rank, far_m), incident
    return _nearest_twin(joinable, chosen, finding) if chosen is not None else None


def _reports_of(text: Text, incident: Incident) -> Iterator[int]:
    """How many reports an incident has of each text like this one."""
    return (known.count for known in incident.texts if text.is_like(known))


def _widened_m(reach_m: float, gate_m: float) -> float:
    """What a place that is only known to so much adds to a gate."""
    return min(reach_m, gate_m / 2)


def _nearest_twin(joinable: list[Incident], chosen: Incident, finding: Finding) -> Incident:
    """Of two incidents that were one (two transmitters under one identity), the nearer."""
    twins = [
        incident
        for incident in joinable
        if not set(incident.apart).isdisjoint(chosen.apart) and _claims(incident, finding.claimed)
    ]
    apart = [(_distance_m(twin, finding), at) for at, twin in enumerate(twins)]
    known = [(far_m, at) for far_m, at in apart if far_m is not None]
    return twins[min(known)[1]] if known else chosen


def _is_other_text(incident: Incident, finding: Finding, text: Text | None, related: bool) -> bool:
    """Whether a text without any cell is another than those of an incident, or another's."""
    if text is None or finding.claimed is not None or related:
        return False
    return bool(incident.texts) or _is_sent_from_another(incident, [text])


def are_sent_apart(one: Incident, other: Incident) -> bool:
    """Whether one of two is known from texts alone, which the other's transmitter didn't send."""
    either = (one, other), (other, one)
    return any(a.is_of_texts and _is_sent_from_another(b, a.texts) for a, b in either)


def _is_sent_from_another(incident: Incident, texts: Iterable[Text]) -> bool:
    """Whether the listed cells from which texts were sent are known, and an incident's transmitter
    poses as others of that technology: none of their receivers was on what several receive."""
    named = [cell for text in texts if (cell := seen_identity(text.sent_from))]
    if any(_claims(incident, cell) for cell in named):
        return False
    received = [tally.claimed for tally in incident.received if len(tally.votes) > _VOID_DEVICES]
    return not {one and one.domain for one in received}.isdisjoint(cell.domain for cell in named)


def has_void_place(incident: Incident, finding: Finding) -> bool:
    """Whether a finding's place is void: it is the registered one of a cell of which several of
    the incident's phones show that it isn't there, since somebody clones it."""
    cell = finding.seen_on
    if cell is None or not _may_be_void(finding):
        return False
    return any(
        is_posing(tally)
        and len(tally.votes) >= _VOID_DEVICES
        and tally.claimed is not None
        and tally.claimed.agrees(cell)
        for tally in incident.tallies
    )


def _may_be_void(finding: Finding) -> bool:
    """Whether a finding's place is the registered one of a cell."""
    place, cell = finding.place, finding.seen_on
    at_cell = place is not None and place.reach_m is not None
    return at_cell and cell is not None and cell.cell is not None


def _gate_m(
    incident: Incident,
    finding: Finding,
    same: bool,
    keyed: bool,
    placed: bool,
    gap_ms: int,
    gates: Association,
) -> float | None:
    """How far from the incident a finding may lie to join it (m); ``None`` where it can't."""
    drive_m = gates.speed_mps * min(gap_ms / 1000, gates.most_driving_s)
    if same:
        return gates.same_identity_m + drive_m
    if not placed:
        return None
    if keyed:
        return gates.same_channel_m + drive_m
    # Another identity is taken for the same transmitter only where and while that one is; what
    # `joins_by_place` rules out can't come to it.
    if not (incident.strong and finding.is_strong):
        return None
    if gap_ms > gates.other_identity_s * 1000:
        return None
    claimed = finding.claimed
    if claimed is not None and (is_posing(finding) or incident.poses):
        return None  # each registered cell is a candidate of its own
    if claimed is not None and claimed.area is None and claimed.code is not None:
        return None  # another code is another cell
    domains = incident.claimed_domains
    if claimed is not None and domains and claimed.domain not in (None, *domains):
        return None  # what is heard of on LTE alone isn't known to use areas of GSM
    if claimed is not None and claimed.cell is not None and finding.family == "protocol":
        return None  # how a cell deals with phones is of that cell, whatever else is near
    if claimed is None or claimed.area is None or _has_area(incident, claimed):
        return gates.other_identity_m
    return gates.new_identity_m if claimed.cell is None else None


def _claims(incident: Incident, claimed: Identity | None) -> bool:
    if claimed is None:
        return False
    return any(one.agrees(claimed) for one in incident.claims_by_area.get(claimed.area, ()))


def _backing(incident: Incident, claimed: Identity | None) -> int:
    """How many devices of an incident report an identity; at least 1 where its place is void."""
    if claimed is None:
        return 1
    votes = [t.votes for t in incident.tallies if t.claimed and t.claimed.agrees(claimed)]
    return max(1, len(votes[0] if len(votes) == 1 else set().union(*votes)))


def _has_area(incident: Incident, claimed: Identity) -> bool:
    """Whether an incident claims the area, be it with another cell."""
    of_area = incident.claims_by_area.get(claimed.area, ())
    return any((one.mcc, one.mnc) == (claimed.mcc, claimed.mnc) for one in of_area)


def _is_on(incident: Incident, claimed: Identity | None) -> bool:
    """Whether an incident has the same channel and code; or the same code, where one of the two
    knows no channel (base stations name the target of a handover by its code)."""
    if claimed is None or claimed.pci is None:
        return False
    if claimed.arfcn is None:
        return claimed.code in incident.claimed_codes
    channel = claimed.rat, claimed.arfcn, claimed.pci
    return channel in incident.claimed_channels or claimed.code in incident.bare_codes


def _distance_m(incident: Incident, finding: Finding) -> float | None:
    if finding.place is None or (middle := incident.middle_at(finding.ts)) is None:
        return None
    return great_circle_m(*middle, finding.place.lat, finding.place.lon)
