"""What a zone knows of unplanned codes, and how high above the ground phones are: the judging
memory of `detectors.rules.unplanned_code.rule`.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from detectors.features.memory.novelty import Spell, Spells
from detectors.features.memory.pending_findings import Due
from detectors.features.samples.of_samples import TakenSamples
from detectors.model.finding import Observation
from geo.earth.sphere import great_circle_m

#: Quarters whose ground a zone remembers, and altitudes of each.
_QUARTERS: Final = 4096
_ALTITUDES: Final = 15
_STILL_ON_MS: Final = 300_000
_ELSEWHERE_M: Final = 2000.0


class Heights(Due):
    """Judging state of one zone: spells of unplanned codes, altitudes of the ground (m) by place,
    and findings that are due."""

    spells: Spells = msgspec.field(default_factory=Spells)
    ground: dict[str, list[float]] = msgspec.field(default_factory=dict)

    def observe_ground(self, observation: Observation) -> None:
        """Takes a sampled place in: somebody listens there, at this altitude where it is given."""
        place = observation.place
        assert place is not None
        self.spells.watch.observe(place.lat, place.lon, observation.ts, observation.rx_ts)
        altitude_m = observation.values.get("altitude_m")
        if altitude_m is not None:
            self._note(place.lat, place.lon, float(altitude_m))

    def observe_each(self, taken: TakenSamples, rows: Sequence[int]) -> None:
        """As `observe_ground` of each of some reports."""
        self.spells.watch.observe_each(taken, rows)
        lat, lon, altitude_m = map(taken.column, ("lat", "lon", "altitude_m"))
        for row in rows:
            if altitude_m[row] == altitude_m[row]:
                self._note(lat[row], lon[row], altitude_m[row])

    def _note(self, lat: float, lon: float, altitude_m: float) -> None:
        quarter = _quarter(lat, lon)
        altitudes = self.ground.pop(quarter, [])
        self.ground[quarter] = [*altitudes, altitude_m][-_ALTITUDES:]
        if len(self.ground) > _QUARTERS:
            del self.ground[next(iter(self.ground))]

    def above_ground_m(self, observation: Observation) -> float | None:
        """How far a phone is above where phones near by mostly are; ``None`` where not known."""
        altitude_m, place = observation.values.get("altitude_m"), observation.place
        assert place is not None
        ground = sorted(self.ground.get(_quarter(place.lat, place.lon), ()))
        if altitude_m is None or not ground:
            return None
        return float(altitude_m) - ground[len(ground) // 2]

    def observe(
        self, observation: Observation, gone_ms: int, least_devices: int
    ) -> tuple[Spell, list[Observation]] | None:
        """As `Spells.borne_out`, of the report of an unplanned code."""
        return self.spells.borne_out(_thing(observation), observation, gone_ms, least_devices)

    def begun_elsewhere(self, here: Spell, observation: Observation, begun: "Begun") -> int:
        """How many codes of the RAT have begun lately, well away from here, and last.

        One transmitter that changes its code leaves none of them on the air.
        """
        prefix = _thing(observation).partition("-")[0]
        return sum(
            thing.partition("-")[0] == prefix
            and any(
                begun.lately(spell, observation.ts)
                and spell.last_ms >= observation.ts - _STILL_ON_MS
                and len(spell.who) > 1
                and great_circle_m(spell.lat, spell.lon, here.lat, here.lon) > _ELSEWHERE_M
                for spell in spells
            )
            for thing, spells in self.spells.things.items()
        )


class Begun(msgspec.Struct, frozen=True):
    """What it means to have begun lately: phones listened for ``watched_ms`` before, and it is no
    older than ``longest_life_ms``."""

    watched_ms: float
    longest_life_ms: float

    def lately(self, spell: Spell, now_ms: int) -> bool:
        """Whether a spell began lately, where phones had listened long enough before."""
        since_ms = spell.silent_since_ms
        if since_ms is None or spell.first_ms - since_ms < self.watched_ms:
            return False
        return now_ms - spell.first_ms <= self.longest_life_ms


def _thing(observation: Observation) -> str:
    assert observation.claimed is not None
    return f"{observation.claimed.rat}-{observation.claimed.arfcn}-{observation.claimed.pci}"


def _quarter(lat: float, lon: float) -> str:
    """About a kilometre square: within it the ground is even enough."""
    return f"{lat:.2f},{lon:.2f}"
