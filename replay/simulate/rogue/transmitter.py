"""Rogue transmitters on the air: their places, claims and levels over time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import GSM, LTE, NR
from replay.simulate.network.network import Floats, Ints, Network
from replay.simulate.network.radio import COSINES, Cosines, corner_loss_db, draw_cosines
from replay.simulate.network.register import Register
from replay.simulate.people.people import interpolated, street_tracks
from replay.simulate.people.trains import train_track
from replay.simulate.rogue.identities import Identity, Plan, draw_identities, draw_lures
from replay.simulate.scenario.rogue import (
    Beam,
    Carriers,
    Hop,
    NearClone,
    Parked,
    Retired,
    Rogue,
    Train,
    Turns,
    ValidArea,
)
from replay.simulate.scenario.scenario import Scenario
from replay.simulate.scenario.surroundings import Propagation

#: An antenna in or on a car lies below the roofs, where levels fall faster once streets bend.
ROOFS_M, FAR_FROM_M, FAR_EXTRA_EXPONENT = 15.0, 500.0, 1.5
LONGEST_STOP_S = 45.0


@dataclass(frozen=True, slots=True)
class Transmitter:
    """A rogue with its way; ``x`` and ``y`` in metres have shape (steps + 1, 1).

    ``identities`` holds for each epoch (hop), and in it for each carrier, one identity for each
    claim, in their order; ``lures`` the LTE and then the NR cells that lead down to it, likewise.
    ``own_area`` is there where it claims a real area: for each row of the network the area that a
    phone served there is registered in on the rogue's RAT.
    """

    spec: Rogue
    rat: int
    identities: list[Identity]
    lures: list[Identity]
    x: Floats
    y: Floats
    step_s: float
    phone_cosines: Cosines
    own_cosines: Cosines
    own_area: Ints | None
    propagation: Propagation

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
        """How often it has hopped, or taken its turn, by then."""
        if not isinstance(self.spec.identity, Hop | Turns):
            return 0
        return int((time_s - self.spec.active_s[0][0]) // self.spec.identity.every_s)

    def claims_at(self, time_s: float) -> list[int]:
        """The operators that it claims to be of at a time."""
        claims = self.spec.claims
        if isinstance(self.spec.identity, Turns):
            return [claims[self.epoch(time_s) % len(claims)]]
        return claims

    def identity_index(self, time_s: float, operator: int, carrier: int = 0) -> int:
        """Place in ``identities`` of what it claims towards phones of a claimed operator.

        Any whole number chooses a ``carrier``; most transmitters have one.
        """
        claims, wanted = self.spec.claims, self.spec.identity
        before = 0 if isinstance(wanted, Turns) else self.epoch(time_s)
        if isinstance(wanted, Carriers):
            before = carrier % wanted.count
        return before * len(claims) + claims.index(operator)

    def lure(self, rat: int, operator: int) -> Identity | None:
        """The cell of a RAT (code) that leads phones of a claimed operator down to it."""
        place = {LTE: 0, NR: 1}.get(rat, 2) * len(self.spec.claims)
        place += self.spec.claims.index(operator)
        return self.lures[place] if place < len(self.lures) else None

    def reaches(self, underground: NDArray[np.bool_] | bool) -> NDArray[np.bool_] | bool:
        """Whether it is on the same side of the ground as a phone."""
        return underground if isinstance(self.spec.place, Train) else np.logical_not(underground)

    def level_dbm(self, x: Floats, y: Floats, time_s: Floats) -> Floats:
        """Mean level at places (metres) and times (seconds), shadowed by both ends' places."""
        own_x, own_y = self.place(time_s)
        height_m = self.spec.antenna_m
        distance_m = np.sqrt((x - own_x) ** 2 + (y - own_y) ** 2 + height_m**2)
        # One field over both ends' places, so that a link's shadowing changes as either moves.
        mine, its = self.phone_cosines, self.own_cosines
        turn = mine.east * x[:, None] + mine.north * y[:, None] + mine.phase
        turn += its.east * own_x[:, None] + its.north * own_y[:, None]
        shadow = np.sqrt(2.0 / COSINES) * np.cos(turn).sum(axis=1)
        loss = 10.0 * self.spec.exponent * np.log10(distance_m / 100.0)
        if height_m < ROOFS_M:
            loss += 10.0 * FAR_EXTRA_EXPONENT * np.log10(np.maximum(distance_m / FAR_FROM_M, 1.0))
            if self.propagation.corner_loss_db:
                loss += corner_loss_db(self.propagation, x - own_x, y - own_y)
        if self.spec.beam is not None:
            loss += pattern_db(self.spec.beam, x - own_x, y - own_y, height_m)
        shadow_db = self.propagation.shadowing_db * shadow
        return np.asarray(self.spec.power_at_100m_dbm - loss + shadow_db)

    def lure_above_db(self) -> float:
        """By how many dB the lure is received above the transmitter itself."""
        lure = self.spec.lure
        return 0.0 if lure is None else lure.power_at_100m_dbm - self.spec.power_at_100m_dbm


def pattern_db(beam: Beam, east_m: Floats, north_m: Floats, height_m: float) -> Floats:
    """What a sector antenna loses away from its axis, dB (TR 36.814, table A.2.1.1-2)."""
    aside = np.degrees(np.arctan2(east_m, north_m)) - beam.azimuth_deg
    aside = (aside + 180.0) % 360.0 - 180.0
    below = np.degrees(np.arctan2(height_m, np.hypot(east_m, north_m))) - beam.tilt_deg
    flat = np.minimum(12.0 * (aside / beam.width_deg) ** 2, beam.front_to_back_db)
    steep = np.minimum(12.0 * (below / beam.vertical_width_deg) ** 2, beam.side_lobe_db)
    return np.asarray(np.minimum(flat + steep, beam.front_to_back_db))


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
    elif isinstance(spec.place, Train):
        x, y = (way[:, None] for way in train_track(spec.place, steps, scenario.step_s))
    else:
        start = (np.array([spec.place.from_m[0]]), np.array([spec.place.from_m[1]]))
        speed = np.array([spec.place.speed_mps])
        x, y = street_tracks(
            rng, scenario.city, start, speed, LONGEST_STOP_S, steps, scenario.step_s
        )
    rat = GSM if spec.rat == "gsm" else LTE
    first = int(spec.active_s[0][0] / scenario.step_s)
    plan = Plan(scenario, network, register, (float(x[first, 0]), float(y[first, 0])), rng)
    identities = draw_identities(plan, spec, rat)
    correlation_m = scenario.radio.correlation_m
    phone_cosines, own_cosines = (draw_cosines(rng, 1, correlation_m) for _ in range(2))
    lures = draw_lures(plan, spec, LTE) if spec.lure is not None else []
    if spec.lure is not None and spec.lure.from_nr:
        lures += draw_lures(plan, spec, NR)
    return Transmitter(
        spec=spec,
        rat=rat,
        identities=identities,
        lures=lures,
        x=x,
        y=y,
        step_s=scenario.step_s,
        phone_cosines=phone_cosines,
        own_cosines=own_cosines,
        own_area=_own_area(spec, rat, network),
        propagation=scenario.radio,
    )


def _own_area(spec: Rogue, rat: int, network: Network) -> Ints | None:
    """Areas of the rogue's RAT by row of the network; only where a real area is claimed."""
    if not isinstance(spec.identity, NearClone | Retired | ValidArea):
        return None
    partner = network.cell_of[network.site, rat, 0]
    return np.where(partner >= 0, network.area[partner], network.area)
