"""Which sites' cells began elsewhere there and then: the judging state of `sudden_cell`."""

from typing import Final

import msgspec

from detectors.features.memory.beginnings import Comings
from detectors.features.memory.lru import keep
from detectors.features.memory.novelty import Spell
from geo.earth.sphere import great_circle_m

#: Sites that are remembered.
_SITES: Final = 64
#: What began within this time (ms) and this far apart (m) may have begun by one cause.
_TOGETHER_MS: Final = 300_000
_TOGETHER_M: Final = 5_000.0


class Begun(msgspec.Struct, array_like=True):
    """When (event time) and where (degrees) a cell of some site has begun."""

    ms: int
    lat: float
    lon: float


class SuddenCells(Comings):
    """The judging state of one zone; ``begun`` are sites of which a cell has begun."""

    begun: dict[str, Begun] = msgspec.field(default_factory=dict)

    def sites_begun_with(self, site: str, spell: Spell) -> int:
        """Notes that a cell of the site began, and how many sites' cells began there and then."""
        self.begun.pop(site, None)
        keep(self.begun, site, Begun(spell.first_ms, spell.lat, spell.lon), _SITES)
        return sum(
            abs(other.ms - spell.first_ms) <= _TOGETHER_MS
            and great_circle_m(other.lat, other.lon, spell.lat, spell.lon) <= _TOGETHER_M
            for other in self.begun.values()
        )
