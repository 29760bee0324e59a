"""Colluding phones among many honest ones: how many it takes is counted, and three are too few."""

from pathlib import Path

import msgspec
import pytest

from benchmarks import hostile
from replay.simulate import Scenario, simulate
from streams.config.settings import load_settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("honest")
    simulate(msgspec.convert(hostile.TOWN, Scenario), 5, folder)
    return folder


@pytest.mark.parametrize("liars", [1, 3])
def test_a_few_liars_raise_no_alert_whatever_they_say(
    honest: Path, tmp_path: Path, liars: int
) -> None:
    hostile.with_liars(honest, tmp_path / "trace", hostile.LIES["everything"], liars)
    settings = load_settings(env={})
    assert hostile.highest(tmp_path / "trace", tmp_path / "out", settings) < 0.5


def test_their_lies_raise_an_alert_where_there_are_enough(honest: Path, tmp_path: Path) -> None:
    """Else silence would prove nothing: twelve that report the same are believed."""
    hostile.with_liars(honest, tmp_path / "trace", hostile.LIES["everything"], 12)
    settings = load_settings(env={})
    assert hostile.highest(tmp_path / "trace", tmp_path / "out", settings) > 0.5
