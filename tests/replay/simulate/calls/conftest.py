"""The town of calls, made once for all files."""

import pytest

from replay.simulate.calls.call_world import calls_of, read_calls
from replay.simulate.calls.simulation import simulate_calls
from tests.replay.simulate.calls.town import FILE, MORE, SEED, Town


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    asked = read_calls(FILE)
    assert asked is not None
    folder = tmp_path_factory.mktemp("town")
    world = calls_of(asked, SEED)
    world.parameters.update(MORE)
    simulate_calls(world, folder)
    return Town(folder)
