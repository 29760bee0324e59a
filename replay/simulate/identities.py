"""What a rogue transmitter claims to be: a cell out of thin air, a new one each hop, or a copy."""

import numpy as np
from msgspec import Struct

from detectors.vocabulary import GSM, RATS
from replay.simulate.network import EARFCN, FIRST_BCCH, Network
from replay.simulate.register import Register
from replay.simulate.rogue import Clone, Fixed, Hop, Rogue
from replay.simulate.scenario import Scenario, ScenarioError


class Identity(Struct, frozen=True):
    """What a transmitter claims to be."""

    rat: str
    mcc: int
    mnc: int
    area: int
    cell: int
    arfcn: int
    pci: int


def draw_identities(
    scenario: Scenario,
    spec: Rogue,
    rat: int,
    network: Network,
    register: Register,
    rng: np.random.Generator,
) -> list[Identity]:
    """For each epoch one identity a claim; ``rat`` is a RAT code.

    Raises `ScenarioError` where a clone finds no cell to copy.
    """
    if isinstance(spec.identity, Clone):
        wanted = spec.identity.at_least_m
        return [_cloned(spec, rat, claim, wanted, network, register, rng) for claim in spec.claims]
    epochs = 1
    if isinstance(spec.identity, Hop):
        on_air_s = spec.active_s[-1][1] - spec.active_s[0][0]
        epochs = int(np.ceil(on_air_s / spec.identity.every_s))
    taken = set(network.area.tolist())
    return [
        _invented(scenario, spec, rat, claim, taken, rng)
        for _ in range(epochs)
        for claim in spec.claims
    ]


def _invented(
    scenario: Scenario,
    spec: Rogue,
    rat: int,
    claim: int,
    taken: set[int],
    rng: np.random.Generator,
) -> Identity:
    """An identity outside the network's plan; ``taken`` areas are avoided and extended."""
    fixed = spec.identity if isinstance(spec.identity, Fixed) else Fixed()
    area = fixed.area
    while area is None:
        drawn = int(rng.integers(1, 65534))
        area = None if drawn in taken else drawn
    taken.add(area)
    top = 65000 if rat == GSM else 2**28 - 2
    drawn_cell = int(rng.integers(1, top))
    operator = scenario.operators[claim]
    return Identity(
        rat=spec.rat,
        mcc=operator.mcc,
        mnc=operator.mnc,
        area=area,
        cell=fixed.cell or drawn_cell,
        # A channel that the claimed operator uses, so that phones look there.
        arfcn=FIRST_BCCH[claim] + int(rng.integers(0, 42)) if rat == GSM else EARFCN[claim],
        pci=int(rng.integers(0, 64 if rat == GSM else 504)),
    )


def _cloned(
    spec: Rogue,
    rat: int,
    claim: int,
    at_least_m: float,
    network: Network,
    register: Register,
    rng: np.random.Generator,
) -> Identity:
    """One of the nearest registered cells beyond ``at_least_m`` from the city centre."""
    distance_m = np.hypot(network.site_x, network.site_y)[network.site]
    fits = (network.rat == rat) & (network.operator == claim) & register.listed
    rows = np.flatnonzero(fits & (distance_m >= at_least_m))
    if len(rows) == 0:
        raise ScenarioError(
            f"rogues: {spec.id}: identity: no registered {spec.rat} cell of operators[{claim}] is "
            f"at_least_m {at_least_m:g} away; name a far_town, or a smaller at_least_m."
        )
    row = int(rng.choice(rows[np.argsort(distance_m[rows], kind="stable")][:12]))
    return Identity(
        rat=RATS[rat - 1],
        mcc=int(network.mcc[row]),
        mnc=int(network.mnc[row]),
        area=int(network.area[row]),
        cell=int(network.cell[row]),
        arfcn=int(network.arfcn[row]),
        pci=int(network.pci[row]),
    )
