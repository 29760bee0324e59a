"""Which strange cells serve their phones: these send what they measure there at once.

A transmitter without a network behind it holds phones from sending. How much likelier each report's
lateness is of a held phone than of another is what a rule makes of it (`Rule.lateness_nats`); here
it is kept by cell and place, so that a candidate about a cell can be asked whether its phones are
served. What a few hostile phones may have made up is left out.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from detectors.features.memory.lateness import served_nats_of_places
from detectors.features.memory.lru import keep
from detectors.incident.tally import Tally
from detectors.model.finding import Identity, Observation, Place
from detectors.register.identity_keys import cell_key
from geo.earth.sphere import great_circle_m

#: Cells that a zone remembers, phones of each, and for how long a report counts (ms of arrival
#: time).
_CELLS: Final = 1024
_PHONES: Final = 48
_OLD_MS: Final = 1_800_000
#: What is farther from a candidate (m) may be the cell itself, of which it is a clone.
_NEAR_M: Final = 3000.0


class Sent(msgspec.Struct, array_like=True):
    """The most prompt report of one phone: where (degrees) and when (ms) it arrived, and how much
    likelier its lateness is of a held phone (nats)."""

    lat: float
    lon: float
    rx: int
    nats: float


class CellService(msgspec.Struct):
    """What one zone knows of strange cells, by cell and phone."""

    cells: dict[str, dict[str, Sent]] = msgspec.field(default_factory=dict)

    def learn(self, observation: Observation, nats: float | None) -> None:
        """Takes in what a rule makes of how late an observation's report is, if anything."""
        place, claimed, who = observation.place, observation.claimed, observation.who
        if nats is None or place is None or claimed is None:
            return
        cell, since_ms = cell_key(claimed), observation.rx_ts - _OLD_MS
        known = {
            each: sent for each, sent in self.cells.pop(cell, {}).items() if sent.rx > since_ms
        }
        keep(self.cells, cell, known, _CELLS)
        before = known.get(who)
        if before is None or nats < before.nats:
            keep(known, who, Sent(place.lat, place.lon, observation.rx_ts, nats), _PHONES)

    def against(self, cell: Identity, about: tuple[float, float], now_ms: int) -> float:
        """How much less likely it is that a cell about a place (degrees) holds its phones than that
        it serves them (nats, 0 at most)."""
        since_ms = now_ms - _OLD_MS
        near = (
            (Place(sent.lat, sent.lon), sent.nats)
            for sent in self.cells.get(cell_key(cell), {}).values()
            if sent.rx > since_ms and great_circle_m(sent.lat, sent.lon, *about) <= _NEAR_M
        )
        return served_nats_of_places(near)

    def against_all(
        self,
        tallies: Iterable[Tally],
        about: Callable[[Identity], tuple[float, float] | None],
        now_ms: int,
    ) -> float:
        """As `against`, of the cells that a story names, each ``about`` a place of its own: of
        those of most devices the one that serves its phones least."""
        devices: dict[Identity, set[str]] = {}
        for tally in tallies:
            one = tally.claimed
            if one is not None and one.area is not None and one.cell is not None:
                cell = Identity(one.rat, one.mcc, one.mnc, one.area, one.cell)
                devices.setdefault(cell, set()).update(tally.votes)
        most = max(map(len, devices.values()), default=0)
        of_most = [cell for cell, who in devices.items() if 2 * len(who) >= most]
        if not all(cell_key(cell) in self.cells for cell in of_most):
            return 0.0  # the cheap question first: nothing is known of one
        places = [(cell, about(cell)) for cell in of_most]
        return max((self.against(cell, at, now_ms) for cell, at in places if at), default=0.0)
