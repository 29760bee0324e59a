"""From an incident's findings to one probability.

Log-likelihood ratios add up where they are independent. They are made so as far as can be: of one
device only the strongest finding counts for each detector, fading with the age of the device's last
one; of one detector no more counts than its cap, since all its devices may share one innocent
cause. The sum starts at the prior odds that a handful of odd findings has a transmitter behind it.

One hostile device, or a few, can say anything: whatever the sum, an incident stays below one half
until enough distinct devices of two families of evidence, or many of one, stand behind it.
"""

from collections.abc import Iterable
from math import exp, log1p
from typing import Final

import msgspec

from detectors.finding import Family
from detectors.incident import Incident

FAMILIES: Final[tuple[Family, ...]] = ("signalling", "identity", "radio", "sms", "protocol")


class Fusion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How findings add up. Weights are nats; ``prior_log_odds`` is before any finding."""

    prior_log_odds: float = -7.0
    half_life_s: float = 600.0
    lone_share: float = 0.25
    peers_within_s: float = 3600.0
    peer_share: float = 0.5
    most_log_odds: float = 6.0
    held_back_log_odds: float = -0.5
    least_devices: int = 4
    least_devices_of_a_family: int = 2
    least_devices_of_one_family: int = 6


def contributions(
    incident: Incident, now_ms: int, fusion: Fusion, peers: Iterable[Incident] = ()
) -> dict[str, float]:
    """Nats that each detector adds at arrival time ``now_ms``, by detector.

    What only one device says of an area counts by ``lone_share``: phones with a corrupt memory or a
    wrong position each tell a story of their own, victims of one transmitter tell the same.

    ``peers`` are the other incidents of the zone. Of those that never became an alert, each with
    nearly as many devices by the same detector shows how often an innocent cause does as much here:
    with n of them, one chance in n + 1 is left that this one is the exception. So an unknown cell
    says little where the register is full of holes.
    """
    strongest: dict[str, dict[str, float]] = {}
    caps: dict[str, float] = {}
    half_life_ms = fusion.half_life_s * 1000
    support = _support(incident)
    for tally in incident.tallies:
        votes = strongest.setdefault(tally.detector, {})
        caps[tally.detector] = max(tally.cap, caps.get(tally.detector, 0.0))
        area = tally.claimed.area if tally.claimed else None
        share = fusion.lone_share if area is not None and support[area] < 2 else 1.0
        for voter, vote in tally.votes.items():
            faded = share * vote.weight * 0.5 ** (max(0, now_ms - vote.rx) / half_life_ms)
            votes[voter] = max(faded, votes.get(voter, 0.0))
    added = {}
    for detector, votes in strongest.items():
        like = sum(
            peer is not incident
            and peer.alert_id is None
            and peer.owner == peer.zone
            and peer.last_rx >= now_ms - fusion.peers_within_s * 1000
            and _does_as_much(peer, detector, caps[detector], len(votes) * fusion.peer_share)
            for peer in peers
        )
        added[detector] = max(0.0, min(sum(votes.values()), caps[detector]) - log1p(like))
    return added


def log_odds(
    incident: Incident, now_ms: int, fusion: Fusion, peers: Iterable[Incident] = ()
) -> float:
    """Log-odds that a transmitter is behind the incident, as known at ``now_ms``.

    What can't reach even odds is not held against its peers, which only could lower it further.
    """
    if not _enough_devices(incident, fusion):
        return fusion.held_back_log_odds
    odds = fusion.prior_log_odds + sum(contributions(incident, now_ms, fusion).values())
    if odds >= 0.0:
        added = contributions(incident, now_ms, fusion, peers)
        odds = fusion.prior_log_odds + sum(added.values())
    return min(odds, fusion.most_log_odds)


def can_alert(incident: Incident, fusion: Fusion) -> bool:
    """Whether the detectors that spoke could make an alert between them: a cheap first question."""
    caps: dict[str, float] = {}
    for tally in incident.tallies:
        caps[tally.detector] = max(tally.cap, caps.get(tally.detector, 0.0))
    return fusion.prior_log_odds + sum(caps.values()) >= 0.0


def probability(odds: float) -> float:
    """The probability of log-odds.

    >>> probability(0.0), round(probability(2.0), 3)
    (0.5, 0.881)
    """
    return 1.0 / (1.0 + exp(-odds))


def _enough_devices(incident: Incident, fusion: Fusion) -> bool:
    by_family = [incident.devices(family) for family in FAMILIES]
    if max(by_family) >= fusion.least_devices_of_one_family:
        return True
    spoken = sum(count >= fusion.least_devices_of_a_family for count in by_family)
    return spoken >= 2 and incident.devices() >= fusion.least_devices


def _support(incident: Incident) -> dict[int, int]:
    """Distinct devices that spoke of each area by any detector."""
    voters: dict[int, set[str]] = {}
    for tally in incident.tallies:
        if tally.claimed is not None and tally.claimed.area is not None:
            voters.setdefault(tally.claimed.area, set()).update(tally.votes)
    return {area: len(who) for area, who in voters.items()}


def _does_as_much(peer: Incident, detector: str, cap: float, devices: float) -> bool:
    """Whether a peer has as many devices by a detector, by evidence at least as strong in kind."""
    return any(
        tally.detector == detector and tally.cap >= cap and len(tally.votes) >= devices
        for tally in peer.tallies
    )
