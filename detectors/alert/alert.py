"""Alerts made of incidents, revision by revision.

An `alert_id` is a digest of the zone, the identity
and the first findings as they were when the alert was first published; no pseudonym and no offset
goes into it, so that it is the same whatever the run, the partitioning or the hashing key.
"""

from collections.abc import Iterable
from hashlib import blake2b
from itertools import compress
from typing import Final

import msgspec

from detectors.alert.assessment import Assessment
from detectors.alert.headline import explain, with_headline
from detectors.alert.hypotheses import hypotheses
from detectors.alert.record import Alert, Considered, Evidence, Measure, Status
from detectors.alert.subject import subject
from detectors.context import team_readings
from detectors.context.verdicts import HONEST
from detectors.incident.fusion import probability
from detectors.incident.incident import Incident
from detectors.incident.position import REGION_LEVEL, Position
from detectors.incident.tally import Tally, Voters, certain
from detectors.model.finding import Identity
from detectors.model.rare_messages import RuledOut

#: Most log-odds of a transmitter that may be there: reported, but not as an alarm.
_AUTHORISED_LOG_ODDS: Final = -1.0
#: .. and of what who looked found to be none: one such verdict in twenty may be wrong (chosen).
RULED_OUT_LOG_ODDS: Final = -3.0
#: Instruments that are named in a sentence.
_MOST_SHOWN: Final = 4


def alert_id(incident: Incident) -> str:
    """Thirty-two hex digits that name the incident from its first findings."""
    return _named(incident.zone, incident.seed, incident.naming)


def campaign_id(callbacks: Iterable[str], otherwise: str | None) -> str | None:
    """What alerts that belong together share: a name made of the call-back number that texts gave,
    so that a rogue station's alert and that of the calls come to the same; ``otherwise`` where they
    gave none (an empty text)."""
    named = sorted(filter(None, callbacks))
    return blake2b(named[0].encode(), digest_size=16).hexdigest() if named else otherwise


def severity(chance: float, is_wide: bool) -> str:
    """How urgent an alert of some probability is; ``is_wide``: it concerns many people.

    >>> severity(0.96, True), severity(0.96, False), severity(0.5, True)
    ('critical', 'high', 'low')
    """
    if chance >= 0.95 and is_wide:
        return "critical"
    steps = ((0.9, "high"), (0.7, "medium"), (0.5, "low"))
    return next((word for least, word in steps if chance >= least), "info")


def has_name(incident: Incident, name: str) -> bool:
    """Whether an incident is that of an `alert_id`, or another zone's view of it.

    A zone that only sees a neighbour's incident has the same first findings, but doesn't know after
    which of them the neighbour published its alert.
    """
    if incident.alert_id is not None or incident.owner == incident.zone:
        return incident.alert_id == name
    first = incident.naming
    return any(
        _named(incident.owner, incident.seed, first[: n + 1]) == name for n in range(len(first))
    )


def _named(zone: str, seed: Identity | None, naming: list[bytes]) -> str:
    digest = blake2b(digest_size=16)
    digest.update(zone.encode())
    digest.update(msgspec.json.encode(seed))
    for finding in naming:
        digest.update(finding)
    return digest.hexdigest()


def build(
    incident: Incident,
    status: Status,
    ts: int,
    assessment: Assessment,
    position: Position | None,
    before: RuledOut | None = None,
    by_mute: bool = False,
) -> Alert:
    """The next revision of an incident that has an `alert_id`; leaves the incident as it is.
    ``before`` is what a team ruled out near by; ``by_mute``: that closes it.

    Its probability is that of the incident's ``peak``, the highest log-odds so far; devices,
    reports and evidence are those of its likeliest story.
    """
    assert incident.alert_id is not None
    odds = incident.peak
    if assessment.authorised is not None:
        odds = min(odds, _AUTHORISED_LOG_ODDS)
    ruled_out = incident.verdict in HONEST or by_mute
    if ruled_out:
        odds = min(odds, RULED_OUT_LOG_ODDS)
    chance = round(probability(odds), 4)
    weighed = assessment.weighed
    about = subject(incident, weighed.story, weighed.weights)
    identities, kind = about.identities, about.kind
    own = list(compress(incident.tallies, weighed.story.belong))
    devices = Voters(own).devices(None)
    considered = _considered(incident, assessment)
    measure_next = _measure_next(position) if status != "closed" else None
    is_wide = devices >= 20 or (kind == "sms_spammer" and devices >= 8)
    evidence = [*_evidence(own, weighed.weights), *_instruments(incident, position)]
    alert = Alert(
        alert_id=incident.alert_id,
        revision=incident.revision + 1,
        status=status,
        ts=ts,
        first_seen=about.first_ts,
        last_seen=about.last_ts,
        kind=kind,
        identities=identities,
        probability=chance,
        severity=severity(chance, is_wide),
        position={"lat": position.lat, "lon": position.lon} if position else None,
        region=position.region if position else None,
        region_level=REGION_LEVEL,
        radius_m=position.radius_m if position else None,
        track=[(fix.ts, fix.lat, fix.lon) for fix in incident.track] or None,
        speed_mps=position.speed_mps if position else None,
        bearing_deg=position.bearing_deg if position else None,
        devices=devices,
        reports=sum(tally.count for tally in own),
        evidence=evidence,
        headline="",
        considered=considered,
        forecast=position.ahead if position and status != "closed" else None,
        measure_next=measure_next,
        ta_conflict=position is not None and position.ta_conflict,
        region_50=position.region_50 if position else None,
        verdict=incident.verdict,
        hypotheses=hypotheses(weighed, chance),
        ruled_out_before=before,
        closed_because="ruled_out" if by_mute else None,
        campaign=campaign_id({str(each.values.get("callback") or "") for each in own}, None),
    )
    return with_headline(alert)


def _measure_next(position: Position | None) -> Measure | None:
    advice = position.measure_next if position else None
    if advice is None:
        return None
    share = round(advice.area_share, 3)
    return Measure(round(advice.lat, 6), round(advice.lon, 6), "bearing", share)


def _considered(incident: Incident, assessment: Assessment) -> list[Considered]:
    considered = [
        Considered(
            cause.code,
            cause.text,
            cause.share,
            sorted({incident.tallies[at].detector for at in cause.tallies}),
        )
        for cause in assessment.causes
    ]
    if assessment.authorised is not None:
        detectors = sorted({tally.detector for tally in incident.tallies})
        text = f"a transmitter is authorised here: {assessment.authorised.name}"
        considered.append(Considered("F30", text, 1.0, detectors))
    return considered


def _instruments(incident: Incident, position: Position | None) -> list[Evidence]:
    """Instruments that contradict others about the place; they add nothing to the log-odds."""
    if position is None or not position.at_odds:
        return []
    names = position.at_odds
    shown = ", ".join(names[:_MOST_SHOWN]) + (" .." if len(names) > _MOST_SHOWN else "")
    text = (
        f"what {shown} measured contradicts the phones or other instruments about the place, and"
        " nobody agrees with it: it is left out"
    )
    at = incident.last_ts
    return [Evidence(team_readings.NAME, 1, 0.0, len(names), at, at, text, len(names))]


def _evidence(own: list[Tally], weights: dict[str, float]) -> list[Evidence]:
    """By detector, as it weighed at the newest finding, the weightiest first; ``own`` is what the
    alert's story is made of."""
    shares = []
    for detector, weight in weights.items():
        tallies = [tally for tally in own if tally.detector == detector]
        voters = {voter for tally in tallies for voter in tally.votes}
        devices = certain(voters)
        latest = max(tallies, key=lambda t: t.last_ts)
        shares.append(
            Evidence(
                detector,
                max(tally.version for tally in tallies),
                round(weight, 3),
                sum(tally.count for tally in tallies),
                min(tally.first_ts for tally in tallies),
                max(tally.last_ts for tally in tallies),
                explain(detector, devices, latest),
                devices,
                latest.claimed,
                latest.values,
            )
        )
    return sorted(shares, key=lambda share: (-share.weight, share.detector))
