"""What the tests of `geo` share: the simulated towns of the benchmarks, and what befalls them."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _benchmark(name: str) -> ModuleType:
    label = f"{name}_benchmark"
    if label not in sys.modules:
        path = Path(__file__).parents[2] / "benchmarks" / f"{name}.py"
        sys.path.insert(0, str(path.parent))  # what it shares with others is in a folder beside it
        spec = importlib.util.spec_from_file_location(label, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[label] = module
        spec.loader.exec_module(module)
    return sys.modules[label]


# All of them now, not when a test asks: Hypothesis draws a share of its examples from constants of
# the modules that are there, and these shall be the same whatever ran before.
_TOWNS, _FORGED, _HOMING, _RETURNS, _PAIRS = map(
    _benchmark, ("location", "forged", "homing", "returned_places", "two_transmitters")
)


@pytest.fixture(scope="session")
def towns() -> ModuleType:
    """The benchmark's module: `episode(seed, heard, World(...))` draws a town with its truth."""
    return _TOWNS


@pytest.fixture(scope="session")
def forged() -> ModuleType:
    """The benchmark of lies: `outcomes(name, seed, episodes)` for each of its `FORGERIES`."""
    return _FORGED


@pytest.fixture(scope="session")
def homing() -> ModuleType:
    """The benchmark of bearings: what three add to a town, and the way of an advised team."""
    return _HOMING


@pytest.fixture(scope="session")
def returns() -> ModuleType:
    """The benchmark of places of return, with its towns."""
    return _RETURNS


@pytest.fixture(scope="session")
def pairs() -> ModuleType:
    """The benchmark of two transmitters, with its towns."""
    return _PAIRS
