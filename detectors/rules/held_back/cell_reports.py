"""Reports of cells that may hold their phones: judging state of `held_back`."""

from typing import Final

import msgspec

from detectors.features.memory.lru import keep
from detectors.model.codes import RATS, STATION_BITS, code_of
from detectors.model.finding import Observation
from detectors.rules.held_back.lateness import Late

#: Cells that a zone remembers, phones of each, and for how long a report counts (ms).
_CELLS: Final = 1024
_PHONES: Final = 24
OLD_MS: Final = 1_800_000


class CellReports(msgspec.Struct, forbid_unknown_fields=True):
    """By cell the most prompt of each phone's reports that were passed on, and which cells are to
    be judged when (ms, arrival)."""

    cells: dict[str, dict[str, Late]] = msgspec.field(default_factory=dict)
    due: dict[int, list[str]] = msgspec.field(default_factory=dict)

    def take_in(self, cell: str, report: Observation, nats: float | None, due_ms: int) -> None:
        """Takes a report, and how much likelier it is of a held phone (nats); one that tells more
        than was known makes the cell due then."""
        if report.place is None or nats is None:
            return
        since_ms = report.rx_ts - OLD_MS
        known = self.cells.pop(cell, {})
        known = {who: late for who, late in known.items() if late.report.rx_ts > since_ms}
        keep(self.cells, cell, known, _CELLS)
        other = known.get(report.who)
        if other is None or nats < other.nats:
            keep(known, report.who, Late(nats, report), _PHONES)
            cells = self.due.setdefault(due_ms, [])
            if cell not in cells:
                cells.append(cell)

    def next_due_ms(self) -> int | None:
        """When a cell is next to be judged."""
        return min(self.due, default=None)

    def taken(self, until_ms: int) -> list[tuple[int, str, list[Late]]]:
        """The cells to be judged by then, each with when, and what is known of its phones."""
        return [
            (ms, cell, list(self.cells[cell].values()))
            for ms in sorted(ms for ms in self.due if ms <= until_ms)
            for cell in sorted(self.due.pop(ms))
            if cell in self.cells
        ]

    def of_mast(self, cell: str) -> dict[str, list[Late]]:
        """What is known of the phones of the other cells of a cell's base station, by cell."""
        mast = _mast_of(self.cells.get(cell, {}))
        if mast is None:
            return {}
        return {
            other: list(known.values())
            for other, known in self.cells.items()
            if other != cell and _mast_of(known) == mast
        }


def _mast_of(known: dict[str, Late]) -> tuple[int, int | None, int | None, int] | None:
    """The base station of a cell: its technology and network, and the number that it shares with
    its other cells; ``None`` where numbers tell nothing of it."""
    claimed = next((late.report.claimed for late in known.values()), None)
    if claimed is None or claimed.cell is None:
        return None
    rat = code_of(claimed.rat, RATS)
    bits = STATION_BITS.get(rat)
    return None if bits is None else (rat, claimed.mcc, claimed.mnc, claimed.cell >> bits)
