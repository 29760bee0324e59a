"""What a desk has been told of what is honest: by the core network's work, and by the operator."""

import msgspec

from detectors.announcing import Announced
from detectors.vouching import Vouched


class Told(msgspec.Struct):
    """Identities that the core vouches for, and announced changes of the network."""

    vouched: Vouched = msgspec.field(default_factory=Vouched)
    announced: Announced = msgspec.field(default_factory=Announced)
