"""All that `held_back` keeps of one zone."""

from itertools import chain

import msgspec
import numpy as np

from detectors.rules.held_back.cell_reports import CellReports
from detectors.rules.held_back.lateness import Late, Lateness
from detectors.rules.held_back.listed_cells import Served, about_mast, cut_off_nats


class HeldBackState(msgspec.Struct, forbid_unknown_fields=True):
    """The judging state of one zone: how late reports are, those of strange cells, those of
    listed cells that are late or out of place, and whom these serve."""

    lateness: Lateness = msgspec.field(default_factory=Lateness)
    strange: CellReports = msgspec.field(default_factory=CellReports)
    listed: CellReports = msgspec.field(default_factory=CellReports)
    served: Served = msgspec.field(default_factory=Served)

    def mast_cut_off_nats(
        self, cell: str, known: list[Late], due_ms: int, prompt_nats: float
    ) -> float:
        """As `cut_off_nats`, by the phones of the mast's other cells, too, wherever these are, and
        by all whom its cells serve; 0 without others. ``known`` are the cell's own."""
        others = self.listed.of_mast(cell)
        if not others:
            return 0.0
        served = np.concatenate([self.served.phones(int(one), due_ms) for one in (cell, *others)])
        about = [*about_mast(known), *chain.from_iterable(others.values())]
        return cut_off_nats(about, served, prompt_nats)
