"""Which incident a finding belongs to, and which incidents are one.

A finding joins an incident that claims an identity which agrees with its own, if the two places
can be reached from each other in the time between; or one with another identity, or none, if it is
close by: transmitters change their identity as they go, some with each pause. The same channel and
code open the gates wider, but are never asked for: some change them with each identity, some use
two at once. Two transmitters a good kilometre apart stay two.
"""

from collections.abc import Iterable
from math import asin, cos, radians, sin, sqrt

import msgspec

from detectors.finding import Finding, Identity
from detectors.incident import Incident

_EARTH_M = 6_371_008.8


class Association(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Gates in space and time. Distances are between a report and the middle of the recent ones.

    After a pause of at most ``paused_s`` another identity within ``paused_m`` of an alert is taken
    for the same transmitter.
    """

    most_gap_s: float = 1800.0
    same_identity_m: float = 4000.0
    other_identity_m: float = 1100.0
    other_identity_s: float = 300.0
    same_channel_m: float = 2000.0
    paused_s: float = 1500.0
    paused_m: float = 800.0
    one_and_the_same_m: float = 700.0
    speed_mps: float = 30.0
    most_driving_s: float = 300.0


def choose(joinable: Iterable[Incident], finding: Finding, gates: Association) -> Incident | None:
    """The incident that ``finding`` joins; ``None`` where it begins one of its own.

    ``joinable`` are `Board.joinable`. Alerting incidents come before mere candidates, agreeing
    identities before others, then the nearest; ties go to the older incident.
    """
    best: tuple[bool, bool, bool, float] | None = None
    chosen = None
    reach_m = (finding.place and finding.place.reach_m) or 0.0
    for incident in joinable:
        gap_ms = max(incident.first_ts - finding.ts, finding.ts - incident.last_ts, 0)
        if gap_ms > gates.most_gap_s * 1000:
            continue
        same = _claims(incident, finding.claimed)
        keyed = _is_on(incident, finding.claimed)
        far_m = _distance_m(incident, finding)
        gate_m = _gate_m(incident, finding, same, keyed, far_m is not None, gap_ms, gates)
        if gate_m is None:
            continue
        if far_m is not None and far_m > gate_m + min(reach_m, gate_m / 2):
            continue
        rank = (incident.alert_id is None, not same, not keyed, far_m or 0.0)
        if best is None or rank < best:
            best, chosen = rank, incident
    return chosen


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
    # Another identity is taken for the same transmitter only where and while that one is.
    if not (incident.telling and finding.is_telling):
        return None
    if gap_ms <= gates.other_identity_s * 1000:
        return gates.other_identity_m
    if incident.alert_id is not None and gap_ms <= gates.paused_s * 1000:
        return gates.paused_m
    return None


def same_transmitter(candidate: Incident, older: Incident, gates: Association) -> bool:
    """Whether a candidate that has no alert yet is an older incident under another identity."""
    if candidate.alert_id is not None or not (candidate.telling and older.telling):
        return False
    gap_ms = max(candidate.first_ts - older.last_ts, older.first_ts - candidate.last_ts, 0)
    most_s = gates.paused_s if older.alert_id is not None else gates.most_driving_s
    if gap_ms > most_s * 1000 or candidate.middle is None or older.middle is None:
        return False
    return near_m(*candidate.middle, *older.middle) <= gates.one_and_the_same_m


def near_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance of two points in metres: the scalar twin of `geo.sphere`.

    >>> round(near_m(0.0, 0.0, 0.0, 1.0))
    111195
    """
    half = sin(radians(lat2 - lat1) / 2) ** 2
    half += cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(half)))


def _claims(incident: Incident, claimed: Identity | None) -> bool:
    if claimed is None:
        return False
    return any(t.claimed is not None and t.claimed.agrees(claimed) for t in incident.tallies)


def _is_on(incident: Incident, claimed: Identity | None) -> bool:
    """Whether an incident has the same channel and code."""
    if claimed is None or claimed.arfcn is None or claimed.pci is None:
        return False
    channel = claimed.rat, claimed.arfcn, claimed.pci
    return any(
        t.claimed is not None and (t.claimed.rat, t.claimed.arfcn, t.claimed.pci) == channel
        for t in incident.tallies
    )


def _distance_m(incident: Incident, finding: Finding) -> float | None:
    if incident.middle is None or finding.place is None:
        return None
    return near_m(*incident.middle, finding.place.lat, finding.place.lon)
