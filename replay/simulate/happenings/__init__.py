"""Honest happenings: what a healthy network and its users do that looks like an attack.

A scenario asks for them by classes of `replay.simulate.scenario`; each has the `Effect` here whose
base names that class. None of them is a rogue station: every alert on one is false.
"""

from typing import get_args

from replay.simulate.happenings import (
    cells,
    core_troubles,
    crowds,
    feed_troubles,
    masts,
    nuisances,
    other_networks,
)
from replay.simulate.happenings.effect import AnyEffect, Effect
from replay.simulate.scenario.scenario import Scenario
from replay.simulate.scenario.scenario_types import HappeningSpec

EFFECTS: dict[type[HappeningSpec], type[AnyEffect]] = {
    get_args(base)[0]: effect
    for module in (cells, core_troubles, crowds, feed_troubles, masts, nuisances, other_networks)
    for effect in vars(module).values()
    if isinstance(effect, type) and issubclass(effect, Effect) and effect is not Effect
    for base in getattr(effect, "__orig_bases__", ())
}


def effects_of(scenario: Scenario, seed: int) -> list[AnyEffect]:
    """The effects of a scenario's happenings, in their order."""
    return [
        EFFECTS[type(happening)](happening, scenario, index, seed)
        for index, happening in enumerate(scenario.happenings)
    ]
