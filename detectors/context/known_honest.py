"""What a correlator has been told of what is honest: by the core network's work, by the operator,
and by field teams that went and looked."""

import msgspec

from detectors.context.announcements import Announced
from detectors.context.core_attestation import Vouched
from detectors.context.verdicts import Verdicts


class Told(msgspec.Struct):
    """Identities that the core vouches for, announced changes of the network, and verdicts."""

    vouched: Vouched = msgspec.field(default_factory=Vouched)
    announced: Announced = msgspec.field(default_factory=Announced)
    verdicts: Verdicts = msgspec.field(default_factory=Verdicts)
