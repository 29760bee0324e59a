"""Drawn values as numbers, and places drawn beside them."""

import numpy as np

from replay.simulate.drawn.parameters import Value
from replay.simulate.scenario.scenario_types import Point

CENTRE_SD = 0.2  # of the city's size: where stations, repeaters and jammers stand


class Values(dict[str, float]):
    """Drawn values as numbers."""

    def __init__(self, values: dict[str, Value]) -> None:
        super().__init__({name: float(value) for name, value in values.items()})


def somewhere(rng: np.random.Generator, size_m: float) -> Point:
    """A place that is the likelier the more central it is."""
    half_m = 0.4 * size_m
    x, y = np.clip(rng.normal(0.0, CENTRE_SD * size_m, 2), -half_m, half_m).tolist()
    return round(x, 1), round(y, 1)
