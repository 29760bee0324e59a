"""What the tests of `geo` share: the simulated towns of the benchmark, and plain scenes."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def towns() -> ModuleType:
    """The benchmark's module: `episode(seed, heard, World(...))` draws a town with its truth."""
    name = "location_benchmark"
    if name not in sys.modules:
        path = Path(__file__).parents[2] / "benchmarks" / "location.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]
