"""How likely it is that a transmitter is behind an incident, and what that rests on.

All that one revision of an alert needs of it is computed here once: the innocent causes that hold,
what each detector adds beside them, and their sum.
"""

from dataclasses import dataclass
from math import inf

from detectors.alert.hypotheses import Weighed, weigh
from detectors.alert.service import Service
from detectors.benign.incident_causes import (
    Authorised,
    BenignCause,
    BenignCauses,
    authorised_by,
    causes_of,
    kept_shares,
)
from detectors.context.announcements import Announced
from detectors.incident.fusion import Fusion
from detectors.incident.incident import Incident
from detectors.incident.incident_index import IncidentIndex
from detectors.sites.site_places import SitePlaces


@dataclass(frozen=True, slots=True)
class Assessment:
    """``causes`` are the innocent causes that hold for a part of the incident, ``weighed`` what its
    findings come to beside them.

    ``explained`` is how many tallies' worth of evidence the causes take off; ``authorised`` whose
    transmitter it is where one may be there; ``ruled_out`` the tallies (places in
    `Incident.tallies`) that verdicts near by explain.
    """

    causes: list[BenignCause]
    weighed: Weighed
    explained: float
    authorised: Authorised | None
    ruled_out: tuple[int, ...] = ()


def assess(
    incident: Incident,
    peers: IncidentIndex,
    announced: Announced,
    sites: SitePlaces,
    service: Service,
    settings: BenignCauses,
    fusion: Fusion,
    raised: float = 0.0,
    least: float = -inf,
    ruled_out: tuple[int, ...] = (),
) -> Assessment:
    """An incident as known at its newest evidence; ``peers`` are all incidents of its zone.
    ``ruled_out`` are the tallies that verdicts explain, ``raised`` and ``least`` as for
    `detectors.alert.hypotheses.weigh`."""
    areas = {one.area for one in incident.claims if one.area is not None}
    causes = causes_of(incident, peers.claiming(areas), announced, settings)
    authorised = authorised_by(incident, settings)
    kept = kept_shares(incident, causes)
    for at in ruled_out:
        kept[at] = 0.0
    weighed = weigh(incident, peers, sites, kept, fusion, raised, service, least)
    return Assessment(causes, weighed, sum(1.0 - share for share in kept), authorised, ruled_out)
