"""Scenario files: YAML in, a checked `Scenario` out, or a text with all that is to be mended."""

from pathlib import Path

from replay.simulate.scenario.scenario import Scenario
from replay.simulate.scenario.scenario_types import ScenarioError
from streams.config.strict_yaml import convert, listed, read_yaml


def load_scenario(path: Path) -> Scenario:
    """The scenario in a YAML file.

    Raises `ScenarioError` where the file is missing, is no YAML, or says something it may not.
    """
    tree = read_yaml(path, ScenarioError)
    problems: list[str] = []
    scenario = convert(tree, Scenario, "", problems)
    if problems:
        raise ScenarioError(listed(str(path), problems))
    assert isinstance(scenario, Scenario)
    return scenario
