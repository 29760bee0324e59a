"""Whose victims phones are that lost their service and name nobody: an alert's, or those of a cell
that began just then.

Who was turned away comes back within seconds, on any phone; what took it is reported when a phone
that reports measurements was near, minutes later as a rule. So a candidate that names nobody mostly
begins before that of the cell which is cloned, and has the victims. Each of the two alone has an
honest cause: people come out of a tunnel, a row of the register is wrong. But a wrong row is wrong
from the first report on. A listed cell that begins where it can't be, before phones near by lose
their service, is what took them; unless several such cells began there, since then nothing says
which, and cells are being planned anew.
"""

from collections.abc import Iterable
from typing import Final

from detectors.incident.association import UNREPORTED_MS, Association
from detectors.incident.incident import Incident
from detectors.incident.tally import Tally, is_posing, is_sent_to
from detectors.model.finding import Identity
from geo.earth.sphere import great_circle_m

#: So many phones without a name, and so many times as many as name one, are somebody's victims:
#: where more name it, it is there.
_SEVERAL: Final = 3
#: That a registered cell begins elsewhere than it is listed is found by these: it is received, or
#: calls are sent to it from where none ever went there.
_OF_BEGINNING: Final = frozenset({"sudden_cell", "failed_handover"})
#: That a phone deleted its area, as after a reject, is found by these. Updates for no reason, which
#: holes in the coverage bring, are found about any crowd, as wrong rows are.
_OF_LOSS: Final = frozenset({"lost_area"})
#: So many phones must have received what begins, since three may be hostile.
_LEAST_PHONES: Final = 4


def whose_victims(candidate: Incident, others: Iterable[Incident]) -> Incident | None:
    """The alert among other incidents whose victims a candidate's phones are, if anybody's: they
    name nobody, but lost service where, and while, phones received that alert's transmitter. A
    strong one denies service a kilometre or two about."""
    if not _names_nobody(candidate) or candidate.middle is None:
        return None
    since, until = candidate.first_ts - UNREPORTED_MS, candidate.last_ts + UNREPORTED_MS
    nearest: tuple[float, int, Incident] | None = None
    for alert in others:
        if not alert.alerting or alert.closed or (reception := alert.reception) is None:
            continue
        if not set(candidate.apart).isdisjoint(alert.apart):
            continue
        *about, within_m = reception
        far_m = great_circle_m(*candidate.middle, *about)
        if far_m > within_m or not any(alert.received_at(since, until)):
            continue
        if nearest is None or (far_m, alert.number) < nearest[:2]:
            nearest = far_m, alert.number, alert
    return None if nearest is None else nearest[2]


def taken_by(
    candidate: Incident, others: Iterable[Incident], gates: Association
) -> Incident | None:
    """What has the one cell that began near a candidate's phones, which name nobody, before they
    lost their service; ``None`` where no such cell did, or several."""
    if candidate.alerting or not _names_nobody(candidate) or not _losses(candidate):
        return None
    begun = [one for one in others if _began_beside(one, candidate, gates)]
    return begun[0] if len(begun) == 1 else None


def victims_of(cell: Incident, others: Iterable[Incident], gates: Association) -> Incident | None:
    """The same from the other side: of the candidates that name nobody, and whose phones a cell
    that began took, that of most phones."""
    if not _beginning(cell):
        return None
    everybody = [cell, *others]
    own = [one for one in everybody[1:] if taken_by(one, everybody, gates) is cell]
    return max(own, key=lambda one: (one.devices(), -one.number), default=None)


def _names_nobody(candidate: Incident) -> bool:
    if candidate.texts:
        return False
    strong = candidate.strong_claims()
    named = [len(t.votes) for t in candidate.tallies if t.claimed and t.claimed in strong]
    nameless = [len(t.votes) for t in candidate.tallies if not t.claimed]
    return max(nameless, default=0) >= _SEVERAL * (1 + max(named, default=0))


def _began_beside(cell: Incident, victims: Incident, gates: Association) -> bool:
    """Whether an incident is of a cell that began near victims before most of these lost their
    service, and was still received then."""
    if cell.closed or cell.middle is None or victims.middle is None:
        return False
    if not set(cell.apart).isdisjoint(victims.apart):
        return False
    if great_circle_m(*cell.middle, *victims.middle) > gates.other_identity_m:
        return False
    own = _beginning(cell)
    if not own:
        return False
    since = cell.reported_since({tally.claimed for tally in own}) - UNREPORTED_MS
    until = max(tally.last_ts for tally in own) + UNREPORTED_MS
    lost = _losses(victims)
    return 2 * sum(since <= at <= until for at in lost) > len(lost)


def _losses(victims: Incident) -> list[int]:
    """When phones that name nobody lost the area that they had (event time, ms); none where
    something else was found of as many such phones."""
    own = [tally for tally in victims.tallies if not tally.claimed]
    lost = [tally for tally in own if tally.detector in _OF_LOSS]
    others = set[str]().union(*(tally.votes for tally in own if tally.detector not in _OF_LOSS))
    phones = set[str]().union(*(tally.votes for tally in lost))
    if len(others) >= len(phones):
        return []
    return [vote.seen for tally in lost for vote in tally.votes.values()]


def _beginning(cell: Incident) -> list[Tally]:
    """What was found of the registered cell that an incident is mostly of, if that begins."""
    if not cell.is_clone:
        return []
    begun = [t.claimed for t in cell.tallies if t.claimed and t.detector in _OF_BEGINNING]
    own = [
        tally
        for tally in cell.tallies
        if (is_posing(tally) or is_sent_to(tally))
        and tally.claimed
        and any(_may_be(tally.claimed, one) for one in begun)
    ]
    if not any(is_posing(tally) for tally in own):
        return []  # calls are sent to another one
    phones = set[str]().union(*(tally.votes for tally in own))
    return own if len(phones) >= _LEAST_PHONES else []


def _may_be(claimed: Identity, begun: Identity) -> bool:
    """Whether a cell is one that began, which is perhaps known by its number or code alone."""
    if claimed.area is not None and begun.area is not None:
        return claimed.agrees(begun)
    network = claimed.rat, claimed.mcc, claimed.mnc
    if network != (begun.rat, begun.mcc, begun.mnc):
        return False
    if claimed.cell is not None and begun.cell is not None:
        return claimed.cell == begun.cell
    return claimed.pci is not None and claimed.pci == begun.pci
