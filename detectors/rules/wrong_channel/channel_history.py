"""What a zone knows of its cells' channels and codes: as planned, and otherwise, since when.

The judging state of `detectors.rules.wrong_channel.rule`. Times of reports are event times,
ms.
"""

from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec

from detectors.features.memory.waiting import Waiting
from detectors.model.finding import Observation
from detectors.register.identity_keys import cell_key

#: Registered cells that a zone remembers, and off-plan codes of each.
_CELLS: Final = 4096
_CODES: Final = 8
#: By how much phones' clocks may differ: what changed over once must not look like both at once.
_CLOCKS_MS: Final = 15_000

#: What a report shows that has its cell as planned: the cell
#: (`detectors.register.identity_keys.cell_key`), its network and RAT, where its mast is registered
#: (degrees), and when.
Planned: TypeAlias = tuple[str, str, float, float, int]


class OffPlan(msgspec.Struct, array_like=True):
    """One off-plan channel and code of a cell, and when it was received first and last."""

    arfcn: int | None
    pci: int | None
    first_ms: int
    last_ms: int

    def contradicts(self, other: "OffPlan") -> bool:
        """Whether two channels or codes differ, as far as both are given."""
        pairs = ((self.arfcn, other.arfcn), (self.pci, other.pci))
        return any(a is not None and b is not None and a != b for a, b in pairs)


class Cell(msgspec.Struct):
    """One cell: its network and RAT, its site, when it was last received as planned, and
    otherwise."""

    network: str
    site: str
    on_plan_ms: int = -(1 << 62)
    off_plan: list[OffPlan] = []

    def off_plan_of(self, observation: Observation) -> OffPlan | None:
        """The off-plan channel and code in a report."""
        assert observation.claimed is not None
        given = (observation.claimed.arfcn, observation.claimed.pci)
        return next((each for each in self.off_plan if (each.arfcn, each.pci) == given), None)

    def only(self, seen: OffPlan) -> bool:
        """Whether it hasn't been received as planned since it was received otherwise."""
        return self.on_plan_ms <= seen.first_ms + _CLOCKS_MS

    def twice(self, seen: OffPlan, since_ms: int) -> bool:
        """Whether it was received otherwise as well, from ``since_ms`` on and after ``seen`` began.

        Two off-plan codes in turn may be one that moved on: each must be received after the other.
        """
        since_ms = max(since_ms, seen.first_ms + _CLOCKS_MS)
        return self.on_plan_ms > since_ms or any(
            seen.contradicts(other)
            and other.last_ms > since_ms
            and seen.last_ms > other.first_ms + _CLOCKS_MS
            for other in self.off_plan
        )


class Tuning(msgspec.Struct):
    """One zone: its cells, and the off-plan reports that wait (a heap)."""

    cells: dict[str, Cell] = {}
    waiting: list[Waiting] = []

    def observe(self, observation: Observation, planned: bool) -> None:
        """Takes a report in; ``planned`` if it has the cell as planned (too)."""
        claimed = observation.claimed
        assert claimed is not None
        network = f"{claimed.rat}-{claimed.mcc}-{claimed.mnc}"
        cell = self._newest(cell_key(claimed), network, str(observation.values["site"]))
        if planned:
            cell.on_plan_ms = max(observation.ts, cell.on_plan_ms)
        if observation.kind == "on_plan":
            return
        seen = cell.off_plan_of(observation)
        if seen is None:
            cell.off_plan.append(
                OffPlan(claimed.arfcn, claimed.pci, observation.ts, observation.ts)
            )
            del cell.off_plan[:-_CODES]
        else:
            seen.first_ms = min(observation.ts, seen.first_ms)
            seen.last_ms = max(observation.ts, seen.last_ms)

    def observe_planned(self, reports: Iterable[Planned]) -> None:
        """As `observe` of each of some reports that have their cells as planned."""
        cells = self.cells
        for key, network, lat, lon, ts_ms in reports:
            cell = cells.pop(key, None)
            if cell is None:
                cell = self._newest(key, network, site_of(lat, lon))
            else:
                cells[key] = cell
            if ts_ms > cell.on_plan_ms:
                cell.on_plan_ms = ts_ms

    def _newest(self, key: str, network: str, site: str) -> Cell:
        """A cell, from now on the one that was reported last."""
        cell = self.cells.pop(key, None) or Cell(network, site)
        # To the end: the one without reports for longest is forgotten first.
        self.cells[key] = cell
        if len(self.cells) > _CELLS:
            del self.cells[next(iter(self.cells))]
        return cell

    def has_off_plan_sites(self, network: str, sites: int, since_ms: int) -> bool:
        """Whether so many sites of a network and RAT were received off-plan since, and only so."""
        found: set[str] = set()
        for cell in self.cells.values():
            if cell.network == network and any(
                seen.last_ms >= since_ms and cell.only(seen) for seen in cell.off_plan
            ):
                found.add(cell.site)
                if len(found) >= sites:
                    return True
        return False


def site_of(lat: float, lon: float) -> str:
    """About where a mast is, of its place (degrees)."""
    return f"{lat:.3f},{lon:.3f}"
