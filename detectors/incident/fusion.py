"""From an incident's findings to one probability.

Log-likelihood ratios add up where they are independent. They are made so as far as can be: of one
device only the strongest finding counts for each detector, fading with the age of the device's last
one; of one detector no more counts than its cap, since all its devices may share one innocent
cause; and of several detectors of a family only the most in full, since they may share it too. The
sum starts at the prior odds: transmitters over odd clusters in a city and day.

One hostile device, or a few, can report anything: whatever the sum, an incident stays below one
half until enough distinct devices of two families of evidence, or many of one, report the same;
those that report something else count a third.

Log-odds become a probability by two numbers (Platt 1999), since the sum of many small dependences
is not exact: the slope is fitted on simulated cities (``benchmarks/calibrate.py``), the offset
chosen (docs/evaluation.md).
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from functools import partial
from itertools import compress
from math import exp, log, log1p
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detectors.incident.burst import most_each_adds
from detectors.incident.incident import Incident
from detectors.incident.look_alikes import LookAlikes
from detectors.incident.tally import Tally
from detectors.model.finding import OF_HARM, STRONG_WEIGHT, Family

#: Devices with other stories that count as one with the same.
_OTHERS: Final = 3
FAMILIES: Final[tuple[Family, ...]] = ("signalling", "identity", "radio", "sms", "protocol")
#: Below this a probability is none (its exponential would overflow).
_LEAST_ODDS: Final = -700.0
#: What a device has brought before anything is known of it: nats, in all and what is left.
_NOTHING: Final = (0.0, 0.0)


class Fusion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How findings add up; weights are nats.

    The base rate is ``transmitters_per_city_day`` over ``candidates_per_city_day``, clusters of odd
    findings that an honest city of some million people has in a day. Where more transmitters are on
    the air it is raised, by at most ``most_raised_nats``. The calibrated log-odds are
    ``calibration_slope`` times the sum plus ``calibration_offset``.
    """

    transmitters_per_city_day: Annotated[float, Meta(gt=0.0)] = 1.0
    candidates_per_city_day: Annotated[float, Meta(gt=0.0)] = 1100.0
    calibration_slope: Annotated[float, Meta(gt=0.0)] = 0.837
    calibration_offset: float = -0.9
    half_life_s: float = 600.0
    lone_share: float = 0.25
    same_family_share: float = 0.3
    peers_within_s: float = 3600.0
    peer_share: float = 0.5
    most_raised_nats: Annotated[float, Meta(ge=0.0)] = 3.0
    most_log_odds: float = 3.5
    held_back_log_odds: float = -0.5
    least_devices: int = 4
    least_devices_of_a_family: int = 2
    least_devices_of_one_family: int = 6

    def look_alikes(
        self,
        incident: Incident,
        peers: Iterable[Incident],
        by_rate: Container[str] = (),
        own_cause: Container[str] = (),
    ) -> LookAlikes:
        """Those of ``peers``, all incidents of a zone, that an incident is compared with.
        ``by_rate`` and ``own_cause`` as for `contributions`."""
        since_ms = incident.last_rx - self.peers_within_s * 1000
        harm = partial(_harm_of, fusion=self, by_rate=by_rate)
        return LookAlikes(
            incident, peers, since_ms, harm, self.same_family_share, own_cause, by_rate
        )

    @property
    def prior_log_odds(self) -> float:
        """Log-odds that a cluster of odd findings has a transmitter behind it."""
        return log(self.transmitters_per_city_day / self.candidates_per_city_day)

    def calibrated(self, odds: float) -> float:
        """Log-odds as measured for a sum of weights and prior."""
        return self.calibration_slope * odds + self.calibration_offset


def contributions(
    incident: Incident,
    now_ms: int,
    fusion: Fusion,
    peers: LookAlikes | None = None,
    kept: Sequence[float] | None = None,
    by_rate: Container[str] = (),
    own_cause: Container[str] = (),
    of: Container[Family] = FAMILIES,
    belongs: Sequence[bool] | None = None,
    contained: Mapping[str, Mapping[str, float]] | None = None,
    but_peers_of: Container[str] = (),
) -> dict[str, float]:
    """Nats that each detector ``of`` some families adds at arrival time ``now_ms``, by detector; of
    a story those of the tallies that belong to it.

    What only one device reports of an area counts by ``lone_share``: phones with a corrupt memory
    or a wrong position each report something else, victims of one transmitter the same.

    Each of the ``peers`` with nearly as many devices by the same detector shows how often an
    innocent cause does as much here, as far as it looks innocent itself
    (`detectors.incident.look_alikes`): with n of them, one chance in n + 1 is left that this one is
    the exception. So an unknown cell weighs little where the register is full of holes. Detectors
    ``but_peers_of`` are left out of this: what else is behind theirs is weighed by itself.

    ``kept`` is how much innocent explanations leave of each tally
    (`detectors.benign.incident_causes`). It comes after the cap, so that a crowd that shares an
    innocent cause doesn't drown it. Devices of the detectors ``by_rate`` count by how fast they
    come, compared with the strays of ``peers`` (`detectors.incident.burst`); those ``own_cause``
    weigh in full beside others of their family. ``contained`` has of some detectors how many nats
    of others' findings theirs are about, too, so that these count but once.
    """
    strongest: dict[str, dict[str, tuple[float, float]]] = {}
    caps: dict[str, float] = {}
    families: dict[str, Family] = {}
    half_life_ms = fusion.half_life_s * 1000
    # What arrives late is as old as the time that it is about.
    now_ts = incident.last_ts + now_ms - incident.last_rx
    by_area = _support(incident)
    own = [
        (at, tally)
        for at, tally in enumerate(incident.tallies)
        if tally.family in of and (belongs is None or belongs[at])
    ]
    strays = peers.strays if peers else None
    most_each = most_each_adds((tally for _, tally in own), by_rate, incident.last_rx, strays)
    for at, tally in own:
        votes = strongest.setdefault(tally.detector, {})
        families[tally.detector] = tally.family
        caps[tally.detector] = max(tally.cap, caps.get(tally.detector, 0.0))
        area = tally.claimed.area if tally.claimed else None
        share = fusion.lone_share if area is not None and by_area[area] < 2 else 1.0
        left = 1.0 if kept is None else kept[at]
        most = most_each.get(tally.detector)
        for voter, vote in tally.votes.items():
            weight = vote.weight if most is None or vote.weight < most else most
            ago_ms = min(now_ms - vote.rx, now_ts - vote.seen)
            faded = share * weight * (0.5 ** (ago_ms / half_life_ms) if ago_ms > 0 else 1.0)
            this, known = (faded, faded * left), votes.get(voter, _NOTHING)
            votes[voter] = this if this > known else known
    added, share = {}, fusion.peer_share
    for detector, votes in strongest.items():
        asked = peers if detector not in but_peers_of else None
        like = asked.count(detector, caps[detector], len(votes) * share) if asked else 0.0
        whole = sum(vote for vote, _ in votes.values())
        left = sum(vote for _, vote in votes.values()) / whole if whole else 0.0
        added[detector] = max(0.0, min(whole, caps[detector]) * left - log1p(like))
    for name, others in (contained or {}).items():
        for other, nats in others.items():
            if name in added and other in added:
                added[other] -= min(added[name], added[other], nats)
    shared = [name for name in added if name not in own_cause]
    _weaken_all_but_most(added, shared, families, fusion.same_family_share)
    return added


def _harm_of(
    incident: Incident, fusion: Fusion, by_rate: Container[str]
) -> dict[str, tuple[float, Family]]:
    """What happened to the phones of an incident: by detector its nats at the newest evidence, and
    its family, each for itself; kept with the incident until it changes."""
    known: tuple[Fusion, dict[str, tuple[float, Family]]] | None = incident.__dict__.get("_harm")
    if known is None or known[0] is not fusion:
        families = {t.detector: t.family for t in incident.tallies if t.family in OF_HARM}
        added = contributions(
            incident, incident.last_rx, fusion, None, None, by_rate, own_cause=families, of=OF_HARM
        )
        harm = {name: (added[name], family) for name, family in families.items()}
        known = incident.__dict__["_harm"] = fusion, harm
    return known[1]


def log_odds(added: Mapping[str, float], fusion: Fusion, raised: float = 0.0) -> float:
    """Calibrated log-odds that a transmitter is behind an incident; ``added`` are its
    `contributions`, ``raised`` is by how much (nats) the base rate is above the usual one."""
    return fusion.calibrated(fusion.prior_log_odds + raised + sum(added.values()))


def bounded(odds: float, fusion: Fusion, enough: bool) -> float:
    """Log-odds as far as they may go, with and without `enough_devices`."""
    return min(odds, fusion.most_log_odds if enough else fusion.held_back_log_odds)


def most_by_detector(incident: Incident, fits: Iterable[bool]) -> dict[str, float]:
    """Nats that each detector could add at its freshest, by the tallies that fit: a bound of
    `contributions`, without going through votes by device."""
    weights: dict[str, float] = {}
    caps: dict[str, float] = {}
    for tally, belongs in zip(incident.tallies, fits, strict=True):
        caps[tally.detector] = max(tally.cap, caps.get(tally.detector, 0.0))
        if belongs:
            weights[tally.detector] = weights.get(tally.detector, 0.0) + tally.weight
    return {name: min(weight, caps[name]) for name, weight in weights.items()}


def probability(odds: float) -> float:
    """The probability of log-odds.

    >>> probability(0.0), round(probability(2.0), 3), probability(-1000.0) < 1e-300
    (0.5, 0.881, True)
    """
    return 1.0 / (1.0 + exp(-max(odds, _LEAST_ODDS)))


def enough_devices(
    incident: Incident, fusion: Fusion, belongs: Sequence[bool] | None = None
) -> bool:
    """Whether so many devices stand behind an incident, or behind those of its tallies that belong
    to a story, that it may become an alert; that of all is kept with it until it changes."""
    if belongs is not None and not all(belongs):
        return _enough_devices(list(compress(incident.tallies, belongs)), fusion)
    known: tuple[Fusion, bool] | None = incident.__dict__.get("_enough_devices")
    if known is None or known[0] is not fusion:
        enough = _enough_devices(incident.tallies, fusion)
        known = incident.__dict__["_enough_devices"] = fusion, enough
    return known[1]


def _enough_devices(tallies: list[Tally], fusion: Fusion) -> bool:
    families = 0
    for family in FAMILIES:
        devices = _counted([tally for tally in tallies if tally.family == family])
        if devices >= fusion.least_devices_of_one_family:
            return True
        families += devices >= fusion.least_devices_of_a_family
    return families >= 2 and _counted(tallies) >= fusion.least_devices


def _counted(tallies: Iterable[Tally]) -> int:
    """Distinct devices that report the same for certain, and a third of those that report others.

    Honest phones have odd findings too: beside a few that lie together, they must not count as
    their witnesses. Only strong findings count. Devices and subscribers may be the same people
    under other pseudonyms, so the larger of the two counts.
    """
    strong: dict[object, list[str]] = {}
    for tally in tallies:
        strong.setdefault(_subject(tally), []).extend(
            [voter for voter, vote in tally.votes.items() if vote.weight >= STRONG_WEIGHT]
        )
    most = 0
    for space in ("device:", "subscriber:"):
        by_subject = {
            subject: {voter for voter in voters if voter.startswith(space)}
            for subject, voters in strong.items()
        }
        largest = max(by_subject.values(), key=len, default=set())
        others = set().union(*by_subject.values()) - largest
        most = max(most, len(largest) + len(others) // _OTHERS)
    return most


def _subject(tally: Tally) -> object:
    """What a finding is about: an area, a channel and code, a text, else what the detector sees."""
    claimed, text = tally.claimed, tally.text
    if claimed is not None and claimed.area is not None:
        return claimed.mcc, claimed.mnc, claimed.area
    if claimed is not None and claimed.pci is not None:
        return "code", claimed.arfcn, claimed.pci
    return tally.detector if text is None else ("text", text.sender, text.bits)


def _weaken_all_but_most(
    added: dict[str, float],
    detectors: Iterable[str],
    families: Mapping[str, Family],
    share: float,
) -> None:
    """Of what some detectors of a family add, all but the most is weakened: a train or a restart of
    the core brings findings of several, be it of other phones."""
    most: set[Family] = set()
    for name in sorted(detectors, key=lambda name: (-added[name], name)):
        if families[name] in most:
            added[name] *= share
        most.add(families[name])


def _support(incident: Incident) -> dict[int, int]:
    """Distinct devices that reported each area by any detector."""
    voters: dict[int, set[str]] = {}
    for tally in incident.tallies:
        if tally.claimed is not None and tally.claimed.area is not None:
            voters.setdefault(tally.claimed.area, set()).update(tally.votes)
    return {area: len(who) for area, who in voters.items()}
