"""Cells received off their registered places, and whether the register's row may be wrong instead.

The memory that `impossible_distance` judges estimated rows by. A wrong row is wrong for all phones
and for ever; a transmitter that borrows an identity comes on the air at some time, or the true cell
is still received at home. Times are arrival, ms.
"""

from typing import Final

import msgspec

from detectors.features.memory.lru import keep
from detectors.features.memory.pending_findings import Due
from detectors.model.finding import Observation
from detectors.register.identity_keys import cell_key

#: A phone's unchanged report of a cell counts once in so long, ms.
COUNTS_FOR_MS: Final = 1_800_000
#: What a zone remembers: tiles, cells, and of each cell off its place messages and phones.
_TILES, _CELLS, _HELD, _PHONES = 4096, 512, 8, 32
#: A cell counts as received at home for so long.
_HOME_LASTS_MS: Final = 3_600_000
#: Phones that must receive a cell off its place, and reports of a tile, before either counts.
_LEAST_PHONES, _LEAST_REPORTS = 3, 5


class Spot(msgspec.Struct):
    """A tile where a cell was received off its place: reports there before the first, and since."""

    before: int
    reports: int = 0


class Stray(msgspec.Struct):
    """A cell that is received off its place: where, by whom, and what waits for a judgement."""

    spots: dict[str, Spot] = {}
    who: dict[str, int] = {}
    held: list[Observation] = []
    is_new: bool = False


class Strays(Due):
    """Judging state: reports by tile, cells received at home (last ``rx_ts``, by whom), strays."""

    watched: dict[str, int] = msgspec.field(default_factory=dict)
    home: dict[str, tuple[int, list[str]]] = msgspec.field(default_factory=dict)
    strays: dict[str, Stray] = msgspec.field(default_factory=dict)

    def observe_home(self, observation: Observation) -> None:
        """Takes in a report of a cell where the register has it."""
        assert observation.claimed is not None
        self._count(_tile(observation))
        cell = cell_key(observation.claimed)
        _, who = self.home.pop(cell, (0, []))
        kept = [observation.who, *(name for name in who if name != observation.who)][:2]
        keep(self.home, cell, (observation.rx_ts, kept), _CELLS)

    def observe_away(self, observation: Observation, late_expected: float) -> list[Observation]:
        """Takes in a report of a cell where it can't be; the reports that now count.

        None while the row may be wrong: until the cell is received at home too, or turns out to
        have come on the air late (see `_came_late`).
        """
        assert observation.claimed is not None
        cell = cell_key(observation.claimed)
        stray = self.strays.pop(cell, None) or Stray()
        keep(self.strays, cell, stray, _CELLS)
        if observation.rx_ts - stray.who.get(observation.who, -COUNTS_FOR_MS) >= COUNTS_FOR_MS:
            tile = _tile(observation)
            keep(stray.who, observation.who, observation.rx_ts, _PHONES)
            reports = self._count(tile)
            keep(stray.spots, tile, stray.spots.pop(tile, Spot(reports - 1)), _PHONES)
            stray.spots[tile].reports += 1
        stray.held = [*stray.held, observation][-_HELD:]
        stray.is_new = stray.is_new or self._came_late(stray, late_expected)
        if not stray.is_new and not self._is_at_home(cell, observation.rx_ts):
            return []
        held, stray.held = stray.held, []
        return [each for each in held if observation.rx_ts - each.rx_ts <= COUNTS_FOR_MS]

    def _count(self, tile: str) -> int:
        reports = self.watched.pop(tile, 0) + 1
        keep(self.watched, tile, reports, _TILES)
        return reports

    def _is_at_home(self, cell: str, rx_ms: int) -> bool:
        """Whether two phones have received the cell at its registered place, lately."""
        last_ms, who = self.home.get(cell, (0, []))
        return len(who) > 1 and rx_ms - last_ms <= _HOME_LASTS_MS

    def _came_late(self, stray: Stray, late_expected: float) -> bool:
        """Whether a cell of that share of the reports would have been received before its first."""
        if len(stray.who) < _LEAST_PHONES:
            return False
        expected = []
        for tile, spot in stray.spots.items():
            reports = max(self.watched.get(tile, 0), spot.before + spot.reports)
            if reports >= _LEAST_REPORTS:
                # Its first report chose the moment, and so says nothing about how often it is
                # received.
                share = (spot.reports - 1) / (reports - spot.before)
                expected.append(spot.before * share)
        return bool(expected) and sum(expected) / len(expected) >= late_expected


def _tile(observation: Observation) -> str:
    """A hundredth of a degree of one operator and RAT: reports that could have had such a cell."""
    assert observation.claimed is not None
    assert observation.place is not None
    lat, lon = int(observation.place.lat * 100 // 1), int(observation.place.lon * 100 // 1)
    return (
        f"{observation.claimed.rat}-{observation.claimed.mcc}-{observation.claimed.mnc}-{lat}-{lon}"
    )
