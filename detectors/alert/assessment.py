"""How likely it is that a transmitter is behind an incident, and what that rests on.

All that one revision of an alert needs of it is computed here once: the innocent causes that hold,
what each detector adds beside them, and their sum.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from detectors.benign.incident_causes import (
    Authorised,
    BenignCause,
    BenignCauses,
    authorised_by,
    causes_of,
    kept_shares,
)
from detectors.context.announcements import Announced
from detectors.incident.fusion import Fusion, contributions, log_odds
from detectors.incident.incident import Incident


@dataclass(frozen=True, slots=True)
class Assessment:
    """``causes`` are the innocent causes that hold for a part of the incident, ``weights`` the nats
    that each detector adds beside them, ``log_odds`` the calibrated sum.

    ``explained`` is how many tallies' worth of evidence the causes take off; ``authorised`` whose
    transmitter it is where one may be there.
    """

    causes: list[BenignCause]
    weights: dict[str, float]
    log_odds: float
    explained: float
    authorised: Authorised | None


def assess(
    incident: Incident,
    peers: Iterable[Incident],
    announced: Announced,
    settings: BenignCauses,
    fusion: Fusion,
) -> Assessment:
    """An incident as known at its newest evidence; ``peers`` are all incidents of its zone, which
    are gone through several times."""
    causes = causes_of(incident, peers, announced, settings)
    authorised = authorised_by(incident, settings)
    kept = kept_shares(incident, causes)
    weights = contributions(incident, incident.last_rx, fusion, peers, kept)
    return Assessment(
        causes,
        weights,
        log_odds(incident, weights, fusion),
        sum(1.0 - share for share in kept),
        authorised,
    )
