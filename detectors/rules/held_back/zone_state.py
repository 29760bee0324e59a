"""All that `held_back` keeps of one zone."""

import msgspec

from detectors.rules.held_back.cell_reports import CellReports
from detectors.rules.held_back.lateness import Lateness
from detectors.rules.held_back.listed_cells import Served


class HeldBackState(msgspec.Struct, forbid_unknown_fields=True):
    """The judging state of one zone: how late reports are, those of strange cells, those of
    listed cells that are late or out of place, and whom these serve."""

    lateness: Lateness = msgspec.field(default_factory=Lateness)
    strange: CellReports = msgspec.field(default_factory=CellReports)
    listed: CellReports = msgspec.field(default_factory=CellReports)
    served: Served = msgspec.field(default_factory=Served)
