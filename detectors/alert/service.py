"""What shows that a strange cell is an operator's since it serves: phones on it send at once, or
the core has served somebody on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from detectors.benign.acquitted import few_served_nats
from detectors.context.core_attestation import Attested
from detectors.incident.incident import Incident
from detectors.incident.tally import Tally
from detectors.model.finding import Identity
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
        prompt = self.cells.against_all(tallies, incident.middle, incident.last_rx)
        return min(prompt, few_served_nats(self.attested, named, tallies))
