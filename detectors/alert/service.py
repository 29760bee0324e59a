"""What shows that a strange cell is an operator's since it serves: phones on it send at once, or
the core has served somebody on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from detectors.benign.acquitted import few_served_nats
from detectors.context.core_attestation import Attested
from detectors.incident.incident import Incident
from detectors.incident.report import mean_of, recent
from detectors.incident.tally import Tally
from detectors.model.finding import Identity
from detectors.register.identity_keys import cell_key
from detectors.sites.cell_service import CellService


@dataclass(frozen=True, slots=True)
class Service:
    """``cells`` is how soon phones on strange cells send, ``attested`` whom the core has served."""

    cells: CellService
    attested: Attested

    def against(
        self, incident: Incident, tallies: Sequence[Tally], named: Identity | None
    ) -> float:
        """How much less likely it is that a transmitter is behind a story of an incident than a
        cell that serves (nats, 0 at most); the story has these ``tallies``, and is ``named`` by the
        identity of most devices. The two aren't independent, so that the stronger counts."""
        prompt = self.cells.against_all(tallies, partial(_where, incident), incident.last_rx)
        return min(prompt, few_served_nats(self.attested, named, tallies))


def _where(incident: Incident, cell: Identity) -> tuple[float, float] | None:
    """The middle (degrees) of an incident's recent reports of a cell, whose other identities may
    have taken it elsewhere; that of all without any."""
    key = cell_key(cell)
    own = [one for one in incident.reports if one.claimed and cell_key(one.claimed) == key]
    return mean_of(recent(own, incident.last_ts)) if own else incident.middle
