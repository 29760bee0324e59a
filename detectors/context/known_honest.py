"""What a correlator knows to be honest: by the core network's work, by what the operator announces,
and by field teams that went and looked."""

import msgspec

from detectors.context.announcements import Announced
from detectors.context.core_attestation import Attested
from detectors.context.verdicts import Verdicts
from detectors.model.finding import Finding


class KnownHonest(msgspec.Struct):
    """Identities that the core attests, announced changes of the network, and verdicts."""

    attested: Attested = msgspec.field(default_factory=Attested)
    announced: Announced = msgspec.field(default_factory=Announced)
    verdicts: Verdicts = msgspec.field(default_factory=Verdicts)

    def explains(self, finding: Finding, zone: str, now_ms: int, by_core: bool) -> bool:
        """Whether a finding is of a transmitter known to be honest: its identity is muted at its
        place, or attested by the core network if that counts (``by_core``)."""
        if self.verdicts.muted.silences(zone, finding, now_ms):
            return True
        return by_core and self.attested.attests(finding.claimed)
