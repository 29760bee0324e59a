"""What the tests of `geo` share: the simulated towns of the benchmarks, and what befalls them."""

from types import ModuleType

import pytest

# All of them now, not when a test asks: Hypothesis draws a share of its examples from constants of
# the modules that are there, and these shall be the same whatever ran before.
from benchmarks import forged as forgeries
from benchmarks import homing as bearings
from benchmarks import location, returned_places, two_transmitters


@pytest.fixture(scope="session")
def towns() -> ModuleType:
    """The benchmark's module: `episode(seed, phones, World(...))` draws a town with its truth."""
    return location


@pytest.fixture(scope="session")
def forged() -> ModuleType:
    """The benchmark of lies: `outcomes(name, seed, episodes)` for each of its `FORGERIES`."""
    return forgeries


@pytest.fixture(scope="session")
def homing() -> ModuleType:
    """The benchmark of bearings: what three add to a town, and the way of an advised team."""
    return bearings


@pytest.fixture(scope="session")
def returns() -> ModuleType:
    """The benchmark of places of return, with its towns."""
    return returned_places


@pytest.fixture(scope="session")
def pairs() -> ModuleType:
    """The benchmark of two transmitters, with its towns."""
    return two_transmitters
