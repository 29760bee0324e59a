"""Which effect each happening has: the one whose base names the happening's class."""

from typing import get_args

from replay.simulate.happenings import (
    arrivals,
    changed_cells,
    core_troubles,
    crowds,
    feed_troubles,
    high_places,
    new_cells,
    other_networks,
)
from replay.simulate.happenings.effect import AnyEffect, Effect
from replay.simulate.scenario.happenings.happening_spec import HappeningSpec
from replay.simulate.scenario.scenario import Scenario

_MODULES = (
    *(arrivals, changed_cells, core_troubles, crowds),
    *(feed_troubles, high_places, new_cells, other_networks),
)
EFFECTS: dict[type[HappeningSpec], type[AnyEffect]] = {
    get_args(base)[0]: effect
    for module in _MODULES
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
