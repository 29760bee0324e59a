"""Alerts made of campaigns, revision by revision."""

from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice
from typing import Final

from detectors.alert.alert import RULED_OUT_LOG_ODDS, campaign_id, severity
from detectors.alert.record import Alert, AlertNumber, Ending, Evidence, Hypothesis, Status
from detectors.calls.fusion import contributions, is_accused, role_of, total
from detectors.calls.incident import MOST_CALLS, CallIncident
from detectors.calls.settings import CallSettings
from detectors.calls.words import ENGLISH_CALLS, explain
from detectors.context.verdicts import HONEST
from detectors.context.zone_routing import CALLS
from detectors.incident.fusion import probability
from detectors.incident.position import REGION_LEVEL
from detectors.model.finding import CallKind
from detectors.rules import ROOMS

_CALLBACK: Final = "callback:"
#: Numbers in an alert.
_MOST_SHOWN: Final = 500
#: Fewer numbers are a caller, no campaign.
_CAMPAIGN_NUMBERS: Final = 3
#: What rules may show that a campaign does, the first of equals first.
_DEEDS: Final[tuple[CallKind, ...]] = ("sim_box", "wangiri", "phishing", "account_takeover")


def alert_id(incident: CallIncident) -> str:
    """Thirty-two hex digits that name a campaign from its first findings."""
    digest = blake2b(CALLS.encode(), digest_size=16)
    for finding in incident.naming:
        digest.update(finding)
    return digest.hexdigest()


def accused(incident: CallIncident, settings: CallSettings) -> Iterator[str]:
    """The numbers that take part in a campaign, the newest first."""
    of_all = total(incident, settings)
    numbers = reversed(incident.numbers)
    return (each for each in numbers if is_accused(incident, each, settings, of_all))


def campaign_of(incident: CallIncident) -> str | None:
    """What alerts about one campaign share: the name that is fixed, else one made of a number that
    is to be called back, else its own."""
    return incident.campaign or _by_callback(incident) or incident.alert_id


def named(incident: CallIncident) -> None:
    """Fixes the name of a campaign once a number to call back is known: others may come."""
    incident.campaign = incident.campaign or _by_callback(incident)


def part_of(one: CallIncident, gone: CallIncident) -> None:
    """Gives a campaign and an alert that turned out to be part of it one name.

    Closed alerts have no further revision, so that their name stays: of two campaigns that both
    have such, the one with more of them gives its name, else the only one that has any.
    """
    by = gone if gone.closed_parts > one.closed_parts else one
    both = one.closed_parts > 0 and gone.closed_parts > 0
    parts = by.closed_parts if both else one.closed_parts + gone.closed_parts
    one.campaign = gone.campaign = campaign_of(by)
    one.closed_parts = parts + 1


def _by_callback(incident: CallIncident) -> str | None:
    callbacks = (
        link.removeprefix(_CALLBACK) for link in incident.links if link.startswith(_CALLBACK)
    )
    return campaign_id(callbacks, None)


def build(
    incident: CallIncident,
    status: Status,
    ts: int,
    settings: CallSettings,
    why: Ending | None = None,
) -> Alert:
    """The next revision of a campaign that has an `alert_id`; leaves it as it is. ``why`` is for
    the last one."""
    assert incident.alert_id is not None
    is_ruled_out = incident.verdict in HONEST
    odds = min(incident.peak, RULED_OUT_LOG_ODDS) if is_ruled_out else incident.peak
    chance = round(probability(odds), 4)
    numbers = list(islice(accused(incident, settings), _MOST_SHOWN))[::-1]
    kind = kind_of(incident, settings)
    people = len(incident.people)
    return Alert(
        alert_id=incident.alert_id,
        revision=incident.revision + 1,
        status=status,
        ts=ts,
        first_seen=incident.first_ts,
        last_seen=incident.last_ts,
        kind=kind,
        identities=[],
        probability=chance,
        severity=severity(chance, people >= 20),
        position=None,
        region=None,
        region_level=REGION_LEVEL,
        radius_m=None,
        track=None,
        speed_mps=None,
        bearing_deg=None,
        devices=people,
        reports=incident.calls_in_all,
        evidence=_evidence(incident),
        headline=ENGLISH_CALLS.headline_text(
            status,
            kind,
            chance,
            len(numbers),
            incident.calls_in_all,
            people,
            is_ruled_out,
        ),
        verdict=incident.verdict,
        hypotheses=_hypotheses(chance, kind),
        numbers=[_number(incident, each, settings) for each in numbers],
        calls=list(incident.calls)[-MOST_CALLS:],
        campaign=campaign_of(incident),
        closed_because=why,
    )


def kind_of(incident: CallIncident, settings: CallSettings) -> CallKind:
    """What a campaign does: the deed that most evidence shows, else a caller or several."""
    votes: Counter[CallKind] = Counter()
    for name, given in contributions(incident.shares).items():
        room = ROOMS.get(name)
        shown = room.rule.alert_kind if room is not None else None
        if shown in _DEEDS and given >= settings.least_family_nats:
            votes[shown] += round(1000 * given)
    if votes:
        return max(_DEEDS, key=lambda kind: votes[kind])
    callers = sum(known.role == "caller" for known in incident.numbers.values())
    return "scam_campaign" if callers >= _CAMPAIGN_NUMBERS else "scam_caller"


def _number(incident: CallIncident, number: str, settings: CallSettings) -> AlertNumber:
    known = incident.numbers[number]
    return AlertNumber(number, known.prefix, known.kind, role_of(incident, number, settings))


def _evidence(incident: CallIncident) -> list[Evidence]:
    given = contributions(incident.shares)
    shares = [
        Evidence(
            name,
            share.version,
            round(given[name], 3),
            share.count,
            share.first_ts,
            share.last_ts,
            explain(name, len(share.best), share.values),
            len(share.best),
            None,
            share.values,
        )
        for name, share in incident.shares.items()
    ]
    return sorted(shares, key=lambda one: (-one.weight, one.detector))


def _hypotheses(chance: float, kind: CallKind) -> list[Hypothesis]:
    """The fraud, and that all of it is honest."""
    both = [
        Hypothesis(kind, chance, "numbers, calls or texts contradict what honest ones do"),
        Hypothesis("honest_callers", round(1.0 - chance, 4), "honest callers that look odd"),
    ]
    return sorted(both, key=lambda one: -one.probability)
