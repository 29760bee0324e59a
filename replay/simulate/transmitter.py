"""Rogue transmitters on the air: where they are, what they claim when, how strong they come in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.vocabulary import GSM, LTE
from replay.simulate.identities import Identity, draw_identities
from replay.simulate.network import Network
from replay.simulate.people import interpolated, street_tracks
from replay.simulate.radio import COSINES, SHADOWING_DB, Cosines, draw_cosines
from replay.simulate.register import Register
from replay.simulate.rogue import Hop, Parked, Rogue
from replay.simulate.scenario import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ANTENNA_HEIGHT_M = 3.0
#: An antenna in or on a car lies below the roofs, where levels fall faster once streets bend.
FAR_FROM_M, FAR_EXTRA_EXPONENT = 500.0, 1.5
LONGEST_STOP_S = 45.0


@dataclass(frozen=True, slots=True)
class Transmitter:
    """A rogue with its way; ``x`` and ``y`` in metres have shape (steps + 1, 1).

    ``identities`` holds for each epoch (hop) one identity for each claim, in their order.
    """

    spec: Rogue
    rat: int
    identities: list[Identity]
    x: Floats
    y: Floats
    step_s: float
    phone_cosines: Cosines
    own_cosines: Cosines

    def active(self, time_s: float) -> bool:
        """Whether it is on the air, seconds after the start."""
        return any(start <= time_s < end for start, end in self.spec.active_s)

    def off_after(self, time_s: float) -> float:
        """When the span on the air that holds a time ends; the time itself where none does."""
        ends = [end for start, end in self.spec.active_s if start <= time_s < end]
        return ends[0] if ends else time_s

    def place(self, time_s: Floats) -> tuple[Floats, Floats]:
        """Metres east and north of the city centre."""
        column = np.zeros(len(time_s), dtype=np.int64)
        return (
            interpolated(self.x, column, time_s, self.step_s),
            interpolated(self.y, column, time_s, self.step_s),
        )

    def epoch(self, time_s: float) -> int:
        """How often it has hopped by then."""
        if not isinstance(self.spec.identity, Hop):
            return 0
        return int((time_s - self.spec.active_s[0][0]) // self.spec.identity.every_s)

    def identity_index(self, time_s: float, operator: int) -> int:
        """Place in ``identities`` of what it claims towards phones of a claimed operator."""
        claims = self.spec.claims
        return self.epoch(time_s) * len(claims) + claims.index(operator)

    def level_dbm(self, x: Floats, y: Floats, time_s: Floats) -> Floats:
        """Mean level at places (metres) and times (seconds), shadowed by both ends' places."""
        own_x, own_y = self.place(time_s)
        distance_m = np.sqrt((x - own_x) ** 2 + (y - own_y) ** 2 + ANTENNA_HEIGHT_M**2)
        # One field over both ends' places, so that a link's shadowing changes as either moves.
        mine, its = self.phone_cosines, self.own_cosines
        turn = mine.east * x[:, None] + mine.north * y[:, None] + mine.phase
        turn += its.east * own_x[:, None] + its.north * own_y[:, None]
        shadow = np.sqrt(2.0 / COSINES) * np.cos(turn).sum(axis=1)
        loss = 10.0 * self.spec.exponent * np.log10(distance_m / 100.0)
        loss += 10.0 * FAR_EXTRA_EXPONENT * np.log10(np.maximum(distance_m / FAR_FROM_M, 1.0))
        return np.asarray(self.spec.power_at_100m_dbm - loss + SHADOWING_DB * shadow)


def place_transmitters(
    scenario: Scenario, network: Network, register: Register, rng: np.random.Generator
) -> list[Transmitter]:
    """All rogues of a scenario. Raises `ScenarioError` where a clone finds no cell to copy."""
    return [_placed(scenario, spec, network, register, rng) for spec in scenario.rogues]


def _placed(
    scenario: Scenario,
    spec: Rogue,
    network: Network,
    register: Register,
    rng: np.random.Generator,
) -> Transmitter:
    steps = round(scenario.duration_s / scenario.step_s)
    if isinstance(spec.place, Parked):
        x = np.full((steps + 1, 1), spec.place.at_m[0])
        y = np.full((steps + 1, 1), spec.place.at_m[1])
    else:
        start = (np.array([spec.place.from_m[0]]), np.array([spec.place.from_m[1]]))
        speed = np.array([spec.place.speed_mps])
        x, y = street_tracks(
            rng, scenario.city, start, speed, LONGEST_STOP_S, steps, scenario.step_s
        )
    rat = GSM if spec.rat == "gsm" else LTE
    return Transmitter(
        spec=spec,
        rat=rat,
        identities=draw_identities(scenario, spec, rat, network, register, rng),
        x=x,
        y=y,
        step_s=scenario.step_s,
        phone_cosines=draw_cosines(rng, 1),
        own_cosines=draw_cosines(rng, 1),
    )
