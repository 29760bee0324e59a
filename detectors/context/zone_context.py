"""What a zone's correlator knows of its neighbourhood beside findings: all that helps to place."""

import msgspec

from detectors.context.device_offsets import DeviceOffsets
from detectors.context.silent_phones import Crowd
from detectors.context.team_readings import Fieldwork
from detectors.sites.cell_service import CellService
from detectors.sites.site_places import SitePlaces
from detectors.sites.traffic.cell_traffic import CellTraffic


class ZoneContext(msgspec.Struct):
    """Readings of the teams' own instruments, where phones received only what was normal, by how
    much phones read high or low, where sites are indeed, which cells are reported, and which
    strange ones serve their phones."""

    fieldwork: Fieldwork = msgspec.field(default_factory=Fieldwork)
    crowd: Crowd = msgspec.field(default_factory=Crowd)
    offsets: DeviceOffsets = msgspec.field(default_factory=DeviceOffsets)
    sites: SitePlaces = msgspec.field(default_factory=SitePlaces)
    traffic: CellTraffic = msgspec.field(default_factory=CellTraffic)
    service: CellService = msgspec.field(default_factory=CellService)
