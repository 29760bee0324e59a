"""Colluding phones among many honest ones: how many it takes is counted, and three are too few."""

from pathlib import Path

import msgspec
import pytest

from benchmarks.measuring.hostile import hiding, raising
from benchmarks.measuring.hostile.hidden import outcome_of
from benchmarks.measuring.hostile.town import EVERY_S, TOWN
from replay.simulate import Scenario, simulate
from streams.config.settings import load_settings

pytestmark = pytest.mark.slow

#: How often liars say all they have to say where many, or all lies at once, would take long (s):
#: phones count, and not how often each of them repeats itself.
SELDOM_S = 6 * EVERY_S


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("honest")
    simulate(msgspec.convert(TOWN, Scenario), 5, folder)
    return folder


@pytest.mark.parametrize(
    "liars", [pytest.param(1, marks=pytest.mark.long), pytest.param(3, marks=pytest.mark.nightly)]
)
def test_a_few_liars_raise_no_alert_whatever_they_say(
    honest: Path, tmp_path: Path, liars: int
) -> None:
    raising.with_false_alert(honest, tmp_path / "trace", raising.LIES["everything"], liars)
    settings = load_settings(env={})
    assert raising.highest(tmp_path / "trace", tmp_path / "out", settings) < 0.5


@pytest.mark.nightly
def test_their_lies_raise_an_alert_where_there_are_enough(honest: Path, tmp_path: Path) -> None:
    """Else silence would prove nothing: twelve that report the same are believed."""
    raising.with_false_alert(honest, tmp_path / "trace", raising.LIES["everything"], 12, SELDOM_S)
    settings = load_settings(env={})
    assert raising.highest(tmp_path / "trace", tmp_path / "out", settings) > 0.5


@pytest.fixture(scope="module")
def on_air(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("on-air")
    scenario = hiding.scenario_of(hiding.BLASTERS["thirty victims"])
    simulate(msgspec.convert(scenario, Scenario), 2, folder)
    return folder


@pytest.mark.parametrize(
    "every_s",
    [
        pytest.param(SELDOM_S, marks=pytest.mark.nightly),
        pytest.param(EVERY_S, marks=pytest.mark.long),
    ],
)
def test_three_liars_hide_nothing_whatever_they_say(
    on_air: Path, tmp_path: Path, every_s: int
) -> None:
    outcome = outcome_of(on_air, tmp_path, "everything", 3, load_settings(env={}), every_s)
    assert outcome.hidden == ""
    assert outcome.probability > 0.9


@pytest.mark.parametrize("liars", [*(pytest.param(n, marks=pytest.mark.long) for n in (3, 6)), 20])
def test_whoever_says_that_the_core_served_them_hides_no_blaster(
    on_air: Path, tmp_path: Path, liars: int
) -> None:
    """A hole in the register would explain what is odd about its cell, but not its texts."""
    outcome = outcome_of(on_air, tmp_path, "served", liars, load_settings(env={}))
    assert outcome.hidden == ""
    assert outcome.probability > 0.9


def test_the_measure_sees_what_is_hidden(on_air: Path, tmp_path: Path) -> None:
    """Else that nothing is hidden would prove nothing."""
    outcome = outcome_of(on_air, tmp_path, "beside", 20, load_settings(env={}), SELDOM_S)
    assert outcome.hidden != ""


@pytest.mark.long
@pytest.mark.parametrize("lie", sorted(set(hiding.LIES) - {"everything"}))
def test_three_liars_hide_nothing_by_any_single_lie(on_air: Path, tmp_path: Path, lie: str) -> None:
    assert outcome_of(on_air, tmp_path, lie, 3, load_settings(env={})).hidden == ""
