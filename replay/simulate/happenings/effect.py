"""The base of all effects: one method for each stage of drawing a scenario, none of which acts."""

from typing import Any, Generic, TypeAlias, TypeVar
from zlib import crc32

import numpy as np

from replay.simulate.feeds.signalling import Core
from replay.simulate.feeds.writing import Alteration, Feed, Record
from replay.simulate.network.network import Floats, Network
from replay.simulate.network.network_plan import NetworkPlan
from replay.simulate.network.radio import Hill
from replay.simulate.network.register import Sheet
from replay.simulate.people.people import Phones, joined
from replay.simulate.scenario.scenario import Scenario
from replay.simulate.scenario.scenario_types import HappeningSpec
from replay.simulate.world import World

SpecT = TypeVar("SpecT", bound=HappeningSpec)


class Effect(Generic[SpecT]):
    """One happening at work; what it is about stands at the class of the scenario that it names.

    The stages run in the order of the methods.

    An effect keeps between stages what it has added (rows, phones) in attributes of its own.
    """

    def __init__(self, spec: SpecT, scenario: Scenario, index: int, seed: int) -> None:
        self.spec = spec
        self.scenario = scenario
        self._index = index
        self._seed = seed
        #: Of a network beside the scenario's own: none but its members' phones camp on it.
        self.own_operator = len(scenario.operators) + index

    def random(self, part: str) -> np.random.Generator:
        """A generator of its own for a stage of this happening."""
        return np.random.default_rng([self._seed, self._index, crc32(f"happening {part}".encode())])

    def people(self, phones: Phones) -> Phones:
        """Phones with those that it brings."""
        return phones

    def bring(
        self,
        phones: Phones,
        rng: np.random.Generator,
        way: tuple[Floats, Floats],
        kind: int,
        **group: Any,
    ) -> Phones:
        """Phones with a group of its own, `joined`; the group's rows become ``members``."""
        grown = joined(phones, self.scenario, rng, way, kind, **group)
        self.members = np.arange(len(phones), len(grown))
        return grown

    def build(self, plan: NetworkPlan, phones: Phones) -> None:
        """What it adds to the network and changes in it."""

    def list_cells(self, sheet: Sheet) -> None:
        """What it changes in the list of cells."""

    def hills(self, network: Network) -> list[Hill]:
        """High places that it brings."""
        return []

    def high_sites(self) -> list[int]:
        """Sites that it brings which are received far beyond their range."""
        return []

    def alterations(self, world: World) -> dict[str, Alteration]:
        """What happens to messages on their way, by feed."""
        return {}

    def report(self, world: World, feed: Feed) -> None:
        """Reports of its own."""

    def signal(self, core: Core) -> None:
        """Procedures of its own."""

    def text(self, world: World, feed: Feed) -> None:
        """Texts of its own."""

    def changes(self, world: World) -> list[Record]:
        """What the operator announces of it, as `network.changes`."""
        return []


AnyEffect: TypeAlias = Effect[Any]
