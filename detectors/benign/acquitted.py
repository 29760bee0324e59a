"""What is set aside since the core network attests its identity, and comes back in doubt.

Findings about an identity on which the core has served subscribers weigh nothing, but aren't thrown
away: they are gathered in incidents aside that nobody weighs, joins or publishes. Once more phones
are harmed under the identity, or have seen it, than its witnesses explain (`is_believed`), all that
was set aside becomes an incident like any other; when the core has served more, it is set aside
again. No number of witnesses explains just any number of phones, since that a message is the core's
may be forged; and texts that the centre never sent count for several phones each, since a hole in
the register brings none. What a team ruled out is set aside here too, and comes back by its own
measure (`detectors.context.muting.mute`).
"""

from collections.abc import Sequence
from math import log
from typing import Final

from detectors.benign.harm import harmed_of, onlookers
from detectors.context.core_attestation import ENOUGH, Attested
from detectors.features.witnesses import explains
from detectors.incident.incident import Incident
from detectors.incident.incident_index import IncidentIndex
from detectors.incident.tally import Tally
from detectors.model.finding import Finding, Identity

#: Incidents set aside in a zone; a full one forgets that which was silent for longest.
MOST_ASIDE: Final = 256
#: So many witnesses may be hostile. Each beyond them speaks for so many phones that came back,
#: since of those who are served on a new cell the core's input shows few at first (measured in
#: `attacks/near-cow`, seeds 901 to 903, `benign/festival` and `benign/new-site-new-area`, 901: at
#: most 10.4 for each beyond three where six or more are seen to be served).
_MAY_LIE, _HARMED_EACH = 3, 11
#: Each witness speaks for so many phones that only saw the cell (measured there and in
#: `benign/new-site`, 901 and 902, and `benign/late-inventory`, 901: at most 5.7).
_SEEN_EACH: Final = 9
#: Each phone that got an unsent text there contradicts so many witnesses (measured there: one such
#: phone for each eight that are seen to be served, at most).
_TEXT_AGAINST: Final = 4
#: What one subscriber served says (nats): one message of the core in a hundred, at most, would be
#: on a cell that it doesn't have.
_EACH_SERVED: Final = log(100.0)
#: Phones harmed otherwise that one of them explains: near a new cell some have bad luck as well.
_BY_FEW: Final = 4
#: What was silent for so long (ms, arrival) is over, as an incident is.
_IDLE_MS: Final = 1_800_000


def is_believed(attested: Attested, claimed: Identity | None, incident: Incident) -> bool:
    """Whether the core's word about an identity outweighs the phones that an incident shows to
    have seen it, and those harmed under it. At most `MOST_SERVED` witnesses count, so there is a
    number of phones that outweighs any of them."""
    served = attested.served(claimed)
    if claimed is None or not served:
        return False
    affected = incident.affected(claimed)
    if not explains(len(served), len(affected.onlookers), _SEEN_EACH):
        return False
    victims, honest = affected.harmed(served), max(0, len(served) - _MAY_LIE)
    if not explains(honest, _TEXT_AGAINST * affected.texted):
        return False
    return explains(len(served), victims) or explains(honest, victims, _HARMED_EACH)


def few_served_nats(attested: Attested, named: Identity | None, tallies: Sequence[Tally]) -> float:
    """How much less likely it is that a transmitter has an identity on which the core has served a
    subscriber or two, too few to set it aside (nats, 0 at most): a core's message of what it
    doesn't have is a slip or a lie. It says nothing where more phones were harmed, under this
    identity or whatever other, than so few explain, and the less the more phones saw the cell than
    so few speak for; ``tallies`` are those of the story."""
    served = attested.seen(named)
    few = len(served)
    if named is None or not 0 < few < ENOUGH:
        return 0.0
    own = (t for t in tallies if t.claimed is not None and t.claimed.agrees(named))
    is_explained = explains(few, harmed_of(own, served))
    is_explained &= explains(few, harmed_of(tallies), _BY_FEW)
    if not is_explained:
        return 0.0
    share = min(1.0, few * _SEEN_EACH / max(1, onlookers(tallies, named)))
    return -_EACH_SERVED * few * share


def set_aside(aside: IncidentIndex, finding: Finding, rx: int, zone: str, owner: str) -> Incident:
    """Takes a finding about an attested or ruled-out identity into the incident aside that claims
    it; one about none, into that of its detector."""
    incident = _about(aside, finding.claimed, finding.detector)
    if incident is not None and rx - incident.newest_rx > _IDLE_MS:
        remove(aside, incident)
        incident = None
    if incident is None:
        incident = Incident(zone, owner, rx, rx, finding.ts, finding.ts)
        aside.begin(incident)
    incident.add(finding, rx)
    aside.note(incident, finding)
    _bound(aside)
    return incident


def part_of(incident: Incident, tallies: list[Tally]) -> Incident:
    """An incident of its own of some tallies of an incident, with the reports of theirs."""
    claims = {tally.claimed for tally in tallies}
    return Incident(
        incident.zone,
        incident.owner,
        incident.first_rx,
        incident.last_rx,
        min(tally.first_ts for tally in tallies),
        max(tally.last_ts for tally in tallies),
        seed=tallies[0].claimed,
        naming=list(incident.naming),
        tallies=tallies,
        reports=[report for report in incident.reports if report.claimed in claims],
        middle=incident.middle,
        strong=incident.strong,
        newest_rx=incident.newest_rx,
    )


def put_aside(aside: IncidentIndex, incident: Incident) -> None:
    """Keeps an incident of which all that counted is attested."""
    aside.add(incident)
    _bound(aside)


def remove(incidents: IncidentIndex, incident: Incident) -> None:
    """Takes one out of a list of incidents."""
    incidents.keep([one for one in incidents if one is not incident])


def _about(aside: IncidentIndex, claimed: Identity | None, detector: str) -> Incident | None:
    if claimed is None:
        mine = (None, detector)
        alike = (one for one in aside if any((t.claimed, t.detector) == mine for t in one.tallies))
    elif claimed.area is None:
        alike = (one for one in aside if claimed in one.claims)
    else:
        near = aside.claiming({claimed.area})
        alike = (one for one in near if any(known.agrees(claimed) for known in one.claims))
    return next(alike, None)


def _bound(aside: IncidentIndex) -> None:
    if len(aside) > MOST_ASIDE:
        remove(aside, min(aside, key=lambda one: (one.newest_rx, one.number)))
