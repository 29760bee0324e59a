"""How likely it is that a campaign is a fraud: what its detectors found, family by family.

Many numbers of one campaign may share one innocent cause, so that each further number of a detector
adds less than the one before, and all of them at most the rule's cap. Detectors of one family look
at the same thing from several sides: the weightiest counts whole, each further one half as much as
the one before. A single family never reaches an alert; a rule may rest on two by itself. Pace and
complaints are no two families: who rings many strangers is complained of more often, seller or
fraud. Where nothing else is found but that they are hung up on, pace counts less: selling explains
all three. So it does where the operator's list has another trunk for the line: a firm whose row is
out of date rings as many.
"""

from collections.abc import Iterable, Mapping
from math import log
from typing import Final

import msgspec

from detectors.calls.incident import CallIncident, Share
from detectors.calls.settings import CallSettings
from detectors.features.callers.shares import of_being_rung, of_lasting
from detectors.model.codes import text_of
from detectors.model.finding import Family, Finding, Role
from detectors.numbers.classes import NUMBER_CLASSES, OF_CARDS
from detectors.rules import ROOMS

#: Log-odds at most of what only one family of evidence speaks for.
_ALONE: Final = -0.5
#: Chosen: a number of its own weight of two nats goes with a campaign that is beyond doubt.
_BY_OTHERS: Final = 2.0
#: Families that count as one: who rings many is complained of by more, honest or not.
_TOGETHER: Final = frozenset(("pace", "report"))
#: What selling to strangers explains: many are rung, hang up, and complain.
_OF_SELLERS: Final = frozenset(("pace", "outcome", "report"))
#: What a firm abroad shows that the operator's list lacks, by its number and by selling.
_OF_UNLISTED_FIRMS: Final = frozenset(("number", *_OF_SELLERS))
#: What findings call these.
_OF_SUBSCRIBERS: Final = frozenset(text_of(code, NUMBER_CLASSES) for code in OF_CARDS)
#: A family that gives less makes no caller of a line that is shown from abroad (nats; chosen).
_LEAST_OWN: Final = 1.5
#: Numbers beyond so many add nothing that counts.
_MOST_ADDED: Final = 64


def contributions(shares: Mapping[str, Share]) -> dict[str, float]:
    """What each detector gives (nats)."""
    return {name: _contribution(share) for name, share in shares.items()}


def families(
    given: Mapping[str, float], shares: Mapping[str, Share], settings: CallSettings
) -> dict[Family, float]:
    """What each family gives (nats), pace no more than it may beside the others."""
    found = _by_family(given, shares)
    if "pace" in found:
        others = sum(
            nats
            for family, nats in _by_family(_beside_rows(given), shares).items()
            if family not in _OF_SELLERS
        )
        most = min(settings.most_pace_nats, settings.most_selling_pace_nats + others)
        found["pace"] = min(found["pace"], most)
    return found


def log_odds(incident: CallIncident, settings: CallSettings) -> float:
    """The log-odds that a campaign is a fraud."""
    given = contributions(incident.shares)
    of_all = sum(families(given, incident.shares, settings).values())
    odds = settings.prior_nats + of_all + _of_its_callers(incident)
    enough = spoken(given, incident.shares, settings) >= settings.least_families
    return min(odds, settings.most_log_odds if enough else _ALONE)


def total(incident: CallIncident, settings: CallSettings) -> float:
    """What all that was found of a campaign gives (nats)."""
    return sum(families(contributions(incident.shares), incident.shares, settings).values())


def odds_of_number(
    incident: CallIncident, number: str, settings: CallSettings, of_all: float | None = None
) -> float:
    """The log-odds that one number takes part in a campaign that is a fraud, by what was found
    about it, and what the campaign has beside it.

    What only the campaign shows (a surge of its trunk) says little of one of its numbers, which may
    be an honest one that came in beside the others: a number without anything of its own is none of
    it, and what others bring counts at most `_BY_OTHERS` times as much as what itself does, less
    what has one innocent cause in many: of a firm that has moved, and has its old row, all lines
    are odd, and a carrier that garbles numbers garbles those of all whom it passes on. Of a
    number that is spoken with as honest ones are neither that counts, since it came in beside them,
    nor how many it rings and complaints, since honest sellers ring many and are complained of: of
    the windows of a whole day one will have people hang up on anybody. ``of_all`` is `total`, where
    many numbers are asked about.
    """
    nats_of_it = incident.nats_of(number)
    own, off = families(nats_of_it, incident.shares, settings), _off(incident, number, nats_of_it)
    alone = max(0.0, sum(own.values()) + off)
    if incident.numbers[number].spoken_with:
        of_many = sum(given for family, given in own.items() if family in _TOGETHER)
        return settings.prior_nats + alone - of_many
    rest = (total(incident, settings) if of_all is None else of_all) - sum(own.values())
    beside = families(_of_one_alone(nats_of_it), incident.shares, settings)
    most = _BY_OTHERS * max(0.0, sum(beside.values()) + off)
    return settings.prior_nats + alone + min(max(0.0, rest), most)


def is_accused(
    incident: CallIncident, number: str, settings: CallSettings, of_all: float | None = None
) -> bool:
    """Whether a number takes part in a campaign: what was found about it makes that likelier than
    not, or the campaign uses it (called back, impersonated). ``of_all`` as for `odds_of_number`."""
    if incident.numbers[number].role != "caller":
        return True
    odds = odds_of_number(incident, number, settings, of_all)
    return odds >= nats(settings.open_probability)


def is_of_surge(incident: CallIncident, number: str, settings: CallSettings) -> bool:
    """Whether a number that a carrier may have garbled came in beside so many that this makes a
    campaign: of each it isn't known whether it is one of the machine that makes numbers up or an
    honest caller's, so that none is accused; but the calls are a campaign's."""
    nats_of_it, shares = incident.nats_of(number), incident.shares
    own = sum(families(nats_of_it, shares, settings).values())
    of_carriers = own - sum(families(_of_one_alone(nats_of_it), shares, settings).values())
    of_groups = {name: min(share.cap, share.group) for name, share in shares.items() if share.group}
    both = sum(families(of_groups | nats_of_it, shares, settings).values())
    odds = settings.prior_nats + own + min(both - own, _BY_OTHERS * of_carriers)
    return of_carriers > 0.0 and odds >= nats(settings.open_probability)


def role_of(incident: CallIncident, number: str, settings: CallSettings) -> Role:
    """What a number of a campaign is to it.

    A line of home can't be abroad: whoever calls from there isn't its owner, whom an alert mustn't
    name as a caller; or it is a firm's centre whose row the list lacks. That a row is lacking is
    one witness, however much follows from it: that it comes in where it may not, that its pace
    isn't excused as a firm's, that others which come in so are beside it; and that people hang up
    says nothing of whose it is, and of a centre that it sells. So it is named as a caller only once
    something else was found about it, as that somebody falls victim. A mobile number from abroad of
    which the home register wasn't asked is its subscriber's or that of whoever shows it: nothing
    that its calls do says which, so that it is named as shown.
    """
    known = incident.numbers[number]
    if known.role != "caller" or not known.only_shown:
        return known.role
    if known.kind in _OF_SUBSCRIBERS:
        return "impersonated"
    own = families(incident.nats_of(number), incident.shares, settings)
    other = any(
        nats >= _LEAST_OWN for family, nats in own.items() if family not in _OF_UNLISTED_FIRMS
    )
    return "caller" if other else "impersonated"


def being_rung(made: int, people: int, settings: CallSettings) -> float:
    """How much likelier it is of a fraud's number than of an honest one that so many people ring it
    while it makes so many calls (nats)."""
    nats = float(of_being_rung(people, made))
    return round(min(max(nats, -settings.most_rung_nats), settings.most_unrung_nats), 3)


def lasting(made: int, settings: CallSettings) -> float:
    """How much less likely it is of a fraud's number than of an honest one that it has made so many
    calls of late and goes on (nats, negative)."""
    return round(max(of_lasting(made), -settings.most_lasting_nats), 3)


def is_of_absent_line(finding: Finding) -> bool:
    """Whether a finding says that a line of home comes in from abroad: where the line calls at home
    as well, it has an owner, who is there."""
    return finding.detector == "spoofed_ingress" and finding.values.get("reason") == "fixed_number"


def is_rung_anyway(nats_of_it: Mapping[str, float]) -> bool:
    """Whether those who ring a number of which such things were found may ring somebody else."""
    return any(ROOMS[name].rule.rung_anyway for name in nats_of_it if name in ROOMS)


def weighs_unrung(finding: Finding, nats_of_it: Mapping[str, float]) -> bool:
    """Whether a finding weighs more of a number that rings many and is hardly rung: once for all
    that was found of it (``nats_of_it``)."""
    name = finding.detector
    return _weighs_unrung(name) and not any(map(_weighs_unrung, nats_of_it.keys() - {name}))


def weighed(finding: Finding, rung: float) -> Finding:
    """A finding with what it weighs more (`weighs_unrung`); who is rung has that taken off all that
    is found of it (`odds_of_number`)."""
    return msgspec.structs.replace(finding, weight=round(finding.weight + rung, 3))


def spoken(given: Mapping[str, float], shares: Mapping[str, Share], settings: CallSettings) -> int:
    """How many families speak for it: by themselves, or as what a rule's findings rest on beside
    its own family, where these give as much as two would."""
    least, by_family = settings.least_family_nats, _by_family(given, shares)
    found = {family for family, nats in by_family.items() if nats >= least}
    if sum(nats for family, nats in by_family.items() if family in _TOGETHER) >= least:
        found.add("pace")
    for name, nats in given.items():
        if nats >= 2.0 * least and name in ROOMS:
            found |= ROOMS[name].rule.also
    return len(found) - (found >= _TOGETHER)


def _by_family(given: Mapping[str, float], shares: Mapping[str, Share]) -> dict[Family, float]:
    by_family: dict[Family, list[float]] = {}
    for name, nats in given.items():
        by_family.setdefault(shares[name].family, []).append(nats)
    return {family: _halving(nats) for family, nats in by_family.items()}


def _of_its_callers(incident: CallIncident) -> float:
    """What is taken off a campaign: as much as of each of its numbers at least, nothing where one
    of them isn't a caller's."""
    least = float("-inf")
    for number, known in incident.numbers.items():
        if known.against >= 0.0 or known.role != "caller":
            return 0.0
        least = max(least, _off(incident, number, incident.nats_of(number)))
        if least >= 0.0:
            return 0.0
    return least if incident.numbers else 0.0


def _off(incident: CallIncident, number: str, nats_of_it: Mapping[str, float]) -> float:
    """What is taken off a number that people ring, or that lasts (nats, negative); nothing where
    that would speak for somebody else."""
    return 0.0 if is_rung_anyway(nats_of_it) else incident.numbers[number].against


def _beside_rows(given: Mapping[str, float]) -> dict[str, float]:
    """What was found that no row explains which is out of date (nats)."""
    return {
        name: nats
        for name, nats in given.items()
        if name not in ROOMS or not ROOMS[name].rule.of_rows
    }


def _of_one_alone(given: Mapping[str, float]) -> dict[str, float]:
    """What was found that no innocent cause brings about in many numbers at once (nats)."""
    return {
        name: nats
        for name, nats in _beside_rows(given).items()
        if name not in ROOMS or not ROOMS[name].rule.of_carriers
    }


def _weighs_unrung(detector: str) -> bool:
    return detector in ROOMS and ROOMS[detector].rule.weighs_unrung


def _contribution(share: Share) -> float:
    """The weightiest number whole, the next one half, the third a third, and so on; beside it what
    was found of no number in particular."""
    weights = sorted(share.best.values(), reverse=True)[:_MOST_ADDED]
    added = sum(weight / (place + 1) for place, weight in enumerate(weights))
    return min(share.cap, share.group + added)


def _halving(nats: Iterable[float]) -> float:
    ordered = sorted(nats, reverse=True)
    return sum(each * 0.5**place for place, each in enumerate(ordered))


def nats(chance: float) -> float:
    """Log-odds of a probability.

    >>> round(nats(0.5), 3)
    0.0
    """
    return log(chance / (1.0 - chance))
