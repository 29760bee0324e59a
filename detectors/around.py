"""What a zone's desk knows of its neighbourhood beside findings: all that helps to place."""

import msgspec

from detectors.crowd import Crowd
from detectors.fieldwork import Fieldwork
from detectors.groundwork.device_offsets import DeviceOffsets


class Around(msgspec.Struct):
    """Readings of the teams' own instruments, where phones heard only what was normal, and by how
    much phones read high or low."""

    fieldwork: Fieldwork = msgspec.field(default_factory=Fieldwork)
    crowd: Crowd = msgspec.field(default_factory=Crowd)
    offsets: DeviceOffsets = msgspec.field(default_factory=DeviceOffsets)
