"""What a rogue claims to be: an invented cell, a new one each hop, or a copy of a real one."""

from dataclasses import dataclass

import numpy as np
from msgspec import Struct, convert

from detectors.model.codes import GSM, LTE, NR, RATS
from replay.simulate.network.network import CODES, EARFCN, FIRST_BCCH, NR_ARFCN, Network
from replay.simulate.network.register import Register
from replay.simulate.scenario.rogue import (
    Carriers,
    Clone,
    Fixed,
    Hop,
    NearClone,
    Retired,
    Rogue,
    ValidArea,
)
from replay.simulate.scenario.scenario import Scenario
from replay.simulate.scenario.scenario_types import ScenarioError

#: First number not used for a cell, by RAT code.
CELL_LIMIT = {GSM: 65000, LTE: 2**28 - 2, NR: 2**36 - 2}


class Identity(Struct, frozen=True):
    """What a transmitter claims to be."""

    rat: str
    mcc: int
    mnc: int
    area: int
    cell: int
    arfcn: int
    pci: int

    def cell_fields(self) -> dict[str, object]:
        """RAT and identity without channel and code, as messages carry them."""
        return {name: getattr(self, name) for name in self.__struct_fields__[:5]}


@dataclass(frozen=True, slots=True)
class Plan:
    """What identities are drawn from; ``at_m`` is where the transmitter starts."""

    scenario: Scenario
    network: Network
    register: Register
    at_m: tuple[float, float]
    rng: np.random.Generator


def draw_identities(plan: Plan, spec: Rogue, rat: int) -> list[Identity]:
    """For each epoch, and in it for each carrier, one identity a claim; ``rat`` is a RAT code.

    Raises `ScenarioError` where there is no cell to copy or no area to use.
    """
    if isinstance(spec.identity, Clone | NearClone):
        return [_cloned(plan, spec, rat, claim) for claim in spec.claims]
    if isinstance(spec.identity, ValidArea):
        return [_in_valid_area(plan, spec, rat, claim) for claim in spec.claims]
    if isinstance(spec.identity, Retired):
        return [_retired(plan, rat, claim) for claim in spec.claims]
    epochs = 1
    if isinstance(spec.identity, Hop):
        on_air_s = spec.active_s[-1][1] - spec.active_s[0][0]
        epochs = int(np.ceil(on_air_s / spec.identity.every_s))
    if isinstance(spec.identity, Carriers):
        epochs = spec.identity.count
    fixed = spec.identity if isinstance(spec.identity, Fixed) else Fixed()
    taken = set(plan.network.area.tolist())
    return [
        _invented(plan, rat, claim, fixed, taken) for _ in range(epochs) for claim in spec.claims
    ]


def draw_lures(plan: Plan, spec: Rogue, rat: int) -> list[Identity]:
    """One identity a claim for the cells that lead down to the transmitter."""
    taken = set(plan.network.area.tolist())
    return [_invented(plan, rat, claim, Fixed(), taken) for claim in spec.claims]


def _invented(plan: Plan, rat: int, claim: int, fixed: Fixed, taken: set[int]) -> Identity:
    """An identity outside the network's plan; ``taken`` areas are avoided and extended."""
    rng, area = plan.rng, fixed.area
    while area is None:
        drawn = int(rng.integers(1, 65534))
        area = None if drawn in taken else drawn
    taken.add(area)
    drawn_cell = int(rng.integers(1, CELL_LIMIT[rat]))
    operator = plan.scenario.operators[claim]
    return Identity(
        rat=RATS[rat - 1],
        mcc=operator.mcc,
        mnc=operator.mnc,
        area=area,
        cell=fixed.cell or drawn_cell,
        arfcn=_channel(plan, rat, claim),
        pci=int(rng.integers(0, CODES[rat])),
    )


def _channel(plan: Plan, rat: int, claim: int) -> int:
    """A channel that the claimed operator uses, so that phones look there."""
    if rat == GSM:
        return FIRST_BCCH[claim] + int(plan.rng.integers(0, 42))
    return (EARFCN if rat == LTE else NR_ARFCN)[claim]


def _in_valid_area(plan: Plan, spec: Rogue, rat: int, claim: int) -> Identity:
    """A number that no cell has, in the nearest area beside the one at the place itself.

    A phone makes itself known to a cell only where the area differs from its own.
    """
    network = plan.network
    mine = np.flatnonzero(
        (network.rat == rat) & (network.operator == claim) & network.site_in_city[network.site]
    )
    site = network.site[mine]
    distance_m = np.hypot(network.site_x[site] - plan.at_m[0], network.site_y[site] - plan.at_m[1])
    order = np.argsort(distance_m, kind="stable")
    areas = list(dict.fromkeys(network.area[mine[order]].tolist()))
    if len(areas) < 2:
        raise ScenarioError(
            f"rogues: {spec.id}: identity: operators[{claim}] has only one {spec.rat} area in the "
            "city; a larger city or smaller sites_per_area gives a neighbouring one."
        )
    used = set(network.cell[mine].tolist())
    taken = set(network.area.tolist())
    while True:
        identity = _invented(plan, rat, claim, Fixed(area=int(areas[1])), taken)
        if identity.cell not in used:
            return identity


def _retired(plan: Plan, rat: int, claim: int) -> Identity:
    """A listed cell that is off the air, else a number in an area of the operator that none has."""
    operator = plan.scenario.operators[claim]
    begins = f"{RATS[rat - 1].upper()},{operator.mcc},{operator.mnc},"
    lines = [line.split(",") for line in plan.register.retired if line.startswith(begins)]
    network = plan.network
    if lines:
        columns = lines[int(plan.rng.integers(len(lines)))]
        area, cell = int(columns[3]), int(columns[4])
    else:
        mine = np.flatnonzero((network.rat == rat) & (network.operator == claim))
        row = int(plan.rng.choice(mine))
        area, cell = int(network.area[row]), int(network.cell[mine].max()) + 3 * 3000
    taken = set(network.area.tolist())
    return _invented(plan, rat, claim, Fixed(area=area, cell=cell), taken)


def _cloned(plan: Plan, spec: Rogue, rat: int, claim: int) -> Identity:
    """One of the registered cells in the wanted distance: the nearest of far ones, any of near."""
    network = plan.network
    wanted = spec.identity
    fits = (network.rat == rat) & (network.operator == claim) & plan.register.listed
    if isinstance(wanted, NearClone):
        about_x, about_y = plan.at_m
        at_least_m, at_most_m = wanted.between_m
        asked = f"between_m {at_least_m:g} and {at_most_m:g} away; widen them."
    else:
        about_x, about_y = 0.0, 0.0
        at_least_m = wanted.at_least_m if isinstance(wanted, Clone) else 0.0
        at_most_m = np.inf
        asked = f"at_least_m {at_least_m:g} away; name a far_town, or a smaller at_least_m."
    distance_m = np.hypot(network.site_x - about_x, network.site_y - about_y)[network.site]
    rows = np.flatnonzero(fits & (distance_m >= at_least_m) & (distance_m <= at_most_m))
    if len(rows) == 0:
        raise ScenarioError(
            f"rogues: {spec.id}: identity: no registered {spec.rat} cell of operators[{claim}] is "
            f"{asked}"
        )
    if isinstance(wanted, Clone):
        rows = rows[np.argsort(distance_m[rows], kind="stable")][:12]
    return convert(network.named[int(plan.rng.choice(rows))], Identity)
