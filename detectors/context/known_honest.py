"""What a correlator knows to be honest: by the core network's work, by what the operator announces,
and by field teams that went and looked. How far the core's word goes is weighed
(`detectors.benign.acquitted`)."""

import msgspec

from detectors.context.announcements import Announced
from detectors.context.core_attestation import Attested
from detectors.context.verdicts import Verdicts


class KnownHonest(msgspec.Struct):
    """Identities that the core attests, announced changes of the network, and verdicts."""

    attested: Attested = msgspec.field(default_factory=Attested)
    announced: Announced = msgspec.field(default_factory=Announced)
    verdicts: Verdicts = msgspec.field(default_factory=Verdicts)
