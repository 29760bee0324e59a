"""What timing advances say of cells that are too strong: carried there, or close by.

The memory that `odd_shape` judges by. A repeater or a long fibre carries a cell far with all its
strength, and its timing advance with it; a clone close by has a short one. Few phones report any,
so what some report of a cell holds for all who receive it near by. Times are arrival, ms.
"""

import msgspec

from detectors.features.memory.lru import keep
from detectors.model.finding import Observation
from detectors.register.identity_keys import cell_key
from geo.earth.sphere import great_circle_m

#: Cells and reports of each that a zone remembers, and for how long.
_CELLS, _REPORTS, _REPORT_LASTS_MS = 512, 12, 7_200_000


class AdvanceReport(msgspec.Struct, array_like=True):
    """A phone with a timing advance on its odd cell: as long as the way to the mast, or shorter."""

    who: str
    lat: float
    lon: float
    rx_ms: int
    carried: bool


class Carried(msgspec.Struct):
    """Judging state: what waits, in order of arrival, and reports by cell in order of last use."""

    waiting: list[Observation] = []
    reports: dict[str, list[AdvanceReport]] = {}

    def observe(self, observation: Observation, carried: bool) -> None:
        """Notes what a message's timing advance says of its cell there."""
        assert observation.claimed is not None
        assert observation.place is not None
        cell = cell_key(observation.claimed)
        reports = [report for report in self.reports.pop(cell, []) if report.who != observation.who]
        reports.append(
            AdvanceReport(
                observation.who,
                observation.place.lat,
                observation.place.lon,
                observation.rx_ts,
                carried,
            )
        )
        keep(self.reports, cell, reports[-_REPORTS:], _CELLS)

    def is_carried(self, observation: Observation, within_m: float) -> bool:
        """Whether two phones or more near by say that the cell is what it claims to be, and more
        than say otherwise."""
        assert observation.claimed is not None
        assert observation.place is not None
        here = [
            report.carried
            for report in self.reports.get(cell_key(observation.claimed), ())
            if observation.rx_ts - report.rx_ms <= _REPORT_LASTS_MS
            and great_circle_m(report.lat, report.lon, observation.place.lat, observation.place.lon)
            <= within_m
        ]
        return here.count(True) > max(1, here.count(False))

    def take(self, until_ms: int) -> list[Observation]:
        """What has waited since then or longer, which is forgotten."""
        taken = []
        while self.waiting and self.waiting[0].rx_ts <= until_ms:
            taken.append(self.waiting.pop(0))
        return taken
